//! The owners of animals: the list with its search, and one owner with the animals.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use catalogue::{Catalogue, Owner, OwnerId, Subject};
use serde::Deserialize;

use super::changes::{self, ChangeRow};
use super::listing::{List, ListQuery, Paging};
use super::page::{Page, SavedQuery, show};
use super::rows::AnimalRow;
use super::words::Words;
use crate::contacts::Whose;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner as DaycareOwner};

const LIST: List = List {
    address: "/owners",
    count: "owners-count",
};

/// An owner in a list.
pub(super) struct OwnerRow {
    pub(super) id: OwnerId,
    pub(super) name: String,
    /// Telephone numbers, e-mail and postal address.
    pub(super) detail: String,
    /// How many animals, as a text.
    pub(super) animals: String,
}

impl OwnerRow {
    fn new(words: &Words, owner: &Owner) -> Self {
        words.contacts.of_owner(owner);
        let fields = &owner.fields;
        let parts = fields.phones.iter().chain([&fields.email, &fields.address]);
        let parts: Vec<&str> = (parts.map(String::as_str))
            .filter(|part| !part.is_empty())
            .collect();
        Self {
            id: owner.id,
            name: fields.name.clone(),
            detail: parts.join(" · "),
            animals: words.with("expected-count", "count", owner.animals),
        }
    }
}

#[derive(Template)]
#[template(path = "owners.html")]
struct OwnersPage {
    page: Page,
    owners: Vec<OwnerRow>,
    paging: Paging,
    /// The message that an owner was just erased.
    gone: Option<String>,
}

pub(super) async fn owners(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ListQuery>,
) -> Result<Html<String>, DeskError> {
    let template = desk.catalogue(move |catalogue| {
        let words = &page.words;
        let (found, paging) = LIST.read(&query, catalogue, words, Catalogue::owners)?;
        Ok(OwnersPage {
            owners: (found.iter())
                .map(|owner| OwnerRow::new(words, owner))
                .collect(),
            paging,
            gone: query.gone.map(|_| words.t("owner-gone")),
            page,
        })
    });
    show(&template.await?)
}

#[derive(Template)]
#[template(path = "owner.html")]
struct OwnerPage {
    page: Page,
    owner: Owner,
    animals: Vec<AnimalRow>,
    changes: Vec<ChangeRow>,
    saved: Option<String>,
}

pub(super) async fn owner(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let id = OwnerId(id);
    let template = desk.catalogue(move |catalogue| {
        let words = &page.words;
        let animals = catalogue.animals_of_owner(id)?;
        let history = catalogue.history(Subject::Owner(id))?;
        let owner = catalogue.owner(id)?;
        words.contacts.of_owner(&owner);
        words.contacts.of_history(Whose::Owner(id), &history);
        Ok(OwnerPage {
            owner,
            animals: (animals.iter())
                .map(|animal| AnimalRow::new(words, animal).with_photograph(catalogue))
                .collect::<Result<_, _>>()?,
            changes: changes::rows(catalogue, words, &history)?,
            saved: query.message(&page),
            page,
        })
    });
    show(&template.await?)
}

/// The confirmation that an owner is to be erased.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EraseForm {
    sure: String,
}

/// Erases an owner for good.
pub(super) async fn erase(
    DaycareOwner(session): DaycareOwner,
    client: Client,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<EraseForm>,
) -> Result<Redirect, DeskError> {
    if form.sure != "yes" {
        return Ok(Redirect::to(&format!("/owners/{id}")));
    }
    desk.erase_owner(OwnerId(id), &session.author(), &client)
        .await?;
    Ok(Redirect::to("/owners?gone=yes"))
}
