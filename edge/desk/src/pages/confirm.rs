//! Confirming and correcting a visit: its breed, then its guest.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, Decision, OTHER_BREED, Visit, VisitId,
};
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{BreedId, Metadata};
use serde::Deserialize;

use super::page::{Page, next};
use super::rows::AnimalRow;
use super::words::Words;
use super::{breeds, field_error, visit};
use crate::desk::Desk;
use crate::error::DeskError;

/// How many guests are suggested.
const GUESTS: usize = 4;

/// What staff can choose about a visit.
pub(super) struct Options {
    pub(super) visit: VisitId,
    pub(super) choices: Vec<Choice>,
    /// Whether staff said that it is of another breed than the network's.
    pub(super) is_other: bool,
    /// Whether the breed is still open and comes first; otherwise the guest does.
    pub(super) breed_first: bool,
    pub(super) guest: Option<AnimalRow>,
    pub(super) guests: Vec<AnimalRow>,
    /// How many guests are suggested, as a text.
    pub(super) found: String,
    /// What was typed to search a guest.
    pub(super) query: String,
    pub(super) breeds: Vec<String>,
    /// The page that the search of guests stays on, and the visit that the page is pinned to.
    pub(super) here: String,
    pub(super) pinned: Option<VisitId>,
    /// Where to go on to after a breed, and after a guest.
    pub(super) after_breed: String,
    pub(super) after_guest: String,
    /// What was typed as a breed, and what is wrong with it.
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
    pub(super) newcomer: Newcomer,
}

/// A breed to choose with one tap.
pub(super) struct Choice {
    /// Its key on the keyboard.
    pub(super) key: usize,
    pub(super) id: BreedId,
    pub(super) name: String,
    pub(super) certainty: String,
    pub(super) frequency: String,
    pub(super) probability: f32,
    pub(super) is_selected: bool,
}

/// The form for a guest who is new to the catalogue.
#[derive(Default)]
pub(super) struct Newcomer {
    pub(super) name: String,
    pub(super) breed: String,
    pub(super) contact: String,
    pub(super) wrong: Option<String>,
}

impl Options {
    /// What staff can choose about `visit` on its own page. `query` searches a guest.
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
        let guests = guests(catalogue, words, visit, likely, query)?;
        let here = format!("/visits/{}", visit.id);
        Ok(Self {
            visit: visit.id,
            choices: choices(words, visit),
            is_other: visit.confirmed_breed.as_deref() == Some(OTHER_BREED),
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

/// The candidates as buttons. The visit's present breed is selected; none while it is open.
fn choices(words: &Words, visit: &Visit) -> Vec<Choice> {
    (visit.candidates.iter().enumerate())
        .map(|(place, candidate)| Choice {
            key: place + 1,
            name: words.breed(&candidate.breed),
            certainty: words.certainty(candidate.probability),
            frequency: words.frequency(candidate.probability),
            probability: candidate.probability,
            is_selected: visit.breed.as_ref() == Some(&candidate.breed),
            id: candidate.breed.clone(),
        })
        .collect()
}

/// The animals that the guest may be: those that a search finds, or else those of the breed, the
/// most similar first.
fn guests(
    catalogue: &Catalogue,
    words: &Words,
    visit: &Visit,
    breed: Option<&BreedId>,
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
        .map(|row| row.with_photograph(catalogue))
        .collect()
}

/// A button with a breed or an animal, or a typed breed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfirmForm {
    breed: String,
    typed: String,
    animal: Option<i64>,
    next: String,
}

/// Confirms or corrects a visit. A visit of a known animal is of the animal's breed, whatever was
/// recognised.
pub(super) async fn confirm(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let typed = if form.breed.is_empty() {
        &form.typed
    } else {
        &form.breed
    };
    let (breed, animal) = match form.animal.map(AnimalId) {
        Some(animal) => {
            let known = desk.catalogue(move |catalogue| catalogue.animal(animal));
            (known.await?.fields.breed, Some(animal))
        }
        None => match chosen_breed(&desk, id, typed).await? {
            Some(breed) => (breed, None),
            None => {
                let wrong = page.t("wrong-breed");
                let typed = typed.chars().take(200).collect();
                return visit::again(page, desk, id, move |options| {
                    options.wrong = Some(wrong);
                    options.typed = typed;
                })
                .await;
            }
        },
    };
    decide(&desk, &page, id, breed, animal).await?;
    Ok(Redirect::to(&next(&form.next, &format!("/visits/{id}"))).into_response())
}

/// The chosen or typed breed: one of the network's, `other`, or one of the visit's own candidates,
/// which a former network may have recognised.
async fn chosen_breed(desk: &Desk, id: VisitId, typed: &str) -> Result<Option<BreedId>, DeskError> {
    if let Some(breed) = breeds::find(&desk.kiosk().metadata, typed) {
        return Ok(Some(breed));
    }
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let mut candidates = visit.candidates.into_iter();
    let own = candidates.find(|candidate| candidate.breed == typed);
    Ok(own.map(|candidate| candidate.breed))
}

async fn decide(
    desk: &Desk,
    page: &Page,
    id: VisitId,
    breed: BreedId,
    animal: Option<AnimalId>,
) -> Result<(), DeskError> {
    let decision = Decision {
        breed,
        animal,
        by: page.author(),
        at: Timestamp::now(),
    };
    desk.confirm(id, decision).await?;
    Ok(())
}

/// A guest who is new to the catalogue.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewcomerForm {
    name: String,
    breed: String,
    contact: String,
    next: String,
}

/// Adds an animal, and confirms the visit as its own.
pub(super) async fn newcomer(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<NewcomerForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let wrong = match form.fields(&desk.kiosk().metadata, &visit) {
        None => page.t("wrong-breed"),
        Some(fields) => {
            let (breed, author) = (fields.breed.clone(), page.author());
            let added = desk.change(move |catalogue| catalogue.add_animal(&fields, &author));
            match added.await {
                Ok(animal) => {
                    decide(&desk, &page, id, breed, Some(animal)).await?;
                    let next = next(&form.next, &format!("/visits/{id}"));
                    return Ok(Redirect::to(&next).into_response());
                }
                Err(DeskError::Catalogue(CatalogueError::Invalid { field, .. })) => {
                    page.t(field_error::key(field))
                }
                Err(error) => return Err(error),
            }
        }
    };
    visit::again(page, desk, id, move |options| {
        options.newcomer = Newcomer {
            name: form.name.chars().take(200).collect(),
            breed: form.breed.chars().take(200).collect(),
            contact: form.contact,
            wrong: Some(wrong),
        };
    })
    .await
}

impl NewcomerForm {
    /// The animal's fields; `None` if there is no such breed. The species is the breed's, else that
    /// of the visit's likeliest candidate.
    fn fields(&self, metadata: &Metadata, visit: &Visit) -> Option<AnimalFields> {
        let breed = breeds::find(metadata, &self.breed)?;
        let likeliest = visit.candidates.first().map(|best| &best.breed);
        let species = breeds::species(metadata, &breed)
            .or_else(|| breeds::species(metadata, likeliest?))
            .unwrap_or(Species::Dog);
        Some(AnimalFields {
            name: self.name.trim().to_owned(),
            species,
            breed,
            notes: String::new(),
            contact: self.contact.trim().to_owned(),
            warnings: String::new(),
            vaccinated_until: None,
            tag: None,
        })
    }
}
