//! Whole files in and out, by way of the disk: a backup is bigger than the memory may be, and
//! whoever loads it slowly holds nothing up.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};

use super::lane::Turn;
use super::serve::STALL;
use super::{Desk, DeskError};
use catalogue::Catalogue;

/// Where the files lie while they last, in the data folder.
const FOLDER: &str = "transfer";

/// How much goes at once.
const CHUNK: usize = 64 << 10;

/// Removes what a kiosk that was switched off left behind.
pub(super) fn clear(data: &Path) {
    let _ = fs::remove_dir_all(data.join(FOLDER));
}

/// A folder for one transfer, gone when it is dropped.
fn folder(data: &Path) -> io::Result<TempDir> {
    let all = data.join(FOLDER);
    fs::create_dir_all(&all)?;
    TempDir::new_in(all)
}

/// Has the catalogue write a file, and sends it under `name`.
pub(super) async fn download(
    desk: &Desk,
    name: &str,
    kind: &'static str,
    write: impl FnOnce(&Catalogue, &Path) -> Result<(), DeskError> + Send + 'static,
) -> Result<Response, DeskError> {
    let turn = desk.0.lanes.archives.turn().await?;
    let data = desk.folder().to_owned();
    let written = alone(desk, move |catalogue| {
        let folder = folder(&data)?;
        let path = folder.path().join("file");
        write(catalogue, &path)?;
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        // Open, it can be read to its end though nobody finds it any more.
        Ok((file, length))
    });
    let (file, length) = written.await?;
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    let body = Body::from_stream(read(tokio::fs::File::from_std(file), turn));
    Ok((headers, body).into_response())
}

/// Work with the catalogue that takes long: it waits for nobody else's, and nobody's waits for it.
pub(super) async fn alone<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce(&Catalogue) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    let catalogue = Arc::clone(&desk.kiosk().catalogue);
    let done = tokio::task::spawn_blocking(move || work(&catalogue)).await;
    done.map_err(|_| DeskError::Internal)?
}

/// The content of a file, read as fast as it is taken.
fn read(mut file: tokio::fs::File, turn: Turn) -> impl Stream<Item = io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        let _turn = turn;
        loop {
            let mut chunk = vec![0; CHUNK];
            let piece = match file.read(&mut chunk).await {
                Ok(0) => return,
                Ok(length) => {
                    chunk.truncate(length);
                    Ok(Bytes::from(chunk))
                }
                Err(error) => Err(error),
            };
            match timeout(STALL, sender.send(piece)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
    });
    ReceiverStream::new(receiver)
}

/// A file that somebody sent, on disk for as long as this is kept.
pub(super) struct Received {
    pub(super) path: PathBuf,
    _folder: TempDir,
}

/// Writes what comes to disk, `most` bytes at the most.
pub(super) async fn receive<E>(
    desk: &Desk,
    mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    most: u64,
) -> Result<Received, DeskError> {
    let folder = folder(desk.folder())?;
    let path = folder.path().join("file");
    let mut file = tokio::fs::File::create(&path).await?;
    let mut length = 0;
    while let Some(chunk) = content.next().await {
        let chunk = chunk.map_err(|_| DeskError::Interrupted)?;
        length += chunk.len() as u64;
        if length > most {
            let kilobytes = most >> 10;
            return Err(DeskError::TooLarge { kilobytes });
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok(Received {
        path,
        _folder: folder,
    })
}
