//! Takes back what was decided or recorded about a visit.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{NoVisit, VisitId};
use serde::Deserialize;

use super::page::{Page, go_on};
use super::visit;
use crate::desk::Desk;
use crate::error::DeskError;

/// A button that is about what the page shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UndoForm {
    revision: Option<u32>,
    next: String,
}

/// Undoes the last decision about a visit.
pub(super) async fn undo(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<UndoForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    match desk.undo(id, form.revision, page.author()).await {
        Ok(_) => Ok(go_on(&form.next, &format!("/visits/{id}?done=undone"))),
        Err(error) => visit::refuse(page, desk, id, error, |_| ()).await,
    }
}

/// Takes the animal off a visit.
pub(super) async fn take_guest_off(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<UndoForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    match desk.take_guest_off(id, form.revision, page.author()).await {
        Ok(_) => Ok(go_on(&form.next, &format!("/visits/{id}?done=taken"))),
        Err(error) => visit::refuse(page, desk, id, error, |_| ()).await,
    }
}

/// The confirmation that a visit is to be deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeleteForm {
    revision: Option<u32>,
    /// `yes` if the photograph is kept for training.
    keep: String,
    sure: String,
    next: String,
}

/// Deletes a visit because there is no animal in its picture.
pub(super) async fn no_animal(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<DeleteForm>,
) -> Result<Response, DeskError> {
    let keep_photograph = form.keep == "yes";
    let why = NoVisit::NoAnimal { keep_photograph };
    delete_as(why, page, desk, VisitId(id), form).await
}

/// Deletes a visit that was recorded by mistake.
pub(super) async fn delete(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<DeleteForm>,
) -> Result<Response, DeskError> {
    delete_as(NoVisit::Mistake, page, desk, VisitId(id), form).await
}

async fn delete_as(
    why: NoVisit,
    page: Page,
    desk: Desk,
    id: VisitId,
    form: DeleteForm,
) -> Result<Response, DeskError> {
    if form.sure != "yes" {
        return Ok(Redirect::to(&format!("/visits/{id}")).into_response());
    }
    let deleted = desk.delete_visit(id, why, form.revision, page.author());
    match deleted.await {
        Ok(()) => Ok(go_on(&form.next, "/today?deleted=yes")),
        Err(error) => visit::refuse(page, desk, id, error, |_| ()).await,
    }
}
