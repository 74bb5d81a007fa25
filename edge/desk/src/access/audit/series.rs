//! Keeps entries in files of one name: one JSON object a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::OFlags;

use super::Entry;

/// A file is full from this many bytes on, or when its first entry is this old.
const LARGEST: u64 = 1 << 20;
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How long entries are kept; they are removed a file at a time.
const KEPT: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Files in the data folder. `NAME.jsonl` is written; full ones are called `NAME.1.jsonl` and so on, the newest
/// with the highest number.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// The most full files.
    pub(super) most: usize,
}

impl Series {
    /// Adds an entry. When this returns, it is on disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn append(&self, folder: &Path, entry: &Entry) -> io::Result<()> {
        let path = self.path(folder);
        if is_full(&path, entry.at) {
            self.begin_anew(folder, entry.at)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            // Root must not be led to another file by a link that somebody put there.
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&path)?;
        hand_over(&file, folder)?;
        let mut line = Vec::new();
        if !ends_with_a_line(&mut file)? {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, entry)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }

    /// All entries, the newest first. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// If the folder cannot be read; an item, if a file cannot.
    pub(super) fn newest_first(
        &self,
        folder: &Path,
    ) -> io::Result<impl Iterator<Item = io::Result<Entry>> + use<>> {
        let files = self.files(folder)?.into_iter().rev();
        Ok(files.flat_map(|path| {
            each(entries(&path).map(|mut entries| {
                entries.reverse();
                entries
            }))
        }))
    }

    /// The same, the oldest first.
    ///
    /// # Errors
    /// As [`Series::newest_first`].
    pub(super) fn oldest_first(
        &self,
        folder: &Path,
    ) -> io::Result<impl Iterator<Item = io::Result<Entry>> + use<>> {
        let files = self.files(folder)?.into_iter();
        Ok(files.flat_map(|path| each(entries(&path))))
    }

    /// Puts the full file aside, and removes files that are too old or too many.
    fn begin_anew(&self, folder: &Path, now: Timestamp) -> io::Result<()> {
        let path = self.path(folder);
        let mut files = self.full_files(folder)?;
        let number = files.last().map_or(1, |(number, _)| number + 1);
        let last = last_moment(&path);
        let full = folder.join(format!("{}.{number}.jsonl", self.name));
        fs::rename(path, &full)?;
        files.push((number, full));
        // A clock that has jumped ahead makes nothing old.
        let is_plausible =
            last.is_some_and(|last| now >= last && now.duration_since(last) < LONGEST);
        let too_many = files.len().saturating_sub(self.most);
        for (at, (_, path)) in files.iter().enumerate() {
            let is_old = || last_moment(path).is_some_and(|last| now.duration_since(last) > KEPT);
            if at >= too_many && !(is_plausible && is_old()) {
                break;
            }
            fs::remove_file(path)?;
        }
        Ok(())
    }

    /// The file that is written.
    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.jsonl", self.name))
    }

    /// All files, the oldest first. The last one may be missing.
    fn files(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let full = self.full_files(folder)?.into_iter().map(|(_, path)| path);
        Ok(full.chain([self.path(folder)]).collect())
    }

    /// The full files and their numbers, the oldest first.
    pub(super) fn full_files(&self, folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut files = Vec::new();
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
            Err(error) => return Err(error),
        };
        for file in listed {
            let file = file?;
            let name = file.file_name();
            let number: Option<u64> = (name.to_str())
                .and_then(|name| {
                    name.strip_prefix(self.name)?
                        .strip_prefix('.')?
                        .strip_suffix(".jsonl")
                })
                .and_then(|number| number.parse().ok());
            files.extend(number.map(|number| (number, file.path())));
        }
        files.sort();
        Ok(files)
    }
}

/// Gives a file to whom its folder belongs to: where root's command was the first to write it, the kiosk goes on
/// with it.
fn hand_over(file: &File, folder: &Path) -> io::Result<()> {
    let (folder, about) = (fs::metadata(folder)?, file.metadata()?);
    if about.uid() == 0 && folder.uid() != 0 {
        fchown(file, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(())
}

/// Each of the entries, or the error.
fn each(entries: io::Result<Vec<Entry>>) -> impl Iterator<Item = io::Result<Entry>> {
    let (entries, error) = match entries {
        Ok(entries) => (entries, None),
        Err(error) => (Vec::new(), Some(Err(error))),
    };
    entries.into_iter().map(Ok).chain(error)
}

/// Whether a file takes no more entries.
fn is_full(path: &Path, now: Timestamp) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let length = file.metadata().map_or(0, |about| about.len());
    let lines = BufReader::new(file.take(LARGEST)).split(b'\n');
    // A power cut may have left a first line that cannot be read.
    let first = lines
        .map_while(Result::ok)
        .find_map(|line| serde_json::from_slice::<Entry>(&line).ok());
    length >= LARGEST || first.is_some_and(|first| now.duration_since(first.at) > LONGEST)
}

/// Whether a file is empty or ends with a whole line: a power cut may have left half of one.
fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// The entries of a file, the oldest first; none if there is no file.
fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(2 * LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// When the last entry of a file was written.
fn last_moment(path: &Path) -> Option<Timestamp> {
    Some(entries(path).ok()?.last()?.at)
}
