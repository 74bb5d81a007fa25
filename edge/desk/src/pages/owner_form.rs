//! Adding an owner of animals, and changing what is written down about one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, OwnerFields, OwnerId};
use serde::Deserialize;

use super::field_error::FieldError;
use super::page::{Page, refused, show};
use crate::desk::Desk;
use crate::error::DeskError;

/// The fields of the form, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnerForm {
    name: String,
    /// One number a line.
    phones: String,
    email: String,
    address: String,
    notes: String,
}

#[derive(Template)]
#[template(path = "owner_form.html")]
struct FormPage {
    page: Page,
    title: String,
    action: String,
    back: String,
    form: OwnerForm,
    wrong: Option<FieldError>,
}

impl FormPage {
    /// The form for an owner of the catalogue, or for a new one.
    fn new(page: Page, id: Option<OwnerId>, form: OwnerForm) -> Self {
        let (title, action, back) = match id {
            Some(id) => (
                "owner-edit",
                format!("/owners/{id}/edit"),
                format!("/owners/{id}"),
            ),
            None => ("owner-new", "/owners/new".to_owned(), "/owners".to_owned()),
        };
        Self {
            title: page.t(title),
            action,
            back,
            form,
            wrong: None,
            page,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        (self.wrong.as_ref()).is_some_and(|wrong| wrong.field == field)
    }
}

impl OwnerForm {
    fn of(fields: OwnerFields) -> Self {
        Self {
            name: fields.name,
            phones: fields.phones.join("\n"),
            email: fields.email,
            address: fields.address,
            notes: fields.notes,
        }
    }

    fn fields(&self) -> OwnerFields {
        OwnerFields {
            name: self.name.trim().to_owned(),
            phones: self.phones.lines().map(str::to_owned).collect(),
            email: self.email.clone(),
            address: self.address.clone(),
            notes: self.notes.trim().to_owned(),
        }
    }
}

/// The empty form.
pub(super) async fn new(page: Page) -> Result<Html<String>, DeskError> {
    show(&FormPage::new(page, None, OwnerForm::default()))
}

/// Adds the owner.
pub(super) async fn add(
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<OwnerForm>,
) -> Result<Response, DeskError> {
    let (fields, author) = (form.fields(), page.author());
    let added = desk.change(move |catalogue| catalogue.add_owner(&fields, &author));
    match added.await {
        Ok(owner) => Ok(saved(owner.id)),
        Err(error) => again(page, None, form, error),
    }
}

/// The form of an owner of the catalogue.
pub(super) async fn edit(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Html<String>, DeskError> {
    let id = OwnerId(id);
    let owner = desk.catalogue(move |catalogue| catalogue.owner(id)).await?;
    page.words.contacts.of_owner(&owner);
    show(&FormPage::new(page, Some(id), OwnerForm::of(owner.fields)))
}

/// Changes the owner.
pub(super) async fn change(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<OwnerForm>,
) -> Result<Response, DeskError> {
    let id = OwnerId(id);
    let (fields, author) = (form.fields(), page.author());
    let changed = desk.change(move |catalogue| catalogue.change_owner(id, &fields, &author));
    match changed.await {
        Ok(owner) => Ok(saved(owner.id)),
        Err(error) => again(page, Some(id), form, error),
    }
}

fn saved(id: OwnerId) -> Response {
    Redirect::to(&format!("/owners/{id}?saved=yes")).into_response()
}

/// Shows the form again, with what is wrong. Any other error is not about the form.
fn again(
    page: Page,
    id: Option<OwnerId>,
    form: OwnerForm,
    error: DeskError,
) -> Result<Response, DeskError> {
    let DeskError::Catalogue(CatalogueError::Invalid { field, .. }) = error else {
        return Err(error);
    };
    let mut template = FormPage::new(page, id, form);
    template.wrong = Some(FieldError {
        field,
        text: template.page.t(match field {
            "name" => "owner-wrong-name",
            "phones" => "owner-wrong-phones",
            "notes" => "wrong-long",
            _ => "owner-wrong-line",
        }),
    });
    refused(&template)
}
