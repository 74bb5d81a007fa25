//! Exports, backups and restoring them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use catalogue::Catalogue;
use serde::Deserialize;

use super::page::{Page, show};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Owner;

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    page: Page,
    /// How much the catalogue holds now, which restoring would replace.
    now: String,
    restored: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportQuery {
    restored: Option<String>,
}

pub(super) async fn export(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ExportQuery>,
) -> Result<Html<String>, DeskError> {
    let totals = desk.catalogue(Catalogue::totals).await?;
    let words = &page.words;
    let animals = words.with("export-now-animals", "count", words.number(totals.animals));
    let visits = words.with("export-now-visits", "count", words.number(totals.visits));
    show(&ExportPage {
        now: format!("{animals} {visits}"),
        restored: query.restored.map(|_| words.t("export-restored")),
        page,
    })
}
