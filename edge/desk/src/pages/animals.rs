//! The animals of the catalogue: the list with its search, and one animal with all that is known
//! about it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{AnimalId, CatalogueError, Subject};
use jiff::civil::Date;
use serde::Deserialize;

use super::page::{Page, refused, show};
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
    /// The animals that were merged into it: number, name, and what tells it from others.
    merged: Vec<(AnimalId, String, String)>,
    tomorrow: Date,
    /// The message of what was just done.
    saved: Option<String>,
    /// Why a form on the page was refused.
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnimalQuery {
    all: Option<String>,
    saved: Option<String>,
    expected: Option<String>,
    merged: Option<String>,
    split: Option<String>,
}

impl AnimalQuery {
    /// The message of what was just done.
    fn message(&self) -> Option<&'static str> {
        [
            (&self.saved, "saved"),
            (&self.expected, "expected-added"),
            (&self.merged, "merge-done"),
            (&self.split, "split-done"),
        ]
        .into_iter()
        .find_map(|(done, key)| done.is_some().then_some(key))
    }
}

pub(super) async fn animal(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<AnimalQuery>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    match load(page, &desk, id, query, None).await {
        Ok(template) => Ok(show(&template)?.into_response()),
        Err(DeskError::Catalogue(CatalogueError::NoSuchAnimal(_))) => {
            let merged = desk.catalogue(move |catalogue| catalogue.merged_animal(id));
            match merged.await? {
                Some(merged) => {
                    let survivor = merged.survivor;
                    Ok(Redirect::to(&format!("/animals/{survivor}")).into_response())
                }
                None => Err(CatalogueError::NoSuchAnimal(id).into()),
            }
        }
        Err(error) => Err(error),
    }
}

/// The page again, because a form on it was refused: `wrong` is the text that says why.
pub(super) async fn again(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    wrong: &'static str,
) -> Result<Response, DeskError> {
    let template = load(page, desk, id, AnimalQuery::default(), Some(wrong));
    refused(&template.await?)
}

async fn load(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    query: AnimalQuery,
    wrong: Option<&'static str>,
) -> Result<AnimalPage, DeskError> {
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let animal = catalogue.animal(id)?;
        let mut visits = catalogue.visits_of(id)?;
        let more = query.all.is_none() && visits.len() > VISITS;
        if more {
            visits.truncate(VISITS);
        }
        let fields = &animal.fields;
        let merged = catalogue.merged_into(id)?;
        Ok(AnimalPage {
            animal: AnimalRow::new(words, &animal),
            kind: format!(
                "{} · {}",
                words.breed_of(fields),
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
            merged: (merged.into_iter())
                .map(|merged| {
                    let detail = rows::described(words, &merged.fields);
                    (merged.id, merged.fields.name, detail)
                })
                .collect(),
            tomorrow: words.today.tomorrow().unwrap_or(words.today),
            saved: query.message().map(|key| words.t(key)),
            wrong: wrong.map(|key| words.t(key)),
            page,
        })
    })
    .await
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
    desk.forget_animal(AnimalId(id), owner.author()).await?;
    Ok(Redirect::to("/animals?gone=yes"))
}
