//! Days on which animals are expected again and again.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use catalogue::{AnimalId, BookingId, Recurrence};

use super::Problems;
use super::types::{Booking, NewBooking};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;

/// An animal's bookings, by their first days
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/bookings",
    operation_id = "list_bookings",
    tag = "expected",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Booking>), Problems)
)]
pub(super) async fn of_animal(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Booking>>, DeskError> {
    let bookings = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        catalogue.bookings_of(id)
    });
    Ok(Json(
        bookings.await?.into_iter().map(Booking::from).collect(),
    ))
}

/// Expect an animal on days that recur
///
/// To leave a day out later, stop expecting the animal on that day.
#[utoipa::path(
    post,
    path = "/api/v1/animals/{id}/bookings",
    operation_id = "book",
    tag = "expected",
    params(("id" = i64, Path, description = "The animal's number")),
    request_body = NewBooking,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 201, description = "The booking", body = Booking), Problems)
)]
pub(super) async fn book(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<AnimalId>,
    Json(new): Json<NewBooking>,
) -> Result<(StatusCode, Json<Booking>), DeskError> {
    let days = Recurrence::try_from(new)?;
    let booking = desk.change(move |catalogue| catalogue.book(id, &days, &session.author()));
    Ok((StatusCode::CREATED, Json(booking.await?.into())))
}

/// Cancel a booking
#[utoipa::path(
    delete,
    path = "/api/v1/bookings/{id}",
    operation_id = "cancel_booking",
    tag = "expected",
    params(("id" = i64, Path, description = "The booking's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 204, description = "Cancelled"), Problems)
)]
pub(super) async fn cancel(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<BookingId>,
) -> Result<StatusCode, DeskError> {
    let cancelled = desk.change(move |catalogue| catalogue.cancel_booking(id, &session.author()));
    cancelled.await?;
    Ok(StatusCode::NO_CONTENT)
}
