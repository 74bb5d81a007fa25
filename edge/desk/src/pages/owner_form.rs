//! Adding an owner of animals, and changing what is written down about one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, Owner, OwnerFields, OwnerId};
use serde::Deserialize;

use super::care::Fact;
use super::field_error::FieldError;
use super::meanwhile;
use super::page::{Page, refused, refused_as, show};
use super::sought::Sought;
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
    /// The mark of the owner as the form showed him or her; empty for a new one.
    mark: String,
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
    /// What somebody else has changed meanwhile, as it is now.
    meanwhile: Option<Vec<Fact>>,
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
            meanwhile: None,
            page,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        (self.wrong.as_ref()).is_some_and(|wrong| wrong.field == field)
    }
}

impl OwnerForm {
    fn of(owner: &Owner) -> Self {
        let fields = owner.fields.clone();
        Self {
            name: fields.name,
            phones: fields.phones.join("\n"),
            email: fields.email,
            address: fields.address,
            notes: fields.notes,
            mark: owner.mark().to_string(),
        }
    }

    /// The form of a new owner, whom a search did not find.
    fn sought(sought: Sought) -> Self {
        let is_email = sought.contact.contains('@');
        let (email, phones) = if is_email {
            (sought.contact, String::new())
        } else {
            (String::new(), sought.contact)
        };
        Self {
            // People have no tag.
            name: sought.name + &sought.tag,
            phones,
            email,
            ..Self::default()
        }
    }

    /// What is there now, where it is not what was typed.
    fn differing(&self, page: &Page, now: &Self) -> Vec<Fact> {
        meanwhile::differing([
            (page.t("animal-name"), &now.name, &self.name),
            (page.t("owner-phones"), &now.phones, &self.phones),
            (page.t("owner-email"), &now.email, &self.email),
            (page.t("owner-address"), &now.address, &self.address),
            (page.t("animal-notes"), &now.notes, &self.notes),
        ])
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewQuery {
    /// What was typed into the search that found nobody.
    q: String,
}

/// The empty form.
pub(super) async fn new(
    page: Page,
    Query(query): Query<NewQuery>,
) -> Result<Html<String>, DeskError> {
    let form = OwnerForm::sought(Sought::of(&query.q));
    show(&FormPage::new(page, None, form))
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
    show(&FormPage::new(page, Some(id), OwnerForm::of(&owner)))
}

/// Changes the owner.
pub(super) async fn change(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<OwnerForm>,
) -> Result<Response, DeskError> {
    let id = OwnerId(id);
    let (fields, seen, author) = (form.fields(), meanwhile::seen(&form.mark), page.author());
    let changed =
        desk.change(move |catalogue| catalogue.change_owner(id, &fields, seen.as_ref(), &author));
    match changed.await {
        Ok(owner) => Ok(saved(owner.id)),
        Err(DeskError::Catalogue(CatalogueError::Outdated)) => {
            outdated(page, &desk, id, form).await
        }
        Err(error) => again(page, Some(id), form, error),
    }
}

fn saved(id: OwnerId) -> Response {
    Redirect::to(&format!("/owners/{id}?saved=yes")).into_response()
}

/// Shows the form again as it was typed, with what somebody else has changed meanwhile. Sent once more,
/// it replaces that.
async fn outdated(
    page: Page,
    desk: &Desk,
    id: OwnerId,
    form: OwnerForm,
) -> Result<Response, DeskError> {
    let owner = desk.catalogue(move |catalogue| catalogue.owner(id)).await?;
    page.words.contacts.of_owner(&owner);
    let now = OwnerForm::of(&owner);
    let differing = form.differing(&page, &now);
    let form = OwnerForm {
        mark: now.mark,
        ..form
    };
    let mut template = FormPage::new(page, Some(id), form);
    template.meanwhile = Some(differing);
    refused_as(StatusCode::CONFLICT, &template)
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
