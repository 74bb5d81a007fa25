//! Lists the animals that are expected, and changes the list.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use catalogue::AnimalId;
use jiff::civil::Date;

use super::types::Expected;
use super::visits::DayQuery;
use super::{Problems, day};
use crate::contacts::Contacts;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Reader, Session};

/// The animals expected on a day, by name
///
/// For tokens of scope `read`, the fields `contact`, `notes`, `owners` and `owner_ids` of the animals
/// are empty.
#[utoipa::path(
    get,
    path = "/api/v1/expected",
    operation_id = "list_expected",
    tag = "expected",
    params(DayQuery),
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<Expected>), Problems)
)]
pub(super) async fn of_day(
    State(desk): State<Desk>,
    Reader(reader): Reader,
    contacts: Contacts,
    Query(query): Query<DayQuery>,
) -> Result<Json<Vec<Expected>>, DeskError> {
    let day = day(query.day)?;
    let expected = desk.catalogue(move |catalogue| catalogue.expected_on(day));
    let expected = expected.await?;
    if !reader.only_reads() {
        contacts.of_animals(expected.iter().map(|expected| &expected.animal));
    }
    let mut expected: Vec<_> = expected.into_iter().map(Expected::from).collect();
    if reader.only_reads() {
        expected.iter_mut().for_each(Expected::hide_people);
    }
    Ok(Json(expected))
}

/// Expect an animal on a day
#[utoipa::path(
    put,
    path = "/api/v1/expected/{day}/{animal}",
    operation_id = "expect_animal",
    tag = "expected",
    params(
        ("day" = Date, Path, description = "The day, as in 2026-01-31"),
        ("animal" = i64, Path, description = "The animal's number")
    ),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 204, description = "Expected"), Problems)
)]
pub(super) async fn expect(
    State(desk): State<Desk>,
    _: Session,
    Path((asked, animal)): Path<(Date, AnimalId)>,
) -> Result<StatusCode, DeskError> {
    let day = day(Some(asked))?;
    let expected = desk.change(move |catalogue| catalogue.expect(animal, day));
    expected.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop expecting an animal on a day
#[utoipa::path(
    delete,
    path = "/api/v1/expected/{day}/{animal}",
    operation_id = "unexpect_animal",
    tag = "expected",
    params(
        ("day" = Date, Path, description = "The day, as in 2026-01-31"),
        ("animal" = i64, Path, description = "The animal's number")
    ),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 204, description = "No longer expected"), Problems)
)]
pub(super) async fn unexpect(
    State(desk): State<Desk>,
    _: Session,
    Path((asked, animal)): Path<(Date, AnimalId)>,
) -> Result<StatusCode, DeskError> {
    let day = day(Some(asked))?;
    let expected = desk.change(move |catalogue| catalogue.unexpect(animal, day));
    expected.await?;
    Ok(StatusCode::NO_CONTENT)
}
