//! The breeds that the kiosk has learnt from visits that staff confirmed: how many pictures they were
//! learnt from, and the owner's buttons to have them forgotten and learnt again.

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use catalogue::{Catalogue, CatalogueError, LearntBreed, Visit};
use recognise::{BreedId, Metadata};
use screens::locale::Message;
use serde::Deserialize;

use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::learnt::{breeds, is_named};
use crate::session::{Client, Owner};

/// Where every change leads to.
const PAGE: &str = "/status#learnt";

/// A breed in the list on the page of the state.
pub(super) struct LearntRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) detail: String,
    /// Where the button's form goes to, and what is on the button.
    pub(super) action: &'static str,
    pub(super) button: String,
}

impl LearntRow {
    pub(super) fn new(words: &Words, learnt: &LearntBreed) -> Self {
        let (detail, action, button) = if learnt.forgotten {
            let detail = words.t("learnt-forgotten");
            (detail, "/status/breeds/learn", "learnt-learn")
        } else {
            let detail = Message::new("learnt-from-animals")
                .with("pictures", learnt.pictures)
                .with("animals", learnt.animals);
            let detail = words.message(&detail);
            (detail, "/status/breeds/forget", "learnt-forget")
        };
        Self {
            id: learnt.breed.to_string(),
            name: words.breed(&learnt.breed),
            detail,
            action,
            button: words.t(button),
        }
    }
}

/// The breeds that are learnt, and from how many pictures each, where a visit may be of one of them.
pub(super) fn of_visit(
    catalogue: &Catalogue,
    metadata: &Metadata,
    visit: &Visit,
) -> Result<Vec<(BreedId, usize)>, CatalogueError> {
    let mut candidates = visit.candidates.iter();
    if candidates.all(|candidate| is_named(metadata, &candidate.breed)) {
        return Ok(Vec::new());
    }
    let learnt = breeds(catalogue, metadata)?.into_iter();
    let learnt = learnt.filter(|learnt| !learnt.forgotten);
    let pictures = learnt.map(|learnt| (learnt.breed, learnt.pictures));
    Ok(pictures.collect())
}

/// Which breed is meant.
#[derive(Debug, Deserialize)]
pub(super) struct BreedForm {
    breed: BreedId,
}

/// Makes the kiosk forget a breed.
pub(super) async fn forget(
    Owner(session): Owner,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<BreedForm>,
) -> Result<Redirect, DeskError> {
    desk.forget_breed(form.breed, &session, &client).await?;
    Ok(Redirect::to(PAGE))
}

/// Lets the kiosk learn a breed again.
pub(super) async fn learn(
    Owner(session): Owner,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<BreedForm>,
) -> Result<Redirect, DeskError> {
    desk.allow_breed(form.breed, &session, &client).await?;
    Ok(Redirect::to(PAGE))
}
