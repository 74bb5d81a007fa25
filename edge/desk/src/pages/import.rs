//! Imports bookings of another program, in two steps: preview, then write exactly what it showed. The
//! preview carries what is to be written.

use askama::Template;
use axum::Form;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{
    AnimalId, CatalogueError, FieldError, ImportError, ImportPlan, Recurrence, RowError,
};
use screens::locale::Message;
use serde::Deserialize;

use super::page::{Page, refused_as, show};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::limits::FORM_BYTES;
use crate::upload;

/// How many rows of each kind a preview shows.
const SHOWN: usize = 200;

/// The longest plan that a form can carry when its characters are escaped.
const LONGEST_PLAN: usize = FORM_BYTES / 2;

/// A row of the file, and what becomes of it.
struct Row {
    line: usize,
    what: String,
    detail: String,
}

/// What would be written, for people and as text.
struct Preview {
    planned: Vec<Row>,
    refused: Vec<Row>,
    planned_count: String,
    refused_count: String,
    /// One row a line: the animal's number and the days. Empty if there is nothing to write.
    plan: String,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    page: Page,
    preview: Option<Preview>,
    /// The message of what was just done.
    done: Option<String>,
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportQuery {
    written: Option<usize>,
}

/// The form to send a file.
pub(super) async fn ask(
    page: Page,
    Query(query): Query<ImportQuery>,
) -> Result<Html<String>, DeskError> {
    let done = query.written;
    show(&ImportPage {
        done: done.map(|count| page.with("import-done", "count", count)),
        preview: None,
        wrong: None,
        page,
    })
}

/// Shows what a file would change. Nothing is written.
pub(super) async fn preview(
    page: Page,
    State(desk): State<Desk>,
    request: Request,
) -> Result<Response, DeskError> {
    let planned = match upload::bookings(&desk, request).await {
        Ok(file) => {
            desk.catalogue(move |catalogue| catalogue.plan_import(&file))
                .await
        }
        Err(error) => Err(error),
    };
    let (wrong, status) = match planned {
        Ok(plan) => match Preview::new(&page.words, plan) {
            Some(preview) => {
                let template = ImportPage {
                    preview: Some(preview),
                    done: None,
                    wrong: None,
                    page,
                };
                return Ok(show(&template)?.into_response());
            }
            None => (
                Message::new("import-too-many"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        },
        Err(error) => match reason(&error) {
            Some(wrong) => (wrong, error.status()),
            None => return Err(error),
        },
    };
    let template = ImportPage {
        wrong: Some(page.words.message(&wrong)),
        preview: None,
        done: None,
        page,
    };
    refused_as(status, &template)
}

/// What somebody has seen in a preview.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WriteForm {
    plan: String,
}

/// Writes it, all or nothing.
pub(super) async fn write(
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<WriteForm>,
) -> Result<Redirect, DeskError> {
    let planned = form.plan.lines().map(planned).collect::<Option<Vec<_>>>();
    let message = "the plan cannot be read; send the file again";
    let planned = planned.ok_or_else(|| DeskError::Invalid(message.to_owned()))?;
    let author = page.author();
    let written = desk
        .change(move |catalogue| catalogue.import(&planned, &author))
        .await?;
    Ok(Redirect::to(&format!("/expected/import?written={written}")))
}

/// A line of the plan.
fn planned(line: &str) -> Option<(AnimalId, Recurrence)> {
    let (animal, days) = line.trim().split_once(' ')?;
    Some((AnimalId(animal.parse().ok()?), days.parse().ok()?))
}

impl Preview {
    /// `None` if there is more than a form can carry.
    fn new(words: &Words, plan: ImportPlan) -> Option<Self> {
        let new = plan.planned.iter().filter(|planned| !planned.is_known);
        let lines = new.map(|planned| format!("{} {}", planned.animal, planned.days));
        let lines: Vec<String> = lines.collect();
        let text = lines.join("\n");
        if text.len() > LONGEST_PLAN {
            return None;
        }
        Some(Self {
            planned_count: words.with("import-planned", "count", lines.len()),
            refused_count: words.with("import-refused", "count", plan.refused.len()),
            planned: (plan.planned.into_iter().take(SHOWN))
                .map(|planned| Row {
                    line: planned.line,
                    what: planned.name,
                    detail: {
                        let days = words.recurrence(&planned.days);
                        if planned.is_known {
                            format!("{days} · {}", words.t("import-known"))
                        } else {
                            days
                        }
                    },
                })
                .collect(),
            refused: (plan.refused.into_iter().take(SHOWN))
                .map(|refused| Row {
                    line: refused.line,
                    what: refused.text,
                    detail: words.message(&row_reason(&refused.reason)),
                })
                .collect(),
            plan: text,
        })
    }
}

/// Why a file cannot be imported, for people; `None` for errors that are not about the file.
fn reason(error: &DeskError) -> Option<Message> {
    Some(match error {
        DeskError::TooLarge { kilobytes } => {
            Message::new("import-too-large").with("most", kilobytes / 1024)
        }
        DeskError::Catalogue(CatalogueError::Import(error)) => match error {
            ImportError::Empty => Message::new("import-empty"),
            ImportError::NotText => Message::new("import-not-text"),
            ImportError::MissingColumns { missing, found } => Message::new("import-columns")
                .with("missing", missing.join(", "))
                .with("found", found.join(", ")),
            ImportError::BrokenTable { line } => Message::new("import-broken").with("line", line),
            ImportError::CutShort => Message::new("import-cut-short"),
            ImportError::TooManyRows => Message::new("import-too-many"),
        },
        DeskError::Invalid(_) => Message::new("import-empty"),
        _ => return None,
    })
}

/// Why nothing can be booked for a row, for people.
fn row_reason(reason: &RowError) -> Message {
    match reason {
        RowError::Nobody => Message::new("import-row-nobody"),
        RowError::NoSuchAnimal => Message::new("import-row-no-animal"),
        RowError::SeveralAnimals(animals) => {
            Message::new("import-row-several").with("count", animals.len())
        }
        RowError::OtherName(name) => Message::new("import-row-other-name").with("name", name),
        RowError::NoDay => Message::new("import-row-no-day"),
        RowError::NotADay(text) => Message::new("import-row-not-a-day").with("text", text),
        RowError::NotWeekdays(text) => Message::new("import-row-weekdays").with("text", text),
        RowError::Days(FieldError::EndsBefore { first, last }) => {
            Message::new("import-row-reversed")
                .with("first", first)
                .with("last", last)
        }
        RowError::Days(_) => Message::new("import-row-days"),
        RowError::TooLong(characters) => {
            Message::new("import-row-long").with("characters", characters)
        }
        RowError::Cancelled => Message::new("import-row-cancelled"),
        RowError::Unsupported(what) => Message::new("import-row-unsupported").with("what", what),
    }
}
