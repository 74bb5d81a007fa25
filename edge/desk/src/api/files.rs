//! The catalogue as files: export, backup and restore, for the owner alone.

use axum::Json;
use axum::extract::{self, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{AnimalId, CatalogueError};

use super::Problems;
use super::types::Totals;
use crate::desk::{Desk, Which};
use crate::error::DeskError;
use crate::session::Owner;
use crate::transfer::{download, export, kind_of_backup};

/// All animals as CSV (owner)
///
/// In UTF-8 with a mark, separated by `;` if the daycare's language is French and by `,` otherwise.
/// Text that a spreadsheet would run as a formula begins with an apostrophe. Times are in UTC, and in
/// local time in the columns that end in `_local`.
#[utoipa::path(
    get,
    path = "/api/v1/export/animals.csv",
    operation_id = "export_animals",
    tag = "files",
    security(("session" = ["owner"])),
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
///
/// In UTF-8 with a mark, separated by `;` if the daycare's language is French and by `,` otherwise.
/// Text that a spreadsheet would run as a formula begins with an apostrophe. Times are in UTC, and in
/// local time in the columns that end in `_local`.
#[utoipa::path(
    get,
    path = "/api/v1/export/visits.csv",
    operation_id = "export_visits",
    tag = "files",
    security(("session" = ["owner"])),
    responses((status = 200, content_type = "text/csv", body = String), Problems)
)]
pub(super) async fn visits(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let kind = "text/csv; charset=utf-8";
    download(&desk, "visits.csv", kind, |catalogue, path| {
        export(path, |out| catalogue.export_visits_csv(out))
    })
    .await
}

/// All owners of animals as CSV (owner)
///
/// In UTF-8 with a mark, separated by `;` if the daycare's language is French and by `,` otherwise.
/// Text that a spreadsheet would run as a formula begins with an apostrophe. Times are in UTC, and in
/// local time in the columns that end in `_local`.
#[utoipa::path(
    get,
    path = "/api/v1/export/owners.csv",
    operation_id = "export_owners",
    tag = "files",
    security(("session" = ["owner"])),
    responses((status = 200, content_type = "text/csv", body = String), Problems)
)]
pub(super) async fn owners(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let kind = "text/csv; charset=utf-8";
    download(&desk, "owners.csv", kind, |catalogue, path| {
        export(path, |out| catalogue.export_owners_csv(out))
    })
    .await
}

/// Everything in the catalogue as JSON (owner)
#[utoipa::path(
    get,
    path = "/api/v1/export/catalogue.json",
    operation_id = "export_catalogue",
    tag = "files",
    security(("session" = ["owner"])),
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

/// All that is kept of an animal's family, for the family (owner)
///
/// A tar archive of `family.json` and the photographs, those of other sites included: the animal, its
/// owners and the animals of these owners, with visits, stays, bookings, embeddings and history.
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/family.tar",
    operation_id = "export_family",
    tag = "files",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = ["owner"])),
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>), Problems)
)]
pub(super) async fn family(
    State(desk): State<Desk>,
    _: Owner,
    extract::Path(id): extract::Path<AnimalId>,
) -> Result<Response, DeskError> {
    let name = format!("family-{id}.tar");
    download(&desk, &name, "application/x-tar", move |catalogue, path| {
        export(path, |out| catalogue.export_family(id, out))
    })
    .await
}

/// The catalogue and its photographs in one file (owner)
///
/// Photographs that are missing or cannot be read are left out. The last file in the archive,
/// `manifest.json`, names them in `left_out`. Where the owner has set a passphrase for backups, the archive
/// is encrypted with it in the format of age (<https://age-encryption.org/v1>).
#[utoipa::path(
    get,
    path = "/api/v1/backup",
    operation_id = "back_up",
    tag = "files",
    security(("session" = ["owner"])),
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>), Problems)
)]
pub(super) async fn backup(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    let (end, kind) = kind_of_backup(desk.encrypts_backups().await?);
    let now = catalogue::now().strftime("%Y-%m-%d-%H%M");
    let name = format!("kiosk-{now}.{end}");
    let backed_up = desk.clone();
    download(&desk, &name, kind, move |catalogue, path| {
        backed_up.note_left_out(Which::Present, catalogue.backup_to_new(path)?);
        Ok(())
    })
    .await
}

/// Replace everything in the catalogue by a backup (owner)
///
/// The file as the body, or as the file `backup` of a multipart form; at most 2 GiB. One that is encrypted
/// has to come in a form, behind a field `passphrase`. While visits go to another catalogue, since the data
/// folder's cannot be used, the backup takes the place of that one; then the kiosk restarts, and adds to it
/// what was recorded meanwhile.
#[utoipa::path(
    post,
    path = "/api/v1/restore",
    operation_id = "restore",
    tag = "files",
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    security(("session" = ["owner"])),
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
    let done = desk.restore(request).await.map_err(refused)?;
    Ok(match done.next {
        Some(next) => Redirect::to(&next).into_response(),
        None => Json(Totals::from(done.content.restored.totals)).into_response(),
    })
}

/// Why a file is not restored. The path at which it lies meanwhile is nobody's concern.
fn refused(error: DeskError) -> DeskError {
    match error {
        DeskError::Catalogue(CatalogueError::NotABackup { reason, .. }) => DeskError::Invalid(
            format!("not a whole backup of a catalogue ({reason}); choose another file"),
        ),
        DeskError::Catalogue(CatalogueError::NotDecrypted { reason, .. }) => {
            DeskError::Invalid(format!("the backup is {reason}"))
        }
        DeskError::Catalogue(CatalogueError::Newer { version, known, .. }) => {
            DeskError::Invalid(format!(
                "a backup of a newer kiosk (version {version}, this one knows {known}); update the kiosk"
            ))
        }
        other => other,
    }
}
