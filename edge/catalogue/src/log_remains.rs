//! Tells a write-ahead log that was damaged from one that a power cut left, and keeps the damaged one.
//!
//! SQLite reads a log up to the first frame that is wrong, and writes the next commits over what stands
//! behind it. After a power cut that is right: each commit is flushed before it is acknowledged, so there
//! is at most one commit behind that frame, of which nobody was told. It is no sign of damage either if
//! frames of earlier rounds through the file stand there, which have other salts, or frames of commits
//! that failed one after the other: each of those begins again behind the last one that succeeded.
//!
//! It is damage if two commits stand there of which one builds on the other: the first was acknowledged
//! before the second began. So is a wrong header before frames, since it is flushed before the first of
//! them, and so is a log that ends, or is wrong, before the last commit that its index knows of
//! ([`log_index`](crate::log_index)). Without the index, a log that ends between two commits is whole as far
//! as anybody can tell. Of one that is gone, [`log_note`](crate::log_note) tells whether records are gone
//! with it.
//!
//! The format: <https://www.sqlite.org/fileformat2.html#walformat>.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::backup::folder;
use crate::error::CatalogueError;
use crate::log_checksum::Checksum;
use crate::log_index::{Acknowledged, acknowledged};
use crate::log_note::is_log_missing;
use crate::photographs::entries;
use crate::private::DAMAGED_LOG;
use crate::read_only::copy_file;
use crate::remains::{LOG, side_file};
use crate::restore::{discard, make_folder};
use crate::{Catalogue, FILE};

/// The log's header, in bytes.
const HEADER: usize = 32;

/// The header of a frame, in bytes. A page of the database follows.
const FRAME_HEADER: usize = 24;

/// How a log begins. With the last bit set, its checksums are made of numbers in big-endian order.
const MAGIC: u32 = 0x377F_0682;

/// The sizes that a page may have, in bytes, and the size that those of a catalogue have.
const LEAST_PAGE: u32 = 512;
const LARGEST_PAGE: u32 = 65_536;
const PAGE: u64 = 4096;

/// How many commits must build on each other for at least the first to have been acknowledged.
const COMMITS: usize = 2;

/// How much is read at once, in bytes.
const CHUNK: usize = 1 << 16;

/// How a log is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFault {
    /// It is missing or empty, and records were in it alone.
    Missing,
    /// Its header is wrong.
    Header,
    /// A frame is wrong that acknowledged commits stand behind.
    Frame {
        /// Where it begins, in bytes.
        at: u64,
    },
    /// It ends before the last acknowledged commit.
    Cut {
        /// Where its last frame that is whole ends, in bytes.
        at: u64,
    },
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "missing or empty, although records were in it alone"),
            Self::Header => write!(f, "its header is wrong, so that it cannot be read"),
            Self::Frame { at } => {
                write!(f, "wrong at byte {at}, so that what follows cannot be read")
            }
            Self::Cut { at } => {
                write!(f, "it ends at byte {at}, although records were behind that")
            }
        }
    }
}

impl Catalogue {
    /// The folders to which the database and its write-ahead log were copied at a start because the log
    /// was damaged, oldest first. What was recorded last before that may be missing in the catalogue. They
    /// stay until somebody removes them.
    ///
    /// # Errors
    /// When the catalogue's folder cannot be read.
    pub fn damaged_logs(&self) -> Result<Vec<PathBuf>, CatalogueError> {
        kept(&self.folder)
    }
}

/// The same of the catalogue in `folder`, which need not be open.
pub(crate) fn kept(folder: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let entries = entries(folder)?.into_iter();
    let found = entries.filter(|(name, path)| name.starts_with(DAMAGED_LOG) && path.is_dir());
    let mut found: Vec<PathBuf> = found.map(|(_, path)| path).collect();
    found.sort();
    Ok(found)
}

/// How the log of the database `file` is damaged; `None` where it is not, or nobody can tell. Other processes
/// may write to it meanwhile; this one must not have the file open. A log that cannot be read is left to
/// SQLite, which says so, and which makes the index again when it opens the file: nobody finds such damage
/// afterwards.
pub(crate) fn fault(file: &Path) -> Option<LogFault> {
    if is_log_missing(file) {
        return Some(LogFault::Missing);
    }
    let log = file.with_file_name(side_file(file, LOG));
    let found = read(file, &log)?;
    // What somebody was about to write is whole the next time.
    (read(file, &log)? == found).then_some(found.1)
}

/// Copies the database `file` and its log as they are to a folder of their own. They are on the disk when
/// this returns. This process must not have the file open: SQLite would lose its locks
/// (<https://sqlite.org/howtocorrupt.html>, 2.2).
pub(crate) fn keep(file: &Path) -> Result<PathBuf, CatalogueError> {
    let folder = folder(file);
    let kept = make_folder(folder, DAMAGED_LOG)?;
    let log = side_file(file, LOG);
    let log = Some(log).filter(|log| file.with_file_name(log).exists());
    let copied = [FILE.to_owned()]
        .iter()
        .chain(&log)
        .try_for_each(|name| {
            let copy = kept.join(name);
            copy_file(&file.with_file_name(name), &copy)?;
            flush(&copy)
        })
        .and_then(|()| flush(&kept))
        .and_then(|()| flush(folder));
    match copied {
        Ok(()) => Ok(kept),
        Err(error) => {
            discard(&kept);
            Err(error)
        }
    }
}

/// Makes what was written to a file, or the names in a folder, survive a power cut.
fn flush(path: &Path) -> Result<(), CatalogueError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(CatalogueError::io(path))
}

/// The header of a damaged log of the database `file`, and how the log is damaged. A log that cannot be
/// read is left to SQLite, which refuses it.
fn read(file: &Path, log: &Path) -> Option<([u8; HEADER], LogFault)> {
    match try_read(file, log) {
        Ok(damaged) => damaged,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!(%error, log = %log.display(), "the write-ahead log cannot be read");
            None
        }
    }
}

fn try_read(file: &Path, log: &Path) -> io::Result<Option<([u8; HEADER], LogFault)>> {
    // Before the log, to which others may add commits meanwhile.
    let acknowledged = acknowledged(file);
    let about = fs::metadata(log)?;
    if !about.is_file() {
        return Ok(None);
    }
    let mut content = BufReader::with_capacity(CHUNK, File::open(log)?);
    let mut header = [0; HEADER];
    if !fill(&mut content, &mut header)? {
        return Ok(None);
    }
    let fault = match Format::of(&header) {
        Some(format) => format.fault(&mut content, acknowledged)?,
        None => {
            let has_frames = about.len() >= (HEADER + FRAME_HEADER) as u64 + PAGE;
            has_frames.then_some(LogFault::Header)
        }
    };
    Ok(fault.map(|fault| (header, fault)))
}

/// What the header of a log says.
struct Format {
    /// The size of a page, in bytes.
    page: usize,
    /// What all frames of this round through the file have.
    salts: [u8; 8],
    /// How a checksum reads the numbers that it adds up.
    order: fn([u8; 4]) -> u32,
    /// The checksum of the header, on which that of the first frame builds.
    checksum: Checksum,
}

impl Format {
    /// `None` for a header that SQLite would not read.
    fn of(header: &[u8; HEADER]) -> Option<Self> {
        let (magic, page) = (number(header, 0), number(header, 8));
        let is_known = page.is_power_of_two() && (LEAST_PAGE..=LARGEST_PAGE).contains(&page);
        if magic & !1 != MAGIC || !is_known {
            return None;
        }
        let order: fn([u8; 4]) -> u32 = if magic == MAGIC {
            u32::from_le_bytes
        } else {
            u32::from_be_bytes
        };
        let checksum = Checksum::default().and(&header[..24], order);
        if checksum != noted(header, 24) {
            return None;
        }
        Some(Self {
            page: usize::try_from(page).ok()?,
            salts: header[16..24].try_into().ok()?,
            order,
            checksum,
        })
    }

    /// Looks for commits behind the first frame that is wrong, and for acknowledged ones that are not there.
    /// `log` begins behind the header.
    fn fault(
        &self,
        log: &mut impl Read,
        acknowledged: Option<Acknowledged>,
    ) -> io::Result<Option<LogFault>> {
        let mut frame = vec![0; FRAME_HEADER + self.page];
        let mut at = HEADER as u64;
        let mut wrong = None;
        let mut commits = 0;
        // What the next frame has to build on; `None` behind one of another round.
        let mut before = Some(self.checksum);
        while fill(log, &mut frame)? {
            let is_current = frame[8..16] == self.salts && number(&frame, 0) != 0;
            let checksum = is_current.then(|| noted(&frame, 16));
            let right = before.map(|before| self.checksum_behind(before, &frame));
            let follows = checksum.is_some() && checksum == right;
            if wrong.is_some() || !follows {
                let wrong = *wrong.get_or_insert(at);
                if !follows {
                    commits = 0;
                }
                let is_commit = is_current && number(&frame, 4) != 0;
                commits += usize::from(is_commit);
                if commits == COMMITS {
                    return Ok(Some(LogFault::Frame { at: wrong }));
                }
            }
            before = checksum;
            at += frame.len() as u64;
        }
        let right = (wrong.unwrap_or(at) - HEADER as u64) / frame.len() as u64;
        let is_short = acknowledged.is_some_and(|acknowledged| {
            acknowledged.salts == self.salts && acknowledged.frames > right
        });
        Ok(is_short.then(|| wrong.map_or(LogFault::Cut { at }, |at| LogFault::Frame { at })))
    }

    /// The checksum that a frame has behind one with the checksum `before`.
    fn checksum_behind(&self, before: Checksum, frame: &[u8]) -> Checksum {
        let (header, page) = frame.split_at(FRAME_HEADER);
        before.and(&header[..8], self.order).and(page, self.order)
    }
}

/// The checksum that is written down at a place.
fn noted(bytes: &[u8], place: usize) -> Checksum {
    Checksum(number(bytes, place), number(bytes, place + 4))
}

/// The number at a place of a header.
fn number(header: &[u8], place: usize) -> u32 {
    let bytes = header.get(place..place + 4);
    let bytes = bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    bytes.map_or(0, u32::from_be_bytes)
}

/// Fills a buffer; `false` where the file ends before.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
