//! Imports bookings from another program.

use axum::Json;
use axum::extract::{Query, Request, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Problems;
use super::types::Imported;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;
use crate::upload;

#[derive(Deserialize, IntoParams)]
pub(super) struct ImportQuery {
    /// Whether to write what is planned. Without it, the answer is a preview and nothing is written.
    #[serde(default)]
    write: bool,
}

/// Import expected animals from a table or a calendar
///
/// The file is the body, or the file `bookings` of a multipart form; it has at most 4 MiB and 2000
/// rows. A CSV table has the columns `tag` or `name` (and `owner`), and `day`, or `from` with `until`,
/// `weekdays` and `except`. In a calendar (iCalendar), the title of an event is a tag, a name, or a
/// name with the owner's in brackets, and its rule is daily or weekly, with INTERVAL, BYDAY, UNTIL or
/// COUNT. Rows that do not match exactly one animal are listed as refused.
#[utoipa::path(
    post,
    path = "/api/v1/expected/import",
    operation_id = "import_expected",
    tag = "expected",
    params(ImportQuery),
    request_body(
        content(
            (String = "text/csv"),
            (String = "text/calendar")
        ),
        description = "The table or the calendar"
    ),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "What changes, or would change", body = Imported), Problems)
)]
pub(super) async fn import(
    State(desk): State<Desk>,
    session: Session,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Json<Imported>, DeskError> {
    let file = upload::bookings(&desk, request).await?;
    let plan = desk
        .catalogue(move |catalogue| catalogue.plan_import(&file))
        .await?;
    if !query.write {
        return Ok(Json(Imported::new(plan, None)));
    }
    let planned: Vec<_> = (plan.planned.iter())
        .map(|planned| (planned.animal, planned.days.clone()))
        .collect();
    let written = desk.change(move |catalogue| catalogue.import(&planned, &session.author()));
    let written = written.await?;
    Ok(Json(Imported::new(plan, Some(written))))
}
