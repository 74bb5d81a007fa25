//! Exports, backups and restoring them.

use std::io;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, DecryptionFault};
use serde::Deserialize;

use super::page::{Page, if_readable, refused_as, show};
use crate::desk::{Desk, Which};
use crate::error::DeskError;
use crate::session::Owner;

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    page: Page,
    /// How much the catalogue holds now, which restoring would replace; or that it would replace another
    /// one.
    now: String,
    /// Whether there is a former catalogue, with exports and a backup of its own.
    has_former: bool,
    /// Whether backups are encrypted.
    is_encrypted: bool,
    /// What the last backup lacks that was downloaded.
    lacking: Option<String>,
    restored: Option<String>,
    /// Why the file that was sent was not restored.
    wrong: Option<String>,
}

impl ExportPage {
    async fn load(page: Page, desk: &Desk) -> Result<Self, DeskError> {
        let totals = desk
            .catalogue(|catalogue| if_readable(catalogue.totals()))
            .await?;
        let words = &page.words;
        let now = match (desk.kiosk().rescue(), totals) {
            (Some(_), _) => page.t("export-now-elsewhere"),
            (None, None) => page.t("export-now-damaged"),
            (None, Some(totals)) => {
                let animals = words.number(totals.animals);
                let visits = words.number(totals.visits);
                let animals = words.with("export-now-animals", "count", animals);
                let visits = words.with("export-now-visits", "count", visits);
                format!("{animals} {visits}")
            }
        };
        Ok(Self {
            now,
            has_former: desk.kiosk().former.is_some(),
            is_encrypted: desk.encrypts_backups().await?,
            lacking: desk
                .lacking(Which::Present)
                .map(|message| words.message(&message)),
            restored: None,
            wrong: None,
            page,
        })
    }
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
    let mut template = ExportPage::load(page, &desk).await?;
    template.restored = query.restored.map(|_| template.page.t("export-restored"));
    show(&template)
}

/// Restores the backup of the form. If that cannot be done, the same page says why.
pub(super) async fn restore(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    request: Request,
) -> Result<Response, DeskError> {
    let error = match desk.restore(request).await {
        // The kiosk restarts, and does not answer for a moment.
        Ok(done) if done.content.restarts => {
            let mut template = ExportPage::load(page, &desk).await?;
            template.restored = Some(template.page.t(match desk.kiosk().rescue() {
                Some(_) => "export-restored-elsewhere",
                None => "export-restored-restarts",
            }));
            return Ok(show(&template)?.into_response());
        }
        Ok(_) => return Ok(Redirect::to("/export?restored=yes#main").into_response()),
        Err(error) => error,
    };
    tracing::warn!(%error, "a backup was not restored");
    let mut template = ExportPage::load(page, &desk).await?;
    template.wrong = Some(template.page.t(reason(&error)));
    refused_as(error.status(), &template)
}

/// The text that says why a backup was not restored. Neither the path at which the file lies
/// meanwhile nor anything of its content is in it.
fn reason(error: &DeskError) -> &'static str {
    match error {
        DeskError::Catalogue(CatalogueError::NotABackup { .. }) | DeskError::Invalid(_) => {
            "restore-no-backup"
        }
        DeskError::Catalogue(CatalogueError::NotDecrypted { reason, .. }) => match reason {
            DecryptionFault::PassphraseNeeded => "restore-passphrase-needed",
            DecryptionFault::NotEncrypted => "restore-not-encrypted",
            DecryptionFault::WrongPassphrase => "restore-passphrase-wrong",
            DecryptionFault::ToKey => "restore-to-key",
            DecryptionFault::TooMuchWork => "restore-too-much-work",
            DecryptionFault::Damaged => "restore-damaged",
        },
        DeskError::Catalogue(CatalogueError::Newer { .. }) => "restore-newer",
        DeskError::Catalogue(CatalogueError::Full { .. }) => "restore-full",
        DeskError::Disk(error) if error.kind() == io::ErrorKind::StorageFull => "restore-full",
        DeskError::Unwritable(_) | DeskError::Catalogue(CatalogueError::ReadOnly { .. }) => {
            "restore-unwritable"
        }
        DeskError::TooLarge { .. } => "restore-too-large",
        DeskError::Interrupted | DeskError::TooSlow => "restore-interrupted",
        DeskError::Busy
        | DeskError::Catalogue(CatalogueError::Locked { .. } | CatalogueError::Interrupted) => {
            "restore-busy"
        }
        _ => "restore-failed",
    }
}
