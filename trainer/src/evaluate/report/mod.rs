//! An evaluation as a page to read: one HTML file that needs nothing but itself.

mod breeds;
mod curves;
mod facts;
mod figures;
mod page;
mod pictures;
mod plot;
mod spoilt;
mod strangers;
mod thumbnails;

use std::io;
use std::path::{Path, PathBuf};

use askama::Template;

use super::{Difference, Evaluation, Model};
use crate::train::replace::{WriteError, replace};

/// What a report tells of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The folder of the photographs.
    pub data: &'a Path,
    /// The bundle.
    pub model: &'a Model,
    /// What was found.
    pub evaluation: &'a Evaluation,
    /// Another bundle on the same photographs.
    pub against: Option<Against<'a>>,
}

/// The bundle that another one is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The bundle.
    pub model: &'a Model,
    /// What was found.
    pub evaluation: &'a Evaluation,
    /// How much better the report's own bundle is.
    pub difference: &'a Difference,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The path names a folder, or nothing.
    #[error("{} is no file's name: give the report one that ends in .html", .0.display())]
    NotAFile(PathBuf),
    /// No file can be made there.
    #[error("cannot write into {}: {source}; choose another place for the report", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file could not be written after all.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The report.
        path: PathBuf,
        /// What went wrong.
        source: WriteError,
    },
    /// A plot could not be drawn.
    #[error("cannot draw a plot: {0}")]
    Plot(String),
    /// The page could not be put together.
    #[error("cannot make the page: {0}")]
    Page(#[from] askama::Error),
}

impl Report<'_> {
    /// Writes the page; what was in its place stays until the new one is on the disk.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        let html = page::Page::of(self)?.render()?;
        replace(path, |part| Ok(std::fs::write(part, &html)?)).map_err(|source| {
            ReportError::Write {
                path: path.to_owned(),
                source,
            }
        })
    }
}

/// Makes sure that a report can be written to `path`, before minutes are spent on what it would say.
/// Nothing that is there changes.
///
/// # Errors
/// Where it cannot.
pub fn check(path: &Path) -> Result<(), ReportError> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(ReportError::NotAFile(path.to_owned()));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(()),
        Err(source) => Err(ReportError::Folder {
            folder: folder.to_owned(),
            source,
        }),
    }
}
