//! The bookings of an animal, on its page.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{AnimalId, Booking, BookingId, CatalogueError, Recurrence, Unit, Weekdays};
use jiff::civil::Weekday;

use super::animal as animal_page;
use super::page::Page;
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;

/// A booking.
pub(super) struct BookingRow {
    pub(super) id: BookingId,
    pub(super) text: String,
    /// The days that are left out from today on, as a text; `None` if there are none.
    pub(super) except: Option<String>,
}

/// Bookings that are not over yet.
pub(super) fn rows(words: &Words, bookings: &[Booking]) -> Vec<BookingRow> {
    let is_over = |days: &Recurrence| days.last.is_some_and(|last| last < words.today);
    (bookings.iter())
        .filter(|booking| !is_over(&booking.days))
        .map(|booking| BookingRow {
            id: booking.id,
            text: words.recurrence(&booking.days),
            except: except(words, &booking.days),
        })
        .collect()
}

fn except(words: &Words, days: &Recurrence) -> Option<String> {
    let days: Vec<String> = (days.exceptions.range(words.today..))
        .map(|day| words.date(*day))
        .collect();
    (!days.is_empty()).then(|| words.with("booking-except", "days", days.join(", ")))
}

/// Expects an animal on days of the week.
pub(super) async fn add(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    let wrong = match typed(&fields) {
        Err(wrong) => wrong,
        Ok(days) => {
            let author = page.author();
            match desk
                .change(move |catalogue| catalogue.book(id, &days, &author))
                .await
            {
                Ok(_) => {
                    let address = format!("/animals/{id}?booked=yes");
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(DeskError::Catalogue(CatalogueError::Invalid { .. })) => "booking-wrong-days",
                Err(error) => return Err(error),
            }
        }
    };
    animal_page::again(page, &desk, id, wrong).await
}

/// The days of the form, or what is wrong with them.
fn typed(fields: &[(String, String)]) -> Result<Recurrence, &'static str> {
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.trim())
    };
    let weekdays = Weekdays::of((fields.iter()).filter_map(|(name, value)| {
        let number = value.parse().ok().filter(|_| name == "weekday")?;
        Weekday::from_monday_one_offset(number).ok()
    }));
    if weekdays.is_empty() {
        return Err("booking-wrong-weekdays");
    }
    let day = |text: &str| text.parse().map_err(|_| "wrong-date");
    Ok(Recurrence {
        last: match field("until") {
            "" => None,
            until => Some(day(until)?),
        },
        every: match field("every") {
            "" => 1,
            every => every.parse().map_err(|_| "booking-wrong-days")?,
        },
        unit: Unit::Week,
        weekdays,
        ..Recurrence::daily(day(field("from"))?)
    })
}

/// Cancels a booking.
pub(super) async fn cancel(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Redirect, DeskError> {
    let (id, author) = (BookingId(id), page.author());
    let animal = desk
        .change(move |catalogue| {
            let animal = catalogue.booking(id)?.animal;
            catalogue.cancel_booking(id, &author)?;
            Ok(animal)
        })
        .await?;
    Ok(Redirect::to(&format!("/animals/{animal}?cancelled=yes")))
}
