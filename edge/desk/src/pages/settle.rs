//! Confirming and correcting: the breed of a visit, then its guest.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::page::{Page, next};
use super::rows::AnimalRow;
use super::words::Words;
use super::{breeds, visit};
use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, OTHER_BREED, Decision, Visit, VisitId,
};
use crate::{Desk, DeskError};
use recognise::Metadata;
use recognise::metadata::Species;

/// How many guests are offered.
const GUESTS: usize = 4;

/// A breed to choose with one tap.
pub(super) struct Choice {
    /// Its key on the keyboard.
    pub(super) key: usize,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) sure: String,
    pub(super) percent: String,
    pub(super) share: f32,
    pub(super) selected: bool,
}

/// A guest that is about to be added.
#[derive(Default)]
pub(super) struct Newcomer {
    pub(super) name: String,
    pub(super) breed: String,
    pub(super) contact: String,
    pub(super) wrong: Option<String>,
}

/// What there is to choose about one visit.
pub(super) struct Settle {
    pub(super) visit: VisitId,
    pub(super) choices: Vec<Choice>,
    /// Whether it was said to be of any other breed.
    pub(super) other: bool,
    /// Whether the breed is still to be said; else the guest comes first.
    pub(super) breed_first: bool,
    pub(super) guest: Option<AnimalRow>,
    pub(super) guests: Vec<AnimalRow>,
    /// How many guests are offered, in words.
    pub(super) found: String,
    /// What the guest was searched by.
    pub(super) query: String,
    pub(super) breeds: Vec<String>,
    /// The page that it stands on, for its search, and the visit that the page is pinned to.
    pub(super) here: String,
    pub(super) pinned: Option<VisitId>,
    /// Where to go when a breed is said, and when a guest is.
    pub(super) after_breed: String,
    pub(super) after_guest: String,
    /// What was typed as a breed, and what is wrong with it.
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
    pub(super) newcomer: Newcomer,
}

impl Settle {
    /// What there is to choose about `visit` on its own page.
    pub(super) fn new(
        catalogue: &Catalogue,
        words: &Words,
        metadata: &Metadata,
        visit: &Visit,
        query: &str,
    ) -> Result<Self, CatalogueError> {
        let likely = (visit.breed.as_ref()).or(visit.candidates.first().map(|best| &best.breed));
        let guest = match &visit.animal {
            Some((id, _)) => Some(AnimalRow::new(words, &catalogue.animal(*id)?)),
            None => None,
        };
        let guests = guests(catalogue, words, visit, likely.map(String::as_str), query)?;
        let here = format!("/visits/{}", visit.id);
        Ok(Self {
            visit: visit.id,
            choices: choices(words, visit),
            other: visit.confirmed_breed.as_deref() == Some(OTHER_BREED),
            breed_first: visit.confirmed_breed.is_none(),
            guest,
            found: words.with("guests-found", "count", guests.len()),
            guests,
            query: query.to_owned(),
            breeds: breeds::names(words, metadata),
            after_breed: here.clone(),
            after_guest: here.clone(),
            here,
            pinned: None,
            typed: String::new(),
            wrong: None,
            newcomer: Newcomer {
                breed: likely.map(|breed| words.breed(breed)).unwrap_or_default(),
                ..Newcomer::default()
            },
        })
    }
}

/// The candidates as buttons; marked is the one that stands, and none where that is open.
fn choices(words: &Words, visit: &Visit) -> Vec<Choice> {
    (visit.candidates.iter().enumerate())
        .map(|(place, candidate)| Choice {
            key: place + 1,
            name: words.breed(&candidate.breed),
            sure: words.sure(candidate.probability),
            percent: words.percent(candidate.probability),
            share: candidate.probability,
            selected: visit.breed.as_ref() == Some(&candidate.breed),
            id: candidate.breed.clone(),
        })
        .collect()
}

/// Whom it may be: by name where one is given, else those of the breed, the most alike first.
fn guests(
    catalogue: &Catalogue,
    words: &Words,
    visit: &Visit,
    breed: Option<&str>,
    query: &str,
) -> Result<Vec<AnimalRow>, CatalogueError> {
    let rows: Vec<AnimalRow> = match (query.trim(), breed) {
        ("", None) => Vec::new(),
        ("", Some(breed)) => (catalogue.suggest_for(visit.id, breed, GUESTS)?.iter())
            .map(|suggestion| AnimalRow::suggested(words, suggestion))
            .collect(),
        (query, _) => (catalogue.search(query, GUESTS * 2, 0)?.iter())
            .map(|animal| AnimalRow::new(words, animal))
            .collect(),
    };
    rows.into_iter()
        .map(|row| row.pictured(catalogue))
        .collect()
}

/// A button with a breed or an animal, or a typed breed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettleForm {
    breed: String,
    typed: String,
    animal: Option<i64>,
    next: String,
}

/// Settles a visit. An animal is of its own breed, whatever was recognised.
pub(super) async fn settle(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<SettleForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let typed = if form.breed.is_empty() {
        &form.typed
    } else {
        &form.breed
    };
    let (breed, animal) = match form.animal.map(AnimalId) {
        Some(animal) => {
            let known = desk
                .catalogue(move |catalogue| catalogue.animal(animal))
                .await?;
            (known.fields.breed, Some(animal))
        }
        None => match breed_said(&desk, id, typed).await? {
            Some(breed) => (breed, None),
            None => {
                let wrong = page.t("wrong-breed");
                let typed = typed.chars().take(200).collect();
                return visit::again(page, desk, id, move |settle| {
                    settle.wrong = Some(wrong);
                    settle.typed = typed;
                })
                .await;
            }
        },
    };
    say(&desk, &page, id, breed, animal).await?;
    Ok(Redirect::to(&next(&form.next, &format!("/visits/{id}"))).into_response())
}

/// The breed that is meant: one of the network's, "other", or one of the visit's own candidates,
/// which may be of a former network.
async fn breed_said(desk: &Desk, id: VisitId, said: &str) -> Result<Option<String>, DeskError> {
    if let Some(breed) = breeds::find(&desk.kiosk().metadata, said) {
        return Ok(Some(breed));
    }
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let own = visit
        .candidates
        .into_iter()
        .find(|candidate| candidate.breed == said);
    Ok(own.map(|candidate| candidate.breed))
}

async fn say(
    desk: &Desk,
    page: &Page,
    id: VisitId,
    breed: String,
    animal: Option<AnimalId>,
) -> Result<(), DeskError> {
    let said = Decision {
        breed,
        animal,
        by: page.by(),
        at: Timestamp::now(),
    };
    desk.confirm(id, said).await?;
    Ok(())
}

/// A new animal, added where its visit is settled.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewcomerForm {
    name: String,
    breed: String,
    contact: String,
    next: String,
}

/// Adds an animal and settles the visit as its own.
pub(super) async fn newcomer(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<NewcomerForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let likeliest = visit.candidates.first().map(|best| best.breed.as_str());
    let fields = breeds::find(&desk.kiosk().metadata, &form.breed).map(|breed| AnimalFields {
        name: form.name.trim().to_owned(),
        species: (breeds::species(&desk.kiosk().metadata, &breed))
            .or_else(|| breeds::species(&desk.kiosk().metadata, likeliest?))
            .unwrap_or(Species::Dog),
        breed,
        notes: String::new(),
        contact: form.contact.trim().to_owned(),
        warnings: String::new(),
        vaccinated_until: None,
        tag: None,
    });
    let wrong = match fields {
        None => page.t("wrong-breed"),
        Some(fields) => {
            let (breed, by) = (fields.breed.clone(), page.by());
            match desk
                .change(move |catalogue| catalogue.add_animal(&fields, &by))
                .await
            {
                Ok(animal) => {
                    say(&desk, &page, id, breed, Some(animal)).await?;
                    let next = next(&form.next, &format!("/visits/{id}"));
                    return Ok(Redirect::to(&next).into_response());
                }
                Err(DeskError::Catalogue(CatalogueError::Invalid { field, .. })) => {
                    page.t(super::wrong::text(field))
                }
                Err(error) => return Err(error),
            }
        }
    };
    visit::again(page, desk, id, move |settle| {
        settle.newcomer = Newcomer {
            name: form.name.chars().take(200).collect(),
            breed: form.breed.chars().take(200).collect(),
            contact: form.contact,
            wrong: Some(wrong),
        };
    })
    .await
}
