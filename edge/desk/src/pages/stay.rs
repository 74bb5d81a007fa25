//! The stay of a guest: what it needs and brought, checking out, and undoing that.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{Animal, AnimalId, Catalogue, CatalogueError, Guest, Stay, StayNotes, VisitId};
use jiff::Timestamp;
use serde::Deserialize;

use super::care::{self, Fact};
use super::page::{Page, go_on, next};
use super::words::Words;
use super::{field_error, in_house, meanwhile, visit};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;

/// What is known about the guest of a visit, and the form for what is noted about this stay.
pub(super) struct StayForm {
    pub(super) animal: AnimalId,
    pub(super) visit: VisitId,
    pub(super) needs: Vec<Fact>,
    pub(super) belongings: String,
    pub(super) run: String,
    /// Whether the guest is in the house.
    pub(super) is_open: bool,
    /// When it left, as a text; `None` while it is in the house.
    pub(super) left: Option<String>,
    /// The mark of the notes that the form shows.
    pub(super) mark: String,
    /// What somebody else has noted meanwhile.
    pub(super) meanwhile: Option<Vec<Fact>>,
}

impl StayForm {
    pub(super) fn new(words: &Words, animal: &Animal, visit: VisitId, stay: Stay) -> Self {
        Self {
            animal: animal.id,
            visit,
            needs: care::needs(words, &animal.fields),
            left: left(words, &stay),
            mark: stay.mark().to_string(),
            meanwhile: None,
            is_open: stay.is_open,
            belongings: stay.belongings,
            run: stay.run,
        }
    }

    /// Shows what was typed, and beside it, under their names, the notes that somebody else made
    /// meanwhile.
    fn come_second(&mut self, [belongings, run]: [String; 2], typed: StayNotes) {
        self.meanwhile = Some(meanwhile::differing([
            (belongings, &self.belongings, &typed.belongings),
            (run, &self.run, &typed.run),
        ]));
        self.belongings = typed.belongings;
        self.run = typed.run;
    }
}

/// When a guest left, as a text; `None` if nobody has said so.
pub(super) fn left(words: &Words, stay: &Stay) -> Option<String> {
    stay.checked_out_at?;
    Some(match stay.left_at {
        Some(at) => words.with("stay-left", "when", words.moment(at)),
        None => words.t("stay-left-unknown"),
    })
}

/// A check-out that can be undone, in words.
pub(super) struct Gone {
    pub(super) animal: AnimalId,
    /// The visit of the stay that it ended.
    pub(super) visit: VisitId,
    pub(super) text: String,
}

impl Gone {
    /// The guest that an address names as just checked out; `None` if it has come again since, or if
    /// there is no such animal.
    pub(super) fn of(
        catalogue: &Catalogue,
        words: &Words,
        out: Option<i64>,
    ) -> Result<Option<Self>, CatalogueError> {
        let Some(animal) = out.map(AnimalId) else {
            return Ok(None);
        };
        let open = catalogue.open_stay(animal)?;
        let last = catalogue.last_check_out(animal)?;
        let is_gone =
            |guest: &Guest| open.is_none_or(|open| Some(open.since) < guest.stay.checked_out_at);
        Ok(last.filter(is_gone).map(|guest| Self {
            animal,
            visit: guest.visit,
            text: words.with("stay-gone", "name", &guest.animal.fields.name),
        }))
    }
}

/// What is noted about one stay.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NotesForm {
    belongings: String,
    run: String,
    /// The mark of the notes that the form showed.
    mark: String,
    next: String,
}

/// Notes what the guest of a visit brought, and where it is.
pub(super) async fn note(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<NotesForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let notes = StayNotes {
        belongings: form.belongings,
        run: form.run,
    };
    let (seen, mark) = (meanwhile::seen(&form.mark), form.mark);
    let (typed, author) = (notes.clone(), page.author());
    let noted =
        desk.change(move |catalogue| catalogue.set_stay_notes(id, &notes, seen.as_ref(), &author));
    match noted.await {
        Ok(_) => Ok(go_on(&form.next, &format!("/visits/{id}?done=noted"))),
        Err(DeskError::Catalogue(CatalogueError::Invalid { field, .. })) => {
            let wrong = page.t(field_error::key(field));
            visit::again(page, desk, id, move |options| {
                options.wrong = Some(wrong);
                if let Some(stay) = &mut options.stay {
                    stay.belongings = typed.belongings;
                    stay.run = typed.run;
                    // What somebody else has noted since is still unseen.
                    stay.mark = mark;
                }
            })
            .await
        }
        Err(DeskError::Catalogue(CatalogueError::Outdated)) => {
            let names = [page.t("field-belongings"), page.t("field-run")];
            visit::outdated(page, desk, id, |options| {
                if let Some(stay) = &mut options.stay {
                    stay.come_second(names, typed);
                }
            })
            .await
        }
        Err(error) => visit::refuse(page, desk, id, error, |_| ()).await,
    }
}

/// That a guest has left, or has not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckOutForm {
    /// The visit of the stay that the page showed.
    visit: Option<i64>,
    next: String,
}

/// Checks a guest out.
pub(super) async fn check_out(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<CheckOutForm>,
) -> Result<Response, DeskError> {
    let animal = AnimalId(id);
    let visit = form.visit.map(VisitId);
    match desk.check_out(animal, visit, None, page.author()).await {
        Ok(_) => {
            let to = next(&form.next, "/in-house");
            Ok(Redirect::to(&with_gone(to, animal)).into_response())
        }
        Err(error) => in_house::refuse(page, desk, error).await,
    }
}

/// The same address, which also says who was just checked out.
fn with_gone(address: &str, animal: AnimalId) -> String {
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let joint = if address.contains('?') { '&' } else { '?' };
    let mark = if fragment.is_empty() { "" } else { "#" };
    format!("{address}{joint}out={animal}{mark}{fragment}")
}

/// Undoes a check-out.
pub(super) async fn undo_check_out(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<CheckOutForm>,
) -> Result<Response, DeskError> {
    let (author, visit) = (page.author(), form.visit.map(VisitId));
    let undone =
        desk.change(move |catalogue| catalogue.undo_check_out(AnimalId(id), visit, &author));
    match undone.await {
        Ok(_) => Ok(go_on(&form.next, "/in-house")),
        Err(error) => in_house::refuse(page, desk, error).await,
    }
}

/// Checks out all guests from former days.
pub(super) async fn check_out_overdue(
    session: Session,
    State(desk): State<Desk>,
) -> Result<Redirect, DeskError> {
    let author = session.author();
    desk.change(move |catalogue| catalogue.check_out_overdue(&author, Timestamp::now()))
        .await?;
    Ok(Redirect::to("/in-house"))
}
