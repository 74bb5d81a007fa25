//! The names and kinds of files and folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;
use image::ImageFormat;
use recognise::{printable, vocabulary};

use super::{DatasetError, Note};

/// How many levels of folders below a folder may have photographs: no layout has more than a split, a species and a breed
/// below each other, and archives wrap it in one or two.
const DEPTH: usize = 5;

/// What is in a folder, each list sorted.
pub(super) struct Content {
    /// The photographs, by their extensions.
    pub(super) photographs: Vec<PathBuf>,
    /// The folders.
    pub(super) folders: Vec<PathBuf>,
    /// Files of other kinds.
    pub(super) others: Vec<PathBuf>,
    /// Files and folders whose names begin with a dot. They are not read.
    pub(super) hidden: Vec<PathBuf>,
}

impl Content {
    /// Lists a folder. No file is opened.
    pub(super) fn of(folder: &Path) -> Result<Self, DatasetError> {
        let (visible, hidden) = listing(folder)?;
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            visible.into_iter().partition(|path| path.is_dir());
        let (photographs, others) =
            (files.into_iter()).partition(|path| format_of_name(path).is_some() && path.is_file());
        Ok(Self {
            photographs,
            folders,
            others,
            hidden,
        })
    }

    /// What the owner of this folder of photographs may not expect.
    pub(super) fn notes(&self, folder: &Path) -> Vec<Note> {
        let mut notes = Note::on_names(&self.photographs);
        notes.extend(Note::on_others(
            folder,
            self.others.iter().chain(&self.folders),
        ));
        notes
    }
}

/// The entries of a folder, sorted, without hidden ones.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    Ok(listing(folder)?.0)
}

/// The entries of a folder that are not hidden and those that are, both sorted.
fn listing(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DatasetError> {
    let read = |folder: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    let mut entries = read(folder).map_err(|source| DatasetError::Read {
        path: folder.to_owned(),
        source,
    })?;
    entries.sort();
    Ok(entries
        .into_iter()
        .partition(|path| !file_name(path).starts_with('.')))
}

/// Whether there are photographs in a folder, or in the folders below it.
pub(super) fn holds_photographs(folder: &Path) -> Result<bool, DatasetError> {
    holds(folder, DEPTH)
}

/// As [`holds_photographs`], in this many levels of folders: a link may lead back to a folder above.
fn holds(folder: &Path, levels: usize) -> Result<bool, DatasetError> {
    let content = Content::of(folder)?;
    if !content.photographs.is_empty() || levels == 0 {
        return Ok(!content.photographs.is_empty());
    }
    for inner in &content.folders {
        if holds(inner, levels - 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names of the folders in a folder, in lower case and sorted. Hidden ones do not count.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn folder_names(folder: &Path) -> Result<Vec<String>, DatasetError> {
    let folders = Content::of(folder)?.folders;
    Ok((folders.iter())
        .map(|path| breed_id(&file_name(path)))
        .collect())
}

/// The photographs in a folder, sorted, without hidden ones.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn photographs(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    Ok(Content::of(folder)?.photographs)
}

/// The id of the breed with this name: in lower case, without spaces around it, and without characters that would
/// control what it is printed on. A name with ImageNet's number before it is not one that the owner of the photographs
/// chose: such a breed is called as the kiosk's vocabulary calls it, if it knows it.
pub(super) fn breed_id(name: &str) -> String {
    let plain = |name: &str| printable(Path::new(name.trim())).to_lowercase();
    let Some(name) = after_number(name) else {
        return plain(name);
    };
    vocabulary::named(name).map_or_else(|| plain(name), |known| known.id.to_owned())
}

/// What follows ImageNet's number in a name, such as `Chihuahua` in `n02085620-Chihuahua`; `None` if it has none.
pub(super) fn after_number(name: &str) -> Option<&str> {
    let (number, name) = name.trim().split_once('-')?;
    let digits = number.strip_prefix('n')?;
    let is_number = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !name.is_empty()).then_some(name)
}

/// The format that a file's extension stands for; `None` for all but photographs that can be read.
pub(super) fn format_of_name(path: &Path) -> Option<ImageFormat> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" | "jpe" | "jfif" | "pjpeg" | "pjp" => Some(ImageFormat::Jpeg),
        "png" => Some(ImageFormat::Png),
        "webp" => Some(ImageFormat::WebP),
        "gif" => Some(ImageFormat::Gif),
        _ => None,
    }
}

/// The name of a file or folder, with its accents composed.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    composed(&name.to_string_lossy())
}

/// The text in Unicode's composed form (NFC). macOS writes file names in the decomposed one, which looks the same; a
/// breed and a split must not depend on where the photographs were copied.
pub(super) fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .into_owned()
}

/// The path by which a file or folder is the same wherever it was named from; the path itself for what is not there.
pub(crate) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
