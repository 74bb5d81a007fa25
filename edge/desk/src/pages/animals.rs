//! The animals of the catalogue: the list with its search, and one animal with all that is known
//! about it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use catalogue::{AnimalId, Subject};
use jiff::civil::Date;
use serde::Deserialize;

use super::page::{Page, show};
use super::rows::{self, AnimalRow, ChangeRow, VisitRow};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Owner;

/// How many animals a page of the list has.
const ANIMALS: usize = 25;

/// How many visits an animal's page shows at first.
const VISITS: usize = 12;

/// The longest search, in characters.
const LONGEST_QUERY: usize = 100;

#[derive(Template)]
#[template(path = "animals.html")]
struct AnimalsPage {
    page: Page,
    query: String,
    animals: Vec<AnimalRow>,
    /// How many were found, as a text.
    found: String,
    earlier: Option<String>,
    later: Option<String>,
    /// The message that an animal was just forgotten.
    gone: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnimalsQuery {
    q: String,
    page: usize,
    gone: Option<String>,
}

pub(super) async fn animals(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<AnimalsQuery>,
) -> Result<Html<String>, DeskError> {
    let text: String = query.q.trim().chars().take(LONGEST_QUERY).collect();
    let number = query.page.min(1_000_000);
    let wanted = text.clone();
    let mut found = desk
        .catalogue(move |catalogue| catalogue.search(&wanted, ANIMALS + 1, number * ANIMALS))
        .await?;
    let more = found.len() > ANIMALS;
    found.truncate(ANIMALS);
    let words = &page.words;
    let encoded = askama::filters::urlencode(&text)
        .map(|text| text.to_string())
        .unwrap_or_default();
    let address = |number: usize| format!("/animals?q={encoded}&page={number}");
    show(&AnimalsPage {
        animals: found
            .iter()
            .map(|animal| AnimalRow::new(words, animal))
            .collect(),
        found: if more || number > 0 {
            words.with("animals-many", "page", number + 1)
        } else {
            words.with("animals-count", "count", found.len())
        },
        earlier: number.checked_sub(1).map(address),
        later: more.then(|| address(number + 1)),
        gone: query.gone.map(|_| words.t("animal-gone")),
        query: text,
        page,
    })
}

#[derive(Template)]
#[template(path = "animal.html")]
struct AnimalPage {
    page: Page,
    animal: AnimalRow,
    /// Breed and species.
    kind: String,
    contact: String,
    notes: String,
    tag: String,
    vaccinated: String,
    last_visit: String,
    since: String,
    visits: Vec<VisitRow>,
    /// The address of all visits, if these are only some.
    more: Option<String>,
    changes: Vec<ChangeRow>,
    tomorrow: Date,
    /// The message of what was just done.
    saved: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnimalQuery {
    all: Option<String>,
    saved: Option<String>,
    expected: Option<String>,
}

pub(super) async fn animal(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<AnimalQuery>,
) -> Result<Html<String>, DeskError> {
    let id = AnimalId(id);
    let template = desk
        .catalogue(move |catalogue| {
            let words = &page.words;
            let animal = catalogue.animal(id)?;
            let mut visits = catalogue.visits_of(id)?;
            let more = query.all.is_none() && visits.len() > VISITS;
            if more {
                visits.truncate(VISITS);
            }
            let fields = &animal.fields;
            let saved = match (&query.saved, &query.expected) {
                (Some(_), _) => Some("saved"),
                (None, Some(_)) => Some("expected-added"),
                (None, None) => None,
            };
            Ok(AnimalPage {
                animal: AnimalRow::new(words, &animal),
                kind: format!(
                    "{} · {}",
                    words.breed(&fields.breed),
                    words.species(fields.species)
                ),
                contact: fields.contact.clone(),
                notes: fields.notes.clone(),
                tag: fields.tag.clone().unwrap_or_default(),
                vaccinated: match fields.vaccinated_until {
                    Some(day) => words.date(day),
                    None => words.t("animal-none-given"),
                },
                last_visit: match animal.last_visit {
                    Some(at) => words.moment(at),
                    None => words.t("no-visit-yet"),
                },
                since: words.date(words.day_of(animal.created)),
                visits: visits
                    .iter()
                    .map(|visit| VisitRow::new(words, visit))
                    .collect(),
                more: more.then(|| format!("/animals/{id}?all=yes")),
                changes: rows::changes(catalogue, words, &catalogue.history(Subject::Animal(id))?)?,
                tomorrow: words.today.tomorrow().unwrap_or(words.today),
                saved: saved.map(|key| words.t(key)),
                page,
            })
        })
        .await?;
    show(&template)
}

/// The owner's confirmation that an animal is to be forgotten.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ForgetForm {
    sure: String,
}

/// Forgets an animal for good.
pub(super) async fn forget(
    Owner(owner): Owner,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<ForgetForm>,
) -> Result<Redirect, DeskError> {
    if form.sure != "yes" {
        return Ok(Redirect::to(&format!("/animals/{id}")));
    }
    desk.change(move |catalogue| catalogue.delete_animal(AnimalId(id), &owner.author()))
        .await?;
    Ok(Redirect::to("/animals?gone=yes"))
}
