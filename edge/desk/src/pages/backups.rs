//! The passphrase that backups are encrypted with.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, Passphrase};
use serde::Deserialize;

use super::page::{Page, SavedQuery, refused, show};
use crate::access::Event;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner};

/// Where the forms lead back to once their changes are stored.
const SAVED: &str = "/settings/backups?saved=yes";

#[derive(Template)]
#[template(path = "backups.html")]
struct BackupsPage {
    page: Page,
    is_encrypted: bool,
    wrong: Option<String>,
    saved: Option<String>,
}

impl BackupsPage {
    async fn new(page: Page, desk: &Desk) -> Result<Self, DeskError> {
        let is_encrypted = desk.encrypts_backups().await?;
        Ok(Self {
            page,
            is_encrypted,
            wrong: None,
            saved: None,
        })
    }
}

pub(super) async fn backups(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let mut template = BackupsPage::new(page, &desk).await?;
    template.saved = query.message(&template.page);
    show(&template)
}

/// A passphrase, twice.
#[derive(Deserialize)]
pub(super) struct PassphraseForm {
    passphrase: String,
    again: String,
}

/// Sets the passphrase.
pub(super) async fn set(
    Owner(session): Owner,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<PassphraseForm>,
) -> Result<Response, DeskError> {
    let wrong = if form.passphrase == form.again {
        let passphrase = Passphrase::new(&form.passphrase);
        let set = desk
            .catalogue(move |catalogue| catalogue.set_backup_passphrase(Some(&passphrase)))
            .await;
        match set {
            Ok(()) => {
                desk.note(Event::BackupPassphrase, &session.author(), &client, "")
                    .await;
                return Ok(Redirect::to(SAVED).into_response());
            }
            Err(DeskError::Catalogue(CatalogueError::Invalid { .. })) => "backups-wrong-length",
            Err(error) => return Err(error),
        }
    } else {
        "backups-wrong-again"
    };
    let mut template = BackupsPage::new(page, &desk).await?;
    template.wrong = Some(template.page.t(wrong));
    refused(&template)
}

/// Removes the passphrase: from now on, backups are not encrypted.
pub(super) async fn remove(
    Owner(session): Owner,
    client: Client,
    State(desk): State<Desk>,
) -> Result<Redirect, DeskError> {
    desk.catalogue(|catalogue| catalogue.set_backup_passphrase(None))
        .await?;
    desk.note(
        Event::BackupPassphraseRemoved,
        &session.author(),
        &client,
        "",
    )
    .await;
    Ok(Redirect::to(SAVED))
}
