//! Adding an animal, and changing what is written down about one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{AnimalFields, AnimalId, CatalogueError};
use recognise::Metadata;
use recognise::metadata::Species;
use serde::Deserialize;

use super::breeds::Chosen;
use super::field_error::FieldError;
use super::page::{Page, refused, show};
use super::rows::AnimalRow;
use super::{breeds, duplicates};
use crate::desk::Desk;
use crate::error::DeskError;

/// The fields of the form, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnimalForm {
    name: String,
    species: String,
    breed: String,
    notes: String,
    contact: String,
    warnings: String,
    vaccinated_until: String,
    tag: String,
    /// `yes` if staff know of the animals in the catalogue that it may be.
    anyway: String,
}

#[derive(Template)]
#[template(path = "animal_form.html")]
struct FormPage {
    page: Page,
    title: String,
    action: String,
    back: String,
    form: AnimalForm,
    wrong: Option<FieldError>,
    /// The animals of the catalogue that a new one may be.
    duplicates: Vec<AnimalRow>,
    breeds: Vec<String>,
}

impl FormPage {
    /// The form for an animal of the catalogue, or for a new one.
    fn new(page: Page, metadata: &Metadata, id: Option<AnimalId>, form: AnimalForm) -> Self {
        let words = &page.words;
        let (title, action, back) = match id {
            Some(id) => (
                "animal-edit",
                format!("/animals/{id}/edit"),
                format!("/animals/{id}"),
            ),
            None => (
                "animal-new",
                "/animals/new".to_owned(),
                "/animals".to_owned(),
            ),
        };
        Self {
            title: words.t(title),
            breeds: breeds::names(words, metadata),
            action,
            back,
            form,
            wrong: None,
            duplicates: Vec::new(),
            page,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong
            .as_ref()
            .is_some_and(|wrong| wrong.field == field)
    }
}

impl AnimalForm {
    fn of(page: &Page, fields: AnimalFields) -> Self {
        Self {
            breed: page.words.breed_of(&fields),
            name: fields.name,
            species: fields.species.to_string(),
            notes: fields.notes,
            contact: fields.contact,
            warnings: fields.warnings,
            vaccinated_until: fields
                .vaccinated_until
                .map(|day| day.to_string())
                .unwrap_or_default(),
            tag: fields.tag.unwrap_or_default(),
            anyway: String::new(),
        }
    }

    /// The fields, or the one that cannot be accepted. A known breed decides the species; `former` are
    /// the animal's fields, whose breed stays as it is unless another one was typed.
    fn fields(
        &self,
        page: &Page,
        metadata: &Metadata,
        former: Option<&AnimalFields>,
    ) -> Result<AnimalFields, &'static str> {
        let kept = former.filter(|former| page.words.breed_of(former) == self.breed.trim());
        let breed = match kept {
            Some(kept) => Chosen {
                id: kept.breed.clone(),
                name: kept.breed_name.clone(),
            },
            None => breeds::typed(metadata, &self.breed).ok_or("breed")?,
        };
        let chosen = if self.species == "cat" {
            Species::Cat
        } else {
            Species::Dog
        };
        let vaccinated_until = match self.vaccinated_until.trim() {
            "" => None,
            day => Some(day.parse().map_err(|_| "vaccinated_until")?),
        };
        Ok(AnimalFields {
            name: self.name.trim().to_owned(),
            species: breeds::species(metadata, &breed.id).unwrap_or(chosen),
            breed: breed.id,
            breed_name: breed.name,
            notes: self.notes.trim().to_owned(),
            contact: self.contact.trim().to_owned(),
            warnings: self.warnings.trim().to_owned(),
            vaccinated_until,
            tag: Some(self.tag.clone()),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewQuery {
    name: String,
}

/// The empty form.
pub(super) async fn new(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<NewQuery>,
) -> Result<Html<String>, DeskError> {
    let form = AnimalForm {
        name: query.name.chars().take(100).collect(),
        ..AnimalForm::default()
    };
    show(&FormPage::new(page, &desk.kiosk().metadata, None, form))
}

/// Adds the animal. Where it may be in the catalogue already, staff are asked first.
pub(super) async fn add(
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<AnimalForm>,
) -> Result<Response, DeskError> {
    let wrong = match form.fields(&page, &desk.kiosk().metadata, None) {
        Err(field) => field,
        Ok(fields) => {
            let duplicates = duplicates::of(&desk, &fields, &form.anyway).await?;
            if !duplicates.is_empty() {
                let duplicates = duplicates::rows(&page, &duplicates);
                let mut template = FormPage::new(page, &desk.kiosk().metadata, None, form);
                template.duplicates = duplicates;
                return refused(&template);
            }
            let author = page.author();
            match desk
                .change(move |catalogue| catalogue.add_animal(&fields, &author))
                .await
            {
                Ok(id) => return Ok(saved(id)),
                Err(error) => field_of(error)?,
            }
        }
    };
    again(page, &desk, None, form, wrong)
}

/// The form of an animal of the catalogue.
pub(super) async fn edit(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Html<String>, DeskError> {
    let id = AnimalId(id);
    let animal = desk
        .catalogue(move |catalogue| catalogue.animal(id))
        .await?;
    let form = AnimalForm::of(&page, animal.fields);
    show(&FormPage::new(page, &desk.kiosk().metadata, Some(id), form))
}

/// Changes the animal.
pub(super) async fn change(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<AnimalForm>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    let former = desk
        .catalogue(move |catalogue| catalogue.animal(id))
        .await?;
    let wrong = match form.fields(&page, &desk.kiosk().metadata, Some(&former.fields)) {
        Err(field) => field,
        Ok(fields) => {
            let author = page.author();
            match desk
                .change(move |catalogue| catalogue.change_animal(id, &fields, &author))
                .await
            {
                Ok(animal) => return Ok(saved(animal.id)),
                Err(error) => field_of(error)?,
            }
        }
    };
    again(page, &desk, Some(id), form, wrong)
}

fn saved(id: AnimalId) -> Response {
    Redirect::to(&format!("/animals/{id}?saved=yes")).into_response()
}

/// The field that the catalogue refuses; any other error is not about the form.
fn field_of(error: DeskError) -> Result<&'static str, DeskError> {
    match error {
        DeskError::Catalogue(CatalogueError::Invalid { field, .. }) => Ok(field),
        error => Err(error),
    }
}

/// Shows the form again, with what is wrong.
fn again(
    page: Page,
    desk: &Desk,
    id: Option<AnimalId>,
    form: AnimalForm,
    wrong: &'static str,
) -> Result<Response, DeskError> {
    let mut template = FormPage::new(page, &desk.kiosk().metadata, id, form);
    template.wrong = Some(FieldError::new(&template.page, wrong));
    refused(&template)
}
