//! Unpacks an archive into a folder, completely or not at all.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use indicatif::ProgressBar;
use recognise::printable;
use tar::{Entry, EntryType};

use super::{Archive, CopyError, FetchError, Settings, cannot_read, cannot_write, copy};

/// Whether the folder holds all of that archive: a hidden file in it has the checksum of the archive that was unpacked.
pub(super) fn is_complete(folder: &Path, archive: &Archive) -> bool {
    let marker = folder.join(archive.sum.marker());
    fs::read_to_string(marker).is_ok_and(|digits| digits.trim() == archive.sum.digits())
}

/// Unpacks the folder of an archive into `out` and gives the number of its files.
///
/// The files are written into a hidden folder, which is renamed at the end: a folder that exists is complete.
pub(super) fn unpack(
    archive: &Archive,
    file: &Path,
    out: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<usize, FetchError> {
    let prefix = format!(".{}.unpacking", archive.folder);
    // A killed run may have left some.
    match fs::remove_dir_all(out.join(&prefix)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(cannot_write(&out.join(&prefix), error));
        }
        _ => {}
    }
    let staging = tempfile::Builder::new()
        .prefix(&prefix)
        .rand_bytes(0)
        .tempdir_in(out)
        .map_err(|error| cannot_write(&out.join(&prefix), error))?;

    let files = extract(archive, file, staging.path(), settings, bar)?;
    let (unpacked, folder) = (
        staging.path().join(&archive.folder),
        out.join(&archive.folder),
    );
    if !unpacked.is_dir() {
        return Err(refused(
            file,
            format!("it holds no folder {}/", archive.folder),
        ));
    }
    let marker = unpacked.join(archive.sum.marker());
    fs::write(marker, format!("{}\n", archive.sum.digits()))
        .and_then(|()| fs::rename(&unpacked, &folder))
        .map_err(|error| cannot_write(&folder, error))?;
    Ok(files)
}

/// Writes the files of an archive that are below its folder into `staging`.
fn extract(
    archive: &Archive,
    file: &Path,
    staging: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<usize, FetchError> {
    let unreadable = |error| cannot_read(file, error);
    let opened = File::open(file).map_err(unreadable)?;
    bar.set_message(format!("unpacking {}", archive.file));
    bar.set_length(opened.metadata().map_or(0, |metadata| metadata.len()));
    bar.set_position(0);
    bar.reset_eta();
    // The loop below limits the entries by their sizes. This limits the rest, such as long names.
    let around = settings.max_entries as u64 * 4096;
    let file_bytes = BufReader::new(bar.wrap_read(opened));
    let tar: Box<dyn Read> = if archive.file.ends_with(".gz") {
        Box::new(GzDecoder::new(file_bytes))
    } else {
        Box::new(file_bytes)
    };
    let mut tar = tar::Archive::new(tar.take(settings.max_bytes.saturating_add(around)));

    let (mut files, mut bytes) = (0, 0u64);
    for (index, entry) in tar.entries().map_err(unreadable)?.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        bytes = bytes.saturating_add(entry.size());
        if index >= settings.max_entries || bytes > settings.max_bytes {
            return Err(refused(
                file,
                format!(
                    "it holds more than {} entries or {} bytes",
                    settings.max_entries, settings.max_bytes
                ),
            ));
        }
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = safe_path(&entry).map_err(|reason| refused(file, reason))?;
        if !path.starts_with(&archive.folder) {
            continue;
        }
        let path = staging.join(path);
        if kind == EntryType::Directory {
            fs::create_dir_all(&path).map_err(|error| cannot_write(&path, error))?;
        } else {
            write(&mut entry, &path).map_err(|error| match error {
                CopyError::Read(error) => unreadable(error),
                CopyError::Write(error) => cannot_write(&path, error),
            })?;
            files += 1;
        }
    }
    Ok(files)
}

/// The path of an entry, relative to the destination. Only ordinary files and folders are accepted, so that no link
/// can lead a later entry out of it.
fn safe_path<R: Read>(entry: &Entry<R>) -> Result<PathBuf, String> {
    let path = entry.path().map_err(|error| error.to_string())?;
    let shown = printable(&path);
    let kind = entry.header().entry_type();
    if !matches!(kind, EntryType::Regular | EntryType::Directory) {
        return Err(format!(
            "the entry {shown} is neither a file nor a folder ({kind:?})"
        ));
    }
    let mut safe = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => safe.push(name),
            Component::CurDir => {}
            _ => return Err(format!("the entry {shown} would lead out of the folder")),
        }
    }
    Ok(safe)
}

/// Writes one file. Its owner, mode and times in the archive are ignored.
fn write<R: Read>(entry: &mut Entry<R>, path: &Path) -> Result<(), CopyError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(CopyError::Write)?;
    }
    let mut file = File::create(path).map_err(CopyError::Write)?;
    let size = entry.size();
    let copied = copy(entry, &mut file, &ProgressBar::hidden())?;
    if copied == size {
        Ok(())
    } else {
        Err(CopyError::Read(io::ErrorKind::UnexpectedEof.into()))
    }
}

fn refused(file: &Path, reason: String) -> FetchError {
    FetchError::Refused {
        file: file.to_owned(),
        reason,
    }
}
