//! Downloads a data set, verifies it and unpacks it. A run continues where the former one stopped, even in the middle of
//! a download.

mod annotations;
mod download;
mod known;
mod sum;
mod unpack;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;

use super::DatasetError;
use crate::replace::WriteError;

pub use annotations::Boxed;
pub use known::Known;
pub use sum::Sum;

pub(super) use annotations::{FOLDER as ANNOTATIONS, TABLE as BOXES};

/// An archive of a data set with a folder in it.
#[derive(Clone, Debug)]
pub struct Archive {
    /// The file's name: `<name>.tar.gz`, or `<name>.tar` if it is not compressed.
    pub file: String,
    /// The name of the folder in it.
    pub folder: String,
    /// The addresses to download it from, the preferred one first.
    pub urls: Vec<String>,
    /// The checksum of the file.
    pub sum: Sum,
}

/// Limits of a download and of the archive's content.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many times in a row a download may be tried again without progress.
    pub retries: u32,
    /// The wait before the next try. It doubles with each try without progress.
    pub back_off: Duration,
    /// The largest total size of an archive's files, in bytes.
    pub max_bytes: u64,
    /// The largest number of files and folders in an archive.
    pub max_entries: usize,
}

impl Default for Settings {
    /// Five tries in about 30 seconds; 4 GiB and 100,000 entries, about five times as much as the largest data set has.
    fn default() -> Self {
        Self {
            retries: 4,
            back_off: Duration::from_secs(2),
            max_bytes: 4 << 30,
            max_entries: 100_000,
        }
    }
}

/// What [`fetch`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: the folder was complete.
    AlreadyThere,
    /// It unpacked the archive.
    Unpacked {
        /// The number of files in it.
        files: usize,
    },
}

/// Downloads an archive and unpacks its folder into the folder `out`, which is created if it does not exist.
///
/// If `out` already holds the archive, that file is unpacked and nothing is downloaded. The archive is deleted once
/// its folder is complete; until then the folder does not appear.
///
/// # Errors
/// When no address delivers the archive, its checksum is wrong, it holds anything but ordinary files and folders, or it
/// cannot be written to the disk. The content of `out` is kept, and so is a partial download, which the next run
/// continues.
pub fn fetch(
    archive: &Archive,
    out: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<Outcome, FetchError> {
    let folder = out.join(&archive.folder);
    if unpack::is_complete(&folder, archive) {
        return Ok(Outcome::AlreadyThere);
    }
    if folder.exists() {
        return Err(FetchError::Occupied { folder });
    }
    fs::create_dir_all(out).map_err(|source| cannot_write(out, source))?;
    let file = out.join(&archive.file);
    if file.exists() {
        let found = archive.sum.of(&file)?;
        if found != archive.sum {
            return Err(FetchError::WrongSum {
                file,
                expected: archive.sum.clone(),
                found,
                advice: "delete the file and run the command again to download it",
            });
        }
    } else {
        download::download(archive, &file, settings, bar)?;
    }
    let files = unpack::unpack(archive, &file, out, settings, bar)?;
    fs::remove_file(&file).map_err(|source| cannot_write(&file, source))?;
    Ok(Outcome::Unpacked { files })
}

/// Why an archive could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No address delivered the whole file.
    #[error(
        "cannot download {file}: {tried}; check the network and run the command again (it continues \
         the download), or put {file} into {} by hand and run it then to verify and unpack the file",
        out.display()
    )]
    Unreachable {
        /// The name of the archive.
        file: String,
        /// Every address with what went wrong there.
        tried: String,
        /// The folder that the archive belongs into.
        out: PathBuf,
    },
    /// The file is complete, but its content is wrong.
    #[error("{} is not the right file: it has the {found} instead of the {expected}; {advice}", file.display())]
    WrongSum {
        /// The file.
        file: PathBuf,
        /// The right checksum.
        expected: Sum,
        /// The checksum of the file.
        found: Sum,
        /// What to do about it.
        advice: &'static str,
    },
    /// A folder is in the way.
    #[error(
        "{} was not created by this command and is left alone: use the folder as it is, or move it away \
         to download it afresh",
        folder.display()
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The archive has content that it must not have.
    #[error("{} was not unpacked: {reason}", file.display())]
    Refused {
        /// The archive.
        file: PathBuf,
        /// The content in question.
        reason: String,
    },
    /// The annotations could not be listed.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The disk is full, or the folder is not writable.
    #[error(
        "cannot write {}: {source}; nothing is lost: free some space or choose another folder, and run \
         the command again",
        path.display()
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
}

fn cannot_read(path: &Path, source: io::Error) -> FetchError {
    FetchError::Read {
        path: path.to_owned(),
        source,
    }
}

fn cannot_write(path: &Path, source: impl Into<WriteError>) -> FetchError {
    FetchError::Write {
        path: path.to_owned(),
        source: source.into(),
    }
}

/// The side of a copy that failed. A failed read is worth another try, a full disk is not.
enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies everything and advances `bar` with it; gives the number of bytes.
fn copy(from: &mut impl Read, to: &mut File, bar: &ProgressBar) -> Result<u64, CopyError> {
    let mut buffer = vec![0; 128 << 10];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        to.write_all(&buffer[..read]).map_err(CopyError::Write)?;
        copied += read as u64;
        bar.inc(read as u64);
    }
}
