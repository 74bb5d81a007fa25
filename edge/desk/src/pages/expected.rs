//! The animals that are expected on a day.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use catalogue::AnimalId;
use jiff::civil::Date;
use serde::Deserialize;

use super::day::parse;
use super::listing::searched;
use super::page::{Page, go_on, show};
use super::rows::AnimalRow;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;

/// How many animals a search offers.
const OFFERED: usize = 8;

#[derive(Template)]
#[template(path = "expected.html")]
struct ExpectedPage {
    page: Page,
    day: Date,
    title: String,
    earlier: Date,
    later: Date,
    /// Each with whether it has arrived, and whether a booking says that it comes.
    expected: Vec<(AnimalRow, bool, bool)>,
    count: String,
    query: String,
    /// The animals that the search found.
    animals: Vec<AnimalRow>,
    found: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExpectedQuery {
    day: String,
    q: String,
}

pub(super) async fn expected(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ExpectedQuery>,
) -> Result<Html<String>, DeskError> {
    let template = desk
        .catalogue(move |catalogue| {
            let words = &page.words;
            let day = parse(&query.day, words.today);
            let expected = catalogue.expected_on(day)?;
            let query = searched(&query.q);
            let mut animals = catalogue.search(&query, OFFERED + expected.len(), 0)?;
            animals.retain(|animal| expected.iter().all(|known| known.animal.id != animal.id));
            animals.truncate(OFFERED);
            Ok(ExpectedPage {
                title: words.day(day),
                earlier: day.yesterday().unwrap_or(day),
                later: day.tomorrow().unwrap_or(day),
                count: words.with("expected-count", "count", expected.len()),
                expected: (expected.iter())
                    .map(|expected| {
                        let row = AnimalRow::new(words, &expected.animal);
                        (row, expected.arrived, expected.recurring)
                    })
                    .collect(),
                found: words.with("guests-found", "count", animals.len()),
                animals: animals
                    .iter()
                    .map(|animal| AnimalRow::new(words, animal))
                    .collect(),
                query,
                day,
                page,
            })
        })
        .await?;
    show(&template)
}

/// An animal and a day.
#[derive(Debug, Deserialize)]
pub(super) struct ExpectedForm {
    animal: i64,
    day: String,
    #[serde(default)]
    next: String,
}

impl ExpectedForm {
    fn day(&self) -> Result<Date, DeskError> {
        let day = self.day.parse();
        day.map_err(|_| DeskError::Invalid("the day must be a date, as in 2026-01-31".to_owned()))
    }
}

/// Expects an animal.
pub(super) async fn add(
    _: Session,
    State(desk): State<Desk>,
    Form(form): Form<ExpectedForm>,
) -> Result<Response, DeskError> {
    let day = form.day()?;
    desk.change(move |catalogue| catalogue.expect(AnimalId(form.animal), day))
        .await?;
    Ok(go_on(&form.next, "/expected"))
}

/// Stops expecting an animal.
pub(super) async fn remove(
    _: Session,
    State(desk): State<Desk>,
    Form(form): Form<ExpectedForm>,
) -> Result<Response, DeskError> {
    let day = form.day()?;
    desk.change(move |catalogue| catalogue.unexpect(AnimalId(form.animal), day))
        .await?;
    Ok(go_on(&form.next, "/expected"))
}
