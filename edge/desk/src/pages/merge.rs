//! Merging two animals that are the same one: choosing the other one, and asking once. Splitting
//! them again is on the animal's page.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{AnimalFields, AnimalId, Catalogue, CatalogueError};
use serde::Deserialize;

use super::animal as animal_page;
use super::care;
use super::listing::searched;
use super::page::{Page, refused, show};
use super::rows::AnimalRow;
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;

/// How many animals a search shows.
const ANIMALS: usize = 8;

#[derive(Template)]
#[template(path = "merge.html")]
struct MergePage {
    page: Page,
    /// The animal that stays.
    animal: AnimalRow,
    /// The one that is merged into it, once it is chosen.
    question: Option<Question>,
    query: String,
    /// The animals to choose from.
    animals: Vec<AnimalRow>,
    /// How many they are, as a text.
    found: String,
    wrong: Option<String>,
}

/// Whether this animal is to be merged.
struct Question {
    other: AnimalRow,
    /// Names and values of its fields that the animal that stays does not take over.
    lost: Vec<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MergeQuery {
    q: String,
    other: Option<i64>,
}

pub(super) async fn ask(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<MergeQuery>,
) -> Result<Html<String>, DeskError> {
    show(&load(page, &desk, AnimalId(id), query, None).await?)
}

/// The choice of an animal, and the confirmation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MergeForm {
    other: Option<i64>,
    sure: String,
}

pub(super) async fn merge(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<MergeForm>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    let Some(other) = form.other.map(AnimalId).filter(|_| form.sure == "yes") else {
        return Ok(Redirect::to(&format!("/animals/{id}/merge")).into_response());
    };
    let wrong = match desk.merge_animals(id, other, page.author()).await {
        Ok(_) => return Ok(Redirect::to(&format!("/animals/{id}?merged=yes")).into_response()),
        Err(error) => wrong(&error, id).ok_or(error)?,
    };
    let template = load(page, &desk, id, MergeQuery::default(), Some(wrong)).await?;
    refused(&template)
}

/// The text for what is wrong with the other animal; `None` for any other error.
fn wrong(error: &DeskError, id: AnimalId) -> Option<&'static str> {
    match error {
        DeskError::Catalogue(CatalogueError::MergeWithItself(_)) => Some("merge-itself"),
        DeskError::Catalogue(CatalogueError::NoSuchAnimal(gone)) if *gone != id => {
            Some("merge-gone")
        }
        _ => None,
    }
}

async fn load(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    query: MergeQuery,
    wrong: Option<&'static str>,
) -> Result<MergePage, DeskError> {
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let animal = catalogue.animal(id)?;
        let text = searched(&query.q);
        let chosen = query.other.map(AnimalId).filter(|other| *other != id);
        let question = match chosen {
            Some(other) => question(catalogue, words, &animal.fields, other)?,
            None => None,
        };
        let wrong = match query.other {
            Some(other) if AnimalId(other) == id => Some("merge-itself"),
            Some(_) if question.is_none() => Some("merge-gone"),
            _ => wrong,
        };
        let mut others = if text.is_empty() {
            catalogue.likely_duplicates(&animal.fields, &animal.owner_choices(), Some(id))?
        } else {
            catalogue.search(&text, ANIMALS + 1, 0)?
        };
        others.retain(|other| other.id != id);
        others.truncate(ANIMALS);
        Ok(MergePage {
            animal: AnimalRow::new(words, &animal).with_photograph(catalogue)?,
            question,
            query: text,
            found: words.with("guests-found", "count", others.len()),
            animals: (others.iter())
                .map(|other| AnimalRow::new(words, other).with_photograph(catalogue))
                .collect::<Result<_, _>>()?,
            wrong: wrong.map(|key| words.t(key)),
            page,
        })
    })
    .await
}

/// `None` if the other animal is not in the catalogue, or no longer.
fn question(
    catalogue: &Catalogue,
    words: &Words,
    own: &AnimalFields,
    other: AnimalId,
) -> Result<Option<Question>, CatalogueError> {
    let other = match catalogue.animal(other) {
        Ok(other) => other,
        Err(CatalogueError::NoSuchAnimal(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Question {
        lost: lost(words, own, &other.fields),
        other: AnimalRow::new(words, &other).with_photograph(catalogue)?,
    }))
}

/// The fields of the other animal that differ from those of the animal that stays, and that do not
/// fill an empty one.
fn lost(words: &Words, own: &AnimalFields, other: &AnimalFields) -> Vec<(String, String)> {
    let vaccinations = |fields: &AnimalFields| {
        let all = fields.vaccinations.iter();
        let lines = all.map(|vaccination| care::vaccination(words, vaccination));
        lines.collect::<Vec<_>>().join("\n")
    };
    [
        ("name", own.name.clone(), other.name.clone()),
        (
            "species",
            words.species(own.species),
            words.species(other.species),
        ),
        ("breed", words.breed_of(own), words.breed_of(other)),
        ("contact", own.contact.clone(), other.contact.clone()),
        ("warnings", own.warnings.clone(), other.warnings.clone()),
        ("feeding", own.feeding.clone(), other.feeding.clone()),
        (
            "medication",
            own.medication.clone(),
            other.medication.clone(),
        ),
        ("vaccinations", vaccinations(own), vaccinations(other)),
        ("notes", own.notes.clone(), other.notes.clone()),
    ]
    .into_iter()
    .filter(|(_, own, other)| !own.is_empty() && !other.is_empty() && own != other)
    .map(|(field, _, other)| (words.t(&format!("field-{field}")), other))
    .collect()
}

/// The merged animal to split off.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SplitForm {
    merged: i64,
}

/// Splits an animal off again that was merged by mistake.
pub(super) async fn split(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<SplitForm>,
) -> Result<Response, DeskError> {
    let (id, merged) = (AnimalId(id), AnimalId(form.merged));
    let wrong = match desk.split_animal(id, merged, page.author()).await {
        Ok(back) => {
            let address = format!("/animals/{}?split=yes", back.id);
            return Ok(Redirect::to(&address).into_response());
        }
        Err(DeskError::Catalogue(
            CatalogueError::NotMerged(_) | CatalogueError::MergedFurther { .. },
        )) => "split-not-merged",
        Err(DeskError::Catalogue(CatalogueError::Invalid { field: "tag", .. })) => "split-tag",
        Err(error) => return Err(error),
    };
    animal_page::again(page, &desk, id, wrong).await
}
