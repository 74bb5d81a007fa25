//! Lists who is in the house now, and whose check-out was forgotten.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use catalogue::{CatalogueError, Guest, VisitId};
use jiff::Timestamp;
use serde::Deserialize;

use super::care::{self, Fact};
use super::page::{Page, refused_as, show};
use super::rows::AnimalRow;
use super::stay::Gone;
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;

/// How many guests of former days are listed.
const OVERDUE: usize = 100;

/// A guest in the house.
pub(super) struct GuestRow {
    pub(super) animal: AnimalRow,
    pub(super) visit: VisitId,
    /// Since when, in words and for machines.
    pub(super) since: String,
    pub(super) machine: String,
    pub(super) run: String,
    /// What it needs and brought.
    pub(super) needs: Vec<Fact>,
}

impl GuestRow {
    pub(super) fn new(words: &Words, guest: &Guest) -> Self {
        let mut needs = care::needs(words, &guest.animal.fields);
        let belongings = guest.stay.belongings.trim();
        if !belongings.is_empty() {
            needs.push(Fact {
                name: words.t("field-belongings"),
                text: belongings.to_owned(),
            });
        }
        Self {
            animal: AnimalRow::new(words, &guest.animal),
            visit: guest.visit,
            since: words.with("stay-since", "when", words.moment(guest.since)),
            machine: words.machine(guest.since),
            run: guest.stay.run.clone(),
            needs,
        }
    }
}

#[derive(Template)]
#[template(path = "in_house.html")]
struct InHousePage {
    page: Page,
    guests: Vec<GuestRow>,
    overdue: Vec<GuestRow>,
    count: String,
    overdue_count: String,
    gone: Option<Gone>,
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InHouseQuery {
    /// Who was just checked out.
    out: Option<i64>,
}

pub(super) async fn in_house(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<InHouseQuery>,
) -> Result<Html<String>, DeskError> {
    show(&load(page, desk, query.out, None).await?)
}

/// The page, because a guest could not be checked out, or in again. Any other error is passed on.
pub(super) async fn refuse(
    page: Page,
    desk: Desk,
    error: DeskError,
) -> Result<Response, DeskError> {
    let key = match &error {
        DeskError::Catalogue(CatalogueError::NotInHouse(_)) => "stay-not-in-house",
        DeskError::Catalogue(CatalogueError::NotCheckedOut(_)) => "stay-not-checked-out",
        _ => return Err(error),
    };
    let wrong = page.t(key);
    let template = load(page, desk, None, Some(wrong));
    refused_as(error.status(), &template.await?)
}

async fn load(
    page: Page,
    desk: Desk,
    out: Option<i64>,
    wrong: Option<String>,
) -> Result<InHousePage, DeskError> {
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let house = catalogue.house(Timestamp::now(), OVERDUE)?;
        let rows = |guests: &[Guest]| -> Vec<GuestRow> {
            let guests = guests.iter();
            guests.map(|guest| GuestRow::new(words, guest)).collect()
        };
        Ok(InHousePage {
            count: words.number(house.present.len() as u64),
            overdue_count: words.number(house.overdue_count as u64),
            guests: rows(&house.present),
            overdue: rows(&house.overdue),
            gone: Gone::of(catalogue, words, out)?,
            wrong,
            page,
        })
    })
    .await
}
