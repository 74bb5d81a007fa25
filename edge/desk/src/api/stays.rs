//! Lists who is in the house, and changes stays: notes, and checking out.

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use catalogue::{AnimalId, VisitId};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::entity_tag::{CONDITION, IfMatch, Tagged, tagged};
use super::types::{CheckOut, Guest, LeftAll, Stay, StayNotes};
use super::{MOST, Problems};
use crate::body;
use crate::contacts::Contacts;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Reader, Session};

/// Who is in the house now, by name, and after them those whose check-out was forgotten
///
/// Of those who came on former days, the last 500 are listed. For tokens of scope `read`, the fields
/// `contact`, `notes`, `owners` and `owner_ids` of the animals are empty.
#[utoipa::path(
    get,
    path = "/api/v1/in-house",
    operation_id = "list_in_house",
    tag = "visits",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<Guest>), Problems)
)]
pub(super) async fn in_house(
    State(desk): State<Desk>,
    Reader(reader): Reader,
    contacts: Contacts,
) -> Result<Json<Vec<Guest>>, DeskError> {
    let house = desk.catalogue(|catalogue| catalogue.house(Timestamp::now(), MOST));
    let house = house.await?;
    let guests: Vec<_> = house.present.into_iter().chain(house.overdue).collect();
    if !reader.only_reads() {
        contacts.of_animals(guests.iter().map(|guest| &guest.animal));
    }
    let mut guests: Vec<_> = guests.into_iter().map(Guest::from).collect();
    if reader.only_reads() {
        guests.iter_mut().for_each(Guest::hide_people);
    }
    Ok(Json(guests))
}

/// Check an animal out: it has left
#[utoipa::path(
    post,
    path = "/api/v1/animals/{id}/check-out",
    operation_id = "check_out",
    tag = "visits",
    params(("id" = i64, Path, description = "The animal's number")),
    request_body = Option<CheckOut>,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "It is on disk", body = Guest), Problems)
)]
pub(super) async fn check_out(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
    request: Request,
) -> Result<Json<Guest>, DeskError> {
    let CheckOut { visit, left_at } = body::optional(request.into_body()).await?;
    let guest = desk.check_out(id, visit, left_at, session.author());
    let guest = guest.await?;
    contacts.of_animal(&guest.animal);
    Ok(Json(guest.into()))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct UndoQuery {
    /// A visit of the stay that was checked out. If the animal's last check-out is of another stay by
    /// now, or the animal has come again since, the request is refused.
    #[param(value_type = Option<i64>)]
    visit: Option<VisitId>,
}

/// Take the last check-out of an animal back
///
/// Without `visit`, it must be one of today, and the animal must not be in the house: a request that is
/// sent twice opens no older stay. Otherwise the answer is 409.
#[utoipa::path(
    delete,
    path = "/api/v1/animals/{id}/check-out",
    operation_id = "undo_check_out",
    tag = "visits",
    params(("id" = i64, Path, description = "The animal's number"), UndoQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "It is in the house again", body = Guest), Problems)
)]
pub(super) async fn undo_check_out(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
    Query(query): Query<UndoQuery>,
) -> Result<Json<Guest>, DeskError> {
    let guest =
        desk.change(move |catalogue| catalogue.undo_check_out(id, query.visit, &session.author()));
    let guest = guest.await?;
    contacts.of_animal(&guest.animal);
    Ok(Json(guest.into()))
}

/// Check out all animals from former days that are still in the house: nobody knows when they left
#[utoipa::path(
    post,
    path = "/api/v1/in-house/forgotten/check-out",
    operation_id = "check_out_forgotten",
    tag = "visits",
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "It is on disk", body = LeftAll), Problems)
)]
pub(super) async fn check_out_forgotten(
    State(desk): State<Desk>,
    session: Session,
) -> Result<Json<LeftAll>, DeskError> {
    let checked_out = desk
        .change(move |catalogue| catalogue.check_out_overdue(&session.author(), Timestamp::now()));
    let checked_out = checked_out.await?;
    Ok(Json(LeftAll { checked_out }))
}

/// The stay of a visit
///
/// Of several visits on one day with an open stay, it is that of the first one.
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/stay",
    operation_id = "get_stay",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, body = Stay,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn stay(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<Tagged<Stay>, DeskError> {
    let stay = desk.catalogue(move |catalogue| catalogue.stay(id));
    let stay = stay.await?;
    Ok(tagged(&stay.mark(), stay))
}

/// Note what the animal of a visit brought, and where it is
///
/// Of several visits on one day with an open stay, the first one has the notes.
#[utoipa::path(
    put,
    path = "/api/v1/visits/{id}/stay",
    operation_id = "note_stay",
    tag = "visits",
    params(
        ("id" = i64, Path, description = "The visit's number"),
        ("If-Match" = Option<String>, Header, description = CONDITION)
    ),
    request_body = StayNotes,
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, description = "The stay as it is now", body = Stay,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn note(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    if_match: IfMatch,
    Json(notes): Json<StayNotes>,
) -> Result<Tagged<Stay>, DeskError> {
    let notes = notes.into();
    let stay = desk.change(move |catalogue| {
        let seen = if_match.seen(catalogue.stay(id)?.mark());
        catalogue.set_stay_notes(id, &notes, seen.as_ref(), &session.author())
    });
    let stay = stay.await?;
    Ok(tagged(&stay.mark(), stay))
}
