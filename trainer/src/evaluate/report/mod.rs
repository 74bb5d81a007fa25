//! Writes an evaluation as a report: a single HTML file without external resources.

mod arrivals;
mod breeds;
mod corruptions;
mod curves;
mod facts;
mod figures;
mod heat;
mod outliers;
mod page;
mod pictures;
mod plot;
mod thumbnails;

use std::io;
use std::path::{Path, PathBuf};

use askama::Template;
use recognise::printable;

use super::{Difference, EvaluateError, Evaluation, Model};
use crate::replace::{WriteError, replace};

/// The content of a report.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The folder of the photographs.
    pub data: &'a Path,
    /// The bundle.
    pub model: &'a Model,
    /// Its evaluation.
    pub evaluation: &'a Evaluation,
    /// Another bundle, evaluated on the same photographs.
    pub against: Option<Against<'a>>,
}

/// The bundle that the report's own bundle is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The bundle.
    pub model: &'a Model,
    /// Its evaluation.
    pub evaluation: &'a Evaluation,
    /// The difference between the report's own bundle and this one.
    pub difference: &'a Difference,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The path is a folder, or has no file name.
    #[error("{} is not a file name: name the report as a file that ends in .html", printable(.0))]
    NotAFile(PathBuf),
    /// No file can be created there.
    #[error(
        "cannot write into {}: {source}; choose another place for the report",
        printable(folder)
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write {}: {source}", printable(path))]
    Write {
        /// The report.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
    /// The network failed on a photograph.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A plot could not be drawn.
    #[error("cannot draw a plot: {0}")]
    Plot(String),
    /// The page could not be rendered.
    #[error("cannot render the page: {0}")]
    Page(#[from] askama::Error),
}

impl Report<'_> {
    /// Writes the report. A former file at `path` is only replaced once the new one is complete.
    ///
    /// # Errors
    /// When it cannot be rendered or written.
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

/// Checks that a report can be written to `path`, before minutes are spent on measuring. Changes nothing.
///
/// # Errors
/// When no file can be created there.
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
