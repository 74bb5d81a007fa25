//! Downloads the dataset, checks it and unpacks it. Whatever a run had done is not done again by
//! the next: a broken download goes on where it stopped.

mod download;
mod unpack;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use md5::{Digest, Md5};

use super::digest::hex;

/// An archive of the dataset, `<name>.tar.gz`, that holds the folder `<name>/`.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Its name without the ending, and that of the folder in it.
    pub name: String,
    /// Where it can be had, the best address first.
    pub urls: Vec<String>,
    /// The MD5 of the file, 32 hexadecimal digits in lower case.
    pub md5: String,
}

impl Archive {
    fn file_name(&self) -> String {
        format!("{}.tar.gz", self.name)
    }
}

/// The two archives of the Oxford-IIIT Pet dataset, the small one first.
pub fn oxford() -> [Archive; 2] {
    [
        ("annotations", "95a8c909bbe2e81eed6a22bccdf3f68f"),
        ("images", "5c4f3ee8e5d25df40f4fd59a7f44e54c"),
    ]
    .map(|(name, md5)| Archive {
        name: name.to_owned(),
        urls: vec![
            format!("https://thor.robots.ox.ac.uk/pets/{name}.tar.gz"),
            format!("https://www.robots.ox.ac.uk/~vgg/data/pets/data/{name}.tar.gz"),
        ],
        md5: md5.to_owned(),
    })
}

/// How patient a download is, and how large an archive may become.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many times in a row a download may break off without having moved on.
    pub retries: u32,
    /// The wait after a download broke off; it doubles with each fruitless try.
    pub back_off: Duration,
    /// The most bytes that the files of an archive may have together.
    pub max_bytes: u64,
    /// The most files and folders that an archive may have.
    pub max_entries: usize,
}

impl Default for Settings {
    /// Five tries over some 30 seconds; 4 GiB and 100,000 entries, some five times what the dataset
    /// has.
    fn default() -> Self {
        Self {
            retries: 4,
            back_off: Duration::from_secs(2),
            max_bytes: 4 << 30,
            max_entries: 100_000,
        }
    }
}

/// What [`fetch`] had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: an earlier run had done it all.
    AlreadyThere,
    /// The archive was unpacked.
    Unpacked {
        /// How many files it held.
        files: usize,
    },
}

/// Brings the folder of one archive into the folder `out`, which is made where it does not exist.
///
/// An archive `<name>.tar.gz` that is already in `out` is used instead of a download. The archive
/// is deleted once its folder is complete; before that the folder does not appear.
///
/// # Errors
/// When the archive can be had from none of its addresses, is not the right one, holds what no
/// archive of photographs should, or the disk does not take it. What was in `out` before stays, and
/// so does a broken download, for the next run to go on with.
pub fn fetch(
    archive: &Archive,
    out: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<Outcome, FetchError> {
    let folder = out.join(&archive.name);
    if unpack::is_complete(&folder, archive) {
        return Ok(Outcome::AlreadyThere);
    }
    if folder.exists() {
        return Err(FetchError::Occupied { folder });
    }
    fs::create_dir_all(out).map_err(|source| cannot_write(out, source))?;
    let file = out.join(archive.file_name());
    if file.exists() {
        let found = md5_of(&file)?;
        if found != archive.md5 {
            return Err(FetchError::WrongSum {
                file,
                expected: archive.md5.clone(),
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

/// Why an archive could not be brought in.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No address gave the whole file.
    #[error(
        "cannot download {file}: {tried}; check the network and run the command again (it goes on \
         where it stopped), or put {file} into {} by hand and run it then: it is checked and unpacked",
        out.display()
    )]
    Unreachable {
        /// The name of the archive.
        file: String,
        /// Every address with what went wrong there.
        tried: String,
        /// The folder to put the archive into.
        out: PathBuf,
    },
    /// The file is complete, but is not the one it should be.
    #[error("{} is not the right file: its MD5 is {found} instead of {expected}; {advice}", file.display())]
    WrongSum {
        /// The file.
        file: PathBuf,
        /// The MD5 it should have.
        expected: String,
        /// The MD5 it has.
        found: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// A folder is in the way.
    #[error(
        "{} was not put there by this command and stays as it is: use the folder, or move it away to \
         download it afresh",
        folder.display()
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The archive holds what it should not.
    #[error("{} was not unpacked: {reason}", file.display())]
    Refused {
        /// The archive.
        file: PathBuf,
        /// What it holds.
        reason: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full, or the folder is not to be written to.
    #[error(
        "cannot write {}: {source}; nothing is lost: make room or choose another folder, and run the \
         command again",
        path.display()
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn cannot_read(path: &Path, source: io::Error) -> FetchError {
    FetchError::Read {
        path: path.to_owned(),
        source,
    }
}

fn cannot_write(path: &Path, source: io::Error) -> FetchError {
    FetchError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Which side of a copy failed: a source is worth another try, a full disk is not.
enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies everything, telling `bar` how far it is, and gives the number of bytes.
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

/// The MD5 of a file. It finds what went wrong on the way, which is all it is for: the addresses
/// are those of the dataset's own site, by TLS.
fn md5_of(path: &Path) -> Result<String, FetchError> {
    let sum = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hasher = Md5::new();
        let mut buffer = vec![0; 128 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(&hasher.finalize())),
                read => hasher.update(&buffer[..read]),
            }
        }
    };
    sum().map_err(|source| cannot_read(path, source))
}
