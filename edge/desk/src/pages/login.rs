//! The door.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::page::{Page, show};
use crate::login::LoginPage;
use recognise::Language;

#[derive(Template)]
#[template(path = "login.html")]
struct Door<'a> {
    page: Page,
    next: &'a str,
    problem: Option<String>,
    has_passwords: bool,
}

/// The page on which people log in.
pub(in crate::desk) fn login(login: LoginPage<'_>, language: Language) -> Response {
    let mut page = Page::bare(None, language);
    page.address = crate::login::address(login.next);
    let problem = login
        .problem
        .map(|problem| page.t(&format!("login-{problem}")));
    show(&Door {
        next: login.next,
        problem,
        has_passwords: login.has_passwords,
        page,
    })
    .into_response()
}
