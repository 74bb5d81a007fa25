//! Why a photograph cannot be read.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{Kind, MAX_BYTES};
use crate::names::printable;

/// Why a photograph could not be read, and which file it was if there was one.
#[derive(Debug)]
pub struct PhotoError {
    /// The file; `None` for bytes in memory.
    pub path: Option<PathBuf>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl std::error::Error for PhotoError {}

impl fmt::Display for PhotoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", printable(path), self.fault),
            None => self.fault.fmt(f),
        }
    }
}

impl From<Fault> for PhotoError {
    fn from(fault: Fault) -> Self {
        Self { path: None, fault }
    }
}

/// What can be wrong with a photograph.
#[derive(Debug, Error)]
pub enum Fault {
    /// The path does not exist.
    #[error("no such file")]
    Missing,
    /// The path names a directory, a device or a pipe.
    #[error("not a file; name the photographs one by one")]
    NotAFile,
    /// The system refused to read the file.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is bigger than [`MAX_BYTES`].
    #[error("the file has {} MiB; at most {} are read", .0.div_ceil(1 << 20), MAX_BYTES >> 20)]
    TooManyBytes(u64),
    /// The content is of no known kind.
    #[error("not a picture; JPEG, PNG, WebP and GIF are read")]
    NotAPicture,
    /// The content is of a known kind that is not read.
    #[error("{0}")]
    NotRead(Kind),
    /// More pixels than are read of a picture of this kind, or a side longer than
    /// [`MAX_SIDE`](super::MAX_SIDE).
    #[error("{width} x {height} pixels; at most {} megapixels are read", most / 1_000_000)]
    TooManyPixels {
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
        /// How many pixels are read.
        most: u64,
    },
    /// The file ends before the picture does.
    #[error("the picture is cut short; copy the file again")]
    Truncated,
    /// The decoder failed.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
}

impl Fault {
    /// The same fault; a picture that a decoder takes for damaged is cut short if the file is.
    pub(super) fn of_cut_file(self, is_cut: bool) -> Self {
        match self {
            Self::Damaged(_) if is_cut => Self::Truncated,
            fault => fault,
        }
    }
}
