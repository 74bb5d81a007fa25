//! A day: who came, who was expected, and correcting several visits at once.

use std::collections::HashSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, House, VisitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::breeds;
use super::in_house::GuestRow;
use super::page::{Page, refused_as, show};
use super::rows::{self, AnimalRow, VisitRow};
use super::stay::Gone;
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
    /// How many of them nobody confirmed, as a text; `None` if all are confirmed.
    unconfirmed: Option<String>,
    /// The address of the next visits of the day.
    more: Option<String>,
    expected: Vec<(AnimalRow, bool)>,
    /// Who is in the house, on the page of today.
    guests: Vec<GuestRow>,
    is_today: bool,
    /// Where the forms of guests lead back to.
    here: String,
    gone: Option<Gone>,
    breeds: Vec<String>,
    /// The message of what was just done.
    done: Option<String>,
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
    deleted: Option<String>,
    /// Who was just checked out.
    out: Option<i64>,
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
    let metadata = desk.kiosk().metadata();
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let day = parse(&query.day, words.today);
        let all = catalogue.count_on(day)?;
        let unconfirmed = catalogue.count_unconfirmed_on(day)?;
        let first = query.page.saturating_mul(VISITS);
        let visits = catalogue.visits_on(day, VISITS, first)?;
        let expected = catalogue.expected_on(day)?;
        let is_today = day == words.today;
        let house = if is_today {
            catalogue.house(Timestamp::now(), 0)?
        } else {
            House::default()
        };
        Ok(DayPage {
            guests: (house.present.iter())
                .map(|guest| GuestRow::new(words, guest))
                .collect(),
            is_today,
            here: format!("/today?day={day}"),
            gone: Gone::of(catalogue, words, query.out)?,
            title: if is_today {
                words.with("day-today", "date", words.day(day))
            } else {
                words.day(day)
            },
            earlier: day.yesterday().unwrap_or(day),
            later: day.tomorrow().ok().filter(|later| *later <= words.today),
            visits: rows::visits(catalogue, words, &visits)?,
            count: words.number(all as u64),
            unconfirmed: (unconfirmed > 0)
                .then(|| words.with("day-unconfirmed", "count", unconfirmed)),
            more: (first.saturating_add(VISITS) < all)
                .then(|| format!("/today?day={day}&page={}", query.page + 1)),
            expected: (expected.iter())
                .map(|expected| (AnimalRow::new(words, &expected.animal), expected.arrived))
                .collect(),
            breeds: breeds::names(words, &metadata),
            done: match (query.changed, &query.deleted) {
                (Some(count), _) => Some(words.with("day-changed", "count", count)),
                (None, Some(_)) => Some(words.t("visit-deleted")),
                (None, None) => None,
            },
            chosen: HashSet::new(),
            typed: String::new(),
            wrong: None,
            day,
            page,
        })
    })
    .await
}

/// A ticked visit with the revision that the page showed: `12@3`.
fn ticked(value: &str) -> Option<(VisitId, Option<u32>)> {
    match value.split_once('@') {
        Some((id, revision)) => Some((VisitId(id.parse().ok()?), Some(revision.parse().ok()?))),
        None => Some((VisitId(value.parse().ok()?), None)),
    }
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
    let visits: Vec<(VisitId, Option<u32>)> = (fields.iter())
        .filter(|(name, _)| name == "visit")
        .filter_map(|(_, value)| ticked(value))
        .collect();
    let (day, typed) = (field("day").to_owned(), field("typed"));
    let (status, wrong) = match breeds::typed(&desk.kiosk().metadata(), typed) {
        _ if visits.is_empty() => (StatusCode::UNPROCESSABLE_ENTITY, page.t("wrong-nobody")),
        None => (StatusCode::UNPROCESSABLE_ENTITY, page.t("wrong-breed")),
        Some(breed) => match desk
            .confirm_all(visits.clone(), breed.id, breed.name, page.author())
            .await
        {
            Ok(changed) => {
                let day = parse(&day, page.words.today);
                let address = format!("/today?day={day}&changed={changed}");
                return Ok(Redirect::to(&address).into_response());
            }
            Err(DeskError::Catalogue(CatalogueError::Superseded { visit })) => {
                let time = page.words.time(visit.at);
                (
                    StatusCode::CONFLICT,
                    page.with("day-visit-changed", "time", time),
                )
            }
            Err(DeskError::Catalogue(CatalogueError::Invalid { .. })) => {
                (StatusCode::UNPROCESSABLE_ENTITY, page.t("wrong-breed"))
            }
            Err(error) => return Err(error),
        },
    };
    let query = DayQuery {
        day,
        ..DayQuery::default()
    };
    let mut template = load(page, &desk, query).await?;
    template.chosen = visits.into_iter().map(|(id, _)| id).collect();
    template.typed = typed.chars().take(200).collect();
    template.wrong = Some(wrong);
    refused_as(status, &template)
}
