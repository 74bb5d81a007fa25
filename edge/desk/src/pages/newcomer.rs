//! Adds a new guest together with its first visit.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use catalogue::{AnimalFields, CatalogueError, Visit, VisitId};
use recognise::Metadata;
use recognise::metadata::Species;
use serde::Deserialize;

use super::breeds::Chosen;
use super::confirm::{decision, shortened};
use super::page::{Page, go_on};
use super::rows::AnimalRow;
use super::{breeds, duplicates, field_error, visit};
use crate::desk::Desk;
use crate::error::DeskError;

/// The form for a guest who is new to the catalogue.
#[derive(Default)]
pub(super) struct Newcomer {
    pub(super) name: String,
    pub(super) breed: String,
    pub(super) contact: String,
    pub(super) warnings: String,
    pub(super) vaccinated_until: String,
    pub(super) tag: String,
    pub(super) wrong: Option<String>,
    /// Whether the form is to be seen: somebody has filled it in, or is about to.
    pub(super) is_open: bool,
    /// Whether it shows what somebody typed: no search replaces that.
    pub(super) is_typed: bool,
    /// The animals of the catalogue that it may be.
    pub(super) duplicates: Vec<AnimalRow>,
}

/// A guest who is new to the catalogue.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewcomerForm {
    name: String,
    breed: String,
    contact: String,
    warnings: String,
    vaccinated_until: String,
    tag: String,
    /// `yes` if staff know of the animals in the catalogue that it may be.
    anyway: String,
    revision: Option<u32>,
    next: String,
}

/// Adds an animal, and confirms the visit as its own. Where it may be in the catalogue already,
/// staff are asked first.
pub(super) async fn newcomer(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<NewcomerForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let mut newcomer = form.typed();
    let fields = match form.fields(&desk.kiosk().metadata(), &visit) {
        Ok(fields) => fields,
        Err(field) => {
            newcomer.wrong = Some(page.t(field_error::key(field)));
            return visit::again(page, desk, id, |options| options.newcomer = newcomer).await;
        }
    };
    let duplicates = duplicates::of(&desk, &fields, &[], &form.anyway).await?;
    if !duplicates.is_empty() {
        newcomer.wrong = Some(page.t("duplicate-found"));
        newcomer.duplicates = duplicates::rows(&page, &duplicates);
        return visit::again(page, desk, id, |options| options.newcomer = newcomer).await;
    }
    let breed = Chosen {
        id: fields.breed.clone(),
        name: fields.breed_name.clone(),
    };
    let decision = decision(&page, breed, None, form.revision);
    match desk.confirm_newcomer(id, fields, decision).await {
        Ok(()) => Ok(go_on(&form.next, &format!("/visits/{id}"))),
        Err(DeskError::Catalogue(CatalogueError::Invalid { field, .. })) => {
            newcomer.wrong = Some(page.t(field_error::key(field)));
            visit::again(page, desk, id, |options| options.newcomer = newcomer).await
        }
        Err(error) => {
            visit::refuse(page, desk, id, error, |options| options.newcomer = newcomer).await
        }
    }
}

impl NewcomerForm {
    /// What was typed, to show it again.
    fn typed(&self) -> Newcomer {
        Newcomer {
            name: shortened(&self.name),
            breed: shortened(&self.breed),
            contact: self.contact.clone(),
            warnings: self.warnings.clone(),
            vaccinated_until: shortened(&self.vaccinated_until),
            tag: shortened(&self.tag),
            wrong: None,
            is_open: true,
            is_typed: true,
            duplicates: Vec::new(),
        }
    }

    /// The animal's fields, or the one that cannot be accepted. The species is the breed's, else that
    /// of the visit's likeliest candidate.
    fn fields(&self, metadata: &Metadata, visit: &Visit) -> Result<AnimalFields, &'static str> {
        let breed = breeds::typed(metadata, &self.breed).ok_or("breed")?;
        let likeliest = visit.candidates.first().map(|best| &best.breed);
        let species = breeds::species(metadata, &breed.id)
            .or_else(|| breeds::species(metadata, likeliest?))
            .unwrap_or(Species::Dog);
        let vaccinated_until = match self.vaccinated_until.trim() {
            "" => None,
            day => Some(day.parse().map_err(|_| "vaccinated_until")?),
        };
        Ok(AnimalFields {
            breed_name: breed.name,
            contact: self.contact.trim().to_owned(),
            warnings: self.warnings.trim().to_owned(),
            vaccinated_until,
            tag: Some(self.tag.clone()),
            ..AnimalFields::new(self.name.trim(), species, breed.id)
        })
    }
}
