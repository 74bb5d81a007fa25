//! Adding an animal, and changing what is written down about one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{AnimalFields, AnimalId, CatalogueError, OwnerChoice, OwnerId};
use serde::Deserialize;

use super::animal_fields::AnimalForm;
use super::care::Fact;
use super::field_error::FieldError;
use super::owner_choice::OwnerBox;
use super::page::{Page, refused, refused_as, show};
use super::rows::AnimalRow;
use super::sought::Sought;
use super::{breeds, duplicates, meanwhile, owner_choice};
use crate::desk::Desk;
use crate::error::DeskError;

#[derive(Template)]
#[template(path = "animal_form.html")]
struct FormPage {
    page: Page,
    title: String,
    action: String,
    back: String,
    form: AnimalForm,
    wrong: Option<FieldError>,
    /// What somebody else has changed meanwhile, as it is now.
    meanwhile: Option<Vec<Fact>>,
    /// The animals of the catalogue that a new one may be.
    duplicates: Vec<AnimalRow>,
    breeds: Vec<String>,
    /// The owners with a box.
    owners: Vec<OwnerBox>,
    /// The owners to choose from.
    owner_labels: Vec<String>,
}

impl FormPage {
    /// The form for an animal of the catalogue, or for a new one.
    async fn load(
        page: Page,
        desk: &Desk,
        id: Option<AnimalId>,
        form: AnimalForm,
    ) -> Result<Self, DeskError> {
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
        let (shown, contacts) = (form.owners.clone(), page.words.contacts.clone());
        let owners = desk.catalogue(move |catalogue| {
            let boxes = OwnerBox::of(catalogue, &shown, &contacts)?;
            Ok((boxes, owner_choice::labels(catalogue, &contacts)?))
        });
        let (owners, owner_labels) = owners.await?;
        let words = &page.words;
        Ok(Self {
            title: words.t(title),
            breeds: breeds::names(words, &desk.kiosk().metadata()),
            owners,
            owner_labels,
            action,
            back,
            form,
            wrong: None,
            meanwhile: None,
            duplicates: Vec::new(),
            page,
        })
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong
            .as_ref()
            .is_some_and(|wrong| wrong.field == field)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewQuery {
    /// What was typed into the search that found nobody.
    q: String,
    owner: Option<i64>,
}

/// The empty form.
pub(super) async fn new(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<NewQuery>,
) -> Result<Html<String>, DeskError> {
    let owner = query.owner.map(|id| (OwnerId(id), true));
    let sought = Sought::of(&query.q);
    let form = AnimalForm {
        name: sought.name,
        tag: sought.tag,
        contact: sought.contact,
        owners: owner.into_iter().collect(),
        ..AnimalForm::default()
    };
    show(&FormPage::load(page, &desk, None, form.with_empty_rows()).await?)
}

/// Adds the animal. Where it may be in the catalogue already, staff are asked first.
pub(super) async fn add(
    page: Page,
    State(desk): State<Desk>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, DeskError> {
    let form = AnimalForm::sent(&sent);
    let wrong = match typed(&page, &desk, &form, None).await? {
        Err(field) => field,
        Ok((fields, owners)) => {
            let duplicates = duplicates::of(&desk, &fields, &owners, &form.anyway).await?;
            if !duplicates.is_empty() {
                let duplicates = duplicates::rows(&page, &duplicates);
                let mut template = FormPage::load(page, &desk, None, form).await?;
                template.duplicates = duplicates;
                return refused(&template);
            }
            let author = page.author();
            match desk
                .change(move |catalogue| catalogue.add_owned_animal(&fields, &owners, &author))
                .await
            {
                Ok(id) => return Ok(saved(id)),
                Err(error) => field_of(error)?,
            }
        }
    };
    again(page, &desk, None, form, wrong).await
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
    page.words.contacts.of_animal(&animal);
    let form = AnimalForm::of(&page, animal);
    show(&FormPage::load(page, &desk, Some(id), form).await?)
}

/// Changes the animal.
pub(super) async fn change(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    let form = AnimalForm::sent(&sent);
    let former = desk
        .catalogue(move |catalogue| catalogue.animal(id))
        .await?;
    let wrong = match typed(&page, &desk, &form, Some(&former.fields)).await? {
        Err(field) => field,
        Ok((fields, owners)) => {
            let (seen, author) = (meanwhile::seen(&form.mark), page.author());
            match desk
                .change(move |catalogue| {
                    catalogue.change_owned_animal(id, &fields, &owners, seen.as_ref(), &author)
                })
                .await
            {
                Ok(animal) => return Ok(saved(animal.id)),
                // Somebody else has changed the animal, or erased an owner that the form shows.
                Err(DeskError::Catalogue(
                    CatalogueError::Outdated | CatalogueError::NoSuchOwner(_),
                )) => {
                    return outdated(page, &desk, id, form).await;
                }
                Err(error) => field_of(error)?,
            }
        }
    };
    again(page, &desk, Some(id), form, wrong).await
}

/// What was typed: the fields and the owners, or the field that cannot be accepted.
async fn typed(
    page: &Page,
    desk: &Desk,
    form: &AnimalForm,
    former: Option<&AnimalFields>,
) -> Result<Result<(AnimalFields, Vec<OwnerChoice>), &'static str>, DeskError> {
    let fields = match form.fields(page, &desk.kiosk().metadata(), former) {
        Ok(fields) => fields,
        Err(field) => return Ok(Err(field)),
    };
    let (owner, phone) = (form.owner.clone(), form.owner_phone.clone());
    let added = desk.catalogue(move |catalogue| owner_choice::typed(catalogue, &owner, &phone));
    let Ok(added) = added.await? else {
        return Ok(Err("owners"));
    };
    let chosen = form.owners.iter().filter(|(_, is_chosen)| *is_chosen);
    let chosen = chosen.map(|(id, _)| OwnerChoice::Known(*id));
    Ok(Ok((fields, chosen.chain(added).collect())))
}

fn saved(id: AnimalId) -> Response {
    Redirect::to(&format!("/animals/{id}?saved=yes")).into_response()
}

/// The field that the catalogue refuses; any other error is not about the form.
fn field_of(error: DeskError) -> Result<&'static str, DeskError> {
    match error {
        DeskError::Catalogue(CatalogueError::Invalid { field, .. }) => Ok(field),
        // Somebody has erased an owner who is ticked.
        DeskError::Catalogue(CatalogueError::NoSuchOwner(_)) => Ok("owner_id"),
        error => Err(error),
    }
}

/// Shows the form again as it was typed, with what somebody else has changed meanwhile. Sent once more,
/// it replaces that.
async fn outdated(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    mut form: AnimalForm,
) -> Result<Response, DeskError> {
    let now = desk
        .catalogue(move |catalogue| catalogue.animal(id))
        .await?;
    page.words.contacts.of_animal(&now);
    let differing = form.come_second(&page, now);
    let mut template = FormPage::load(page, desk, Some(id), form).await?;
    template.meanwhile = Some(differing);
    refused_as(StatusCode::CONFLICT, &template)
}

/// Shows the form again, with what is wrong.
async fn again(
    page: Page,
    desk: &Desk,
    id: Option<AnimalId>,
    form: AnimalForm,
    wrong: &'static str,
) -> Result<Response, DeskError> {
    let mut template = FormPage::load(page, desk, id, form).await?;
    template.wrong = Some(FieldError::new(&template.page, wrong));
    refused(&template)
}
