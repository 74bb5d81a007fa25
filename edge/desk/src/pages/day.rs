//! A day: who came, who was expected, and correcting several visits at once.

use std::collections::HashSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::VisitId;
use jiff::civil::Date;
use serde::Deserialize;

use super::breeds;
use super::page::{Page, refused, show};
use super::rows::{self, AnimalRow, VisitRow};
use crate::desk::Desk;
use crate::error::DeskError;

/// How many visits a page shows.
const VISITS: usize = 100;

#[derive(Template)]
#[template(path = "day.html")]
struct DayPage {
    page: Page,
    day: Date,
    title: String,
    earlier: Date,
    /// The day after; `None` after today.
    later: Option<Date>,
    visits: Vec<VisitRow>,
    count: String,
    /// The address of the next visits of the day.
    more: Option<String>,
    expected: Vec<(AnimalRow, bool)>,
    breeds: Vec<String>,
    /// How many were just corrected, as a text.
    changed: Option<String>,
    /// What was chosen and typed, if it could not be accepted, and why.
    chosen: HashSet<VisitId>,
    typed: String,
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DayQuery {
    day: String,
    page: usize,
    changed: Option<usize>,
}

pub(super) async fn day(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<DayQuery>,
) -> Result<Html<String>, DeskError> {
    show(&load(page, &desk, query).await?)
}

/// The day of a form or an address; today if it is not a date.
pub(super) fn parse(day: &str, today: Date) -> Date {
    day.trim().parse().unwrap_or(today)
}

async fn load(page: Page, desk: &Desk, query: DayQuery) -> Result<DayPage, DeskError> {
    let metadata = desk.kiosk().metadata.clone();
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let day = parse(&query.day, words.today);
        let all = catalogue.count_on(day)?;
        let first = query.page.saturating_mul(VISITS);
        let visits = catalogue.visits_on(day, VISITS, first)?;
        let expected = catalogue.expected_on(day)?;
        Ok(DayPage {
            title: if day == words.today {
                words.with("day-today", "date", words.day(day))
            } else {
                words.day(day)
            },
            earlier: day.yesterday().unwrap_or(day),
            later: day.tomorrow().ok().filter(|later| *later <= words.today),
            visits: rows::visits(catalogue, words, &visits)?,
            count: words.number(all as u64),
            more: (first.saturating_add(VISITS) < all)
                .then(|| format!("/today?day={day}&page={}", query.page + 1)),
            expected: (expected.iter())
                .map(|expected| (AnimalRow::new(words, &expected.animal), expected.arrived))
                .collect(),
            breeds: breeds::names(words, &metadata),
            changed: query
                .changed
                .map(|count| words.with("day-changed", "count", count)),
            chosen: HashSet::new(),
            typed: String::new(),
            wrong: None,
            day,
            page,
        })
    })
    .await
}

/// Corrects all ticked visits to one breed.
pub(super) async fn confirm_all(
    page: Page,
    State(desk): State<Desk>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, DeskError> {
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    };
    let visits: Vec<VisitId> = (fields.iter())
        .filter(|(name, _)| name == "visit")
        .filter_map(|(_, id)| id.parse().ok().map(VisitId))
        .collect();
    let (day, typed) = (field("day").to_owned(), field("typed"));
    let wrong = match breeds::find(&desk.kiosk().metadata, typed) {
        _ if visits.is_empty() => "wrong-nobody",
        None => "wrong-breed",
        Some(breed) => {
            let changed = desk.confirm_all(visits, breed, page.author()).await?;
            let day = parse(&day, page.words.today);
            return Ok(Redirect::to(&format!("/today?day={day}&changed={changed}")).into_response());
        }
    };
    let query = DayQuery {
        day,
        ..DayQuery::default()
    };
    let mut template = load(page, &desk, query).await?;
    template.chosen = visits.into_iter().collect();
    template.typed = typed.chars().take(200).collect();
    template.wrong = Some(template.page.t(wrong));
    refused(&template)
}
