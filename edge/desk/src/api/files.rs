//! The catalogue as files: export, backup and restore, for the owner alone.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::CatalogueError;
use jiff::Zoned;

use super::Problems;
use super::types::Totals;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Owner;
use crate::transfer::{download, with_catalogue};
use crate::upload;

/// All animals as CSV (owner)
#[utoipa::path(
    get,
    path = "/api/v1/export/animals.csv",
    security(("session" = [])),
    responses((status = 200, content_type = "text/csv", body = String), Problems)
)]
pub(super) async fn animals(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let kind = "text/csv; charset=utf-8";
    download(&desk, "animals.csv", kind, |catalogue, path| {
        export(path, |out| catalogue.export_animals_csv(out))
    })
    .await
}

/// All visits as CSV (owner)
#[utoipa::path(
    get,
    path = "/api/v1/export/visits.csv",
    security(("session" = [])),
    responses((status = 200, content_type = "text/csv", body = String), Problems)
)]
pub(super) async fn visits(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let kind = "text/csv; charset=utf-8";
    download(&desk, "visits.csv", kind, |catalogue, path| {
        export(path, |out| catalogue.export_visits_csv(out))
    })
    .await
}

/// Everything in the catalogue as JSON (owner)
#[utoipa::path(
    get,
    path = "/api/v1/export/catalogue.json",
    security(("session" = [])),
    responses((status = 200, content_type = "application/json", body = Object), Problems)
)]
pub(super) async fn catalogue(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    download(
        &desk,
        "catalogue.json",
        "application/json",
        |catalogue, path| export(path, |out| catalogue.export_json(out)),
    )
    .await
}

/// The catalogue and its photographs in one file (owner)
#[utoipa::path(
    get,
    path = "/api/v1/backup",
    security(("session" = [])),
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>), Problems)
)]
pub(super) async fn backup(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let name = format!("kiosk-{}.tar", Zoned::now().strftime("%Y-%m-%d-%H%M"));
    download(&desk, &name, "application/x-tar", |catalogue, path| {
        Ok(catalogue.backup(path)?)
    })
    .await
}

/// Replace everything in the catalogue by a backup (owner)
///
/// The file as the body, or as the file `backup` of a multipart form; at most 2 GiB.
#[utoipa::path(
    post,
    path = "/api/v1/restore",
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    security(("session" = [])),
    responses(
        (status = 200, description = "How much the catalogue holds now", body = Totals),
        (status = 303, description = "The same, for a form with a field `next`"),
        Problems
    )
)]
pub(super) async fn restore(
    State(desk): State<Desk>,
    _: Owner,
    request: Request,
) -> Result<Response, DeskError> {
    let _permit = desk.0.queues.archives.permit().await?;
    let sent = upload::backup(&desk, request).await?;
    // The file moves into the closure, and so exists until it is read, even if nobody waits.
    let restored = with_catalogue(&desk, move |catalogue| {
        Ok(catalogue.restore(&sent.content.path)?)
    });
    let restored = restored.await?;
    desk.note_change();
    Ok(match sent.next {
        Some(next) => Redirect::to(&next).into_response(),
        None => Json(Totals::from(restored.totals)).into_response(),
    })
}

fn export(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), CatalogueError>,
) -> Result<(), DeskError> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()?;
    Ok(())
}
