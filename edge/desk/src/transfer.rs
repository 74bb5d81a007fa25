//! Whole files sent and received by way of the disk: a backup is larger than the memory, and a slow
//! client holds up nobody.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use catalogue::{Catalogue, CatalogueError, Scratch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::limits::STALL;
use crate::scratch;
use crate::work::{Permit, blocking};

/// How many bytes are sent at once.
const CHUNK: usize = 64 << 10;

/// Lets the catalogue write a file, and sends it as a download called `name`.
///
/// # Errors
/// If the file cannot be written, or [`DeskError::Busy`] if others are written or sent.
pub(crate) async fn download(
    desk: &Desk,
    name: &str,
    content_type: &'static str,
    write: impl FnOnce(&Catalogue, &Path) -> Result<(), DeskError> + Send + 'static,
) -> Result<Response, DeskError> {
    let catalogue = Arc::clone(&desk.kiosk().catalogue);
    download_of(desk, catalogue, name, content_type, write).await
}

/// The same with a catalogue that need not be the one in use.
///
/// # Errors
/// As [`download`].
pub(crate) async fn download_of(
    desk: &Desk,
    catalogue: Arc<Catalogue>,
    name: &str,
    content_type: &'static str,
    write: impl FnOnce(&Catalogue, &Path) -> Result<(), DeskError> + Send + 'static,
) -> Result<Response, DeskError> {
    let sending = desk.0.queues.downloads.permit().await?;
    let writing = desk.0.queues.archives.permit().await?;
    let data = desk.0.options.folder.clone();
    let written = with_catalogue_of(catalogue, move |catalogue| {
        // Until it is written, even if nobody waits for it any more.
        let _writing = writing;
        let folder = scratch::folder(&data)?;
        let path = folder.path().join("file");
        write(catalogue, &path)?;
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        // An open file can be read to its end after its folder is gone.
        Ok((file, length))
    });
    let (file, length) = written.await?;
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    let body = Body::from_stream(send(tokio::fs::File::from_std(file), sending));
    Ok((headers, body).into_response())
}

/// How the name of a backup ends, and what kind of file it is.
pub(crate) fn kind_of_backup(is_encrypted: bool) -> (&'static str, &'static str) {
    if is_encrypted {
        ("tar.age", "application/octet-stream")
    } else {
        ("tar", "application/x-tar")
    }
}

/// Writes a file that the catalogue exports.
///
/// # Errors
/// The catalogue's, or if the file cannot be written.
pub(crate) fn export(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), CatalogueError>,
) -> Result<(), DeskError> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// Long work with the catalogue, beside the queue of short work: neither waits for the other.
///
/// # Errors
/// The work's, or [`DeskError::Internal`] if it panics.
pub(crate) async fn with_catalogue<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce(&Catalogue) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    with_catalogue_of(Arc::clone(&desk.kiosk().catalogue), work).await
}

/// The same with a catalogue that need not be the one in use.
///
/// # Errors
/// As [`with_catalogue`].
pub(crate) async fn with_catalogue_of<T: Send + 'static>(
    catalogue: Arc<Catalogue>,
    work: impl FnOnce(&Catalogue) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    blocking(move || work(&catalogue)).await?
}

/// The content of a file, read as fast as the client takes it.
fn send(mut file: tokio::fs::File, permit: Permit) -> impl Stream<Item = io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        let _permit = permit;
        loop {
            let mut chunk = vec![0; CHUNK];
            let piece = match file.read(&mut chunk).await {
                Ok(0) => return,
                Ok(length) => {
                    chunk.truncate(length);
                    Ok(Bytes::from(chunk))
                }
                Err(error) => {
                    tracing::error!(%error, "a download broke off");
                    Err(error)
                }
            };
            let is_last = piece.is_err();
            match timeout(STALL, sender.send(piece)).await {
                Ok(Ok(())) if !is_last => {}
                _ => return,
            }
        }
    });
    ReceiverStream::new(receiver)
}

/// A file that was received, on disk until this is dropped.
pub(crate) struct Received {
    pub(crate) path: PathBuf,
    _folder: Scratch,
}

/// Writes a stream of at most `most` bytes to disk as it arrives.
///
/// # Errors
/// [`DeskError::TooLarge`], [`DeskError::Interrupted`], or if the disk is full.
pub(crate) async fn receive<E: Display>(
    desk: &Desk,
    mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    most: u64,
) -> Result<Received, DeskError> {
    let folder = scratch::folder(&desk.0.options.folder)?;
    let path = folder.path().join("file");
    let mut file = tokio::fs::File::create(&path).await?;
    let mut length = 0;
    while let Some(chunk) = content.next().await {
        let chunk = chunk.map_err(DeskError::interrupted)?;
        length += chunk.len() as u64;
        if length > most {
            return Err(DeskError::too_large(most));
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok(Received {
        path,
        _folder: folder,
    })
}
