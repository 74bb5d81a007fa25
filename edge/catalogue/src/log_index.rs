//! Reads from the index of a write-ahead log how much of that log was acknowledged.
//!
//! SQLite flushes a commit to the log before it enters it into the index, which it keeps beside the log in
//! memory that it shares with others. Whatever is left of the index, be it older than the log, counts no frame
//! that was not on the disk. So a log with the same salts and fewer frames was cut or damaged afterwards.
//!
//! The format: <https://www.sqlite.org/walformat.html#the_wal_index_file_format>.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::log_checksum::Checksum;
use crate::remains::{INDEX, side_file};

/// The first of the index's two headers, in bytes. They are equal unless a process died while it wrote them.
const HEADER: usize = 48;

/// The version of the format, the same since SQLite has had such logs.
const VERSION: u32 = 3_007_000;

/// How many frames of a log were acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The salts of that log.
    pub(crate) salts: [u8; 8],
    /// How many frames it had at the last commit.
    pub(crate) frames: u64,
}

/// What the index of the log of the database `file` says. `None` where it is missing or damaged, which costs
/// nothing: SQLite makes it again. This process must not have the file open: SQLite would lose its locks
/// (<https://sqlite.org/howtocorrupt.html>, 2.2).
pub(crate) fn acknowledged(file: &Path) -> Option<Acknowledged> {
    let mut index = File::open(file.with_file_name(side_file(file, INDEX))).ok()?;
    let mut headers = [0; 2 * HEADER];
    index.read_exact(&mut headers).ok()?;
    let (header, copy) = headers.split_at(HEADER);
    // Numbers are in the order of this processor.
    let number = |place: usize| {
        let bytes = header.get(place..place + 4)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    };
    let checksum = Checksum::default().and(&header[..40], u32::from_ne_bytes);
    let is_whole = header == copy && Checksum(number(40)?, number(44)?) == checksum;
    let is_known = number(0)? == VERSION && header[12] == 1;
    (is_whole && is_known).then_some(Acknowledged {
        salts: header[32..40].try_into().ok()?,
        frames: number(16)?.into(),
    })
}
