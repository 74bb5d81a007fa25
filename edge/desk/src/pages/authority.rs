//! The kiosk's own authority, and how a device learns to trust it. Both are there before anybody can
//! log in, and over plain HTTP too: they are what HTTPS needs.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use recognise::Language;

use super::page::{Page, show};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::tls::{self, AuthorityView};
use crate::visitor::Visitor;

/// What tells phones that they are given an authority to install.
const KIND: &str = "application/x-x509-ca-cert";

#[derive(Template)]
#[template(path = "authority.html")]
struct AuthorityPage {
    page: Page,
    authority: AuthorityView,
    /// The page itself, over HTTPS.
    secure: String,
}

/// How to install the authority, and by which fingerprint it is recognised.
pub(super) async fn authority(
    State(desk): State<Desk>,
    headers: HeaderMap,
    visitor: Visitor,
    language: Language,
) -> Result<Html<String>, DeskError> {
    let authority = desk.authority()?;
    // The guard has seen that it is one of the kiosk's.
    let secure = tls::secure_address(&desk, &headers, visitor, "/");
    show(&AuthorityPage {
        page: Page::bare(None, language, "/authority".to_owned()),
        authority,
        secure: secure.unwrap_or_default(),
    })
}

/// The authority's certificate.
pub(super) async fn certificate(State(desk): State<Desk>) -> Result<Response, DeskError> {
    let authority = desk.authority()?;
    Ok(([(CONTENT_TYPE, KIND)], authority.certificate).into_response())
}

impl Desk {
    /// The kiosk's own authority.
    fn authority(&self) -> Result<AuthorityView, DeskError> {
        let tls = self.0.options.tls.as_ref();
        let authority = tls.and_then(|tls| tls.view().authority);
        authority.ok_or(DeskError::Missing("such page"))
    }
}
