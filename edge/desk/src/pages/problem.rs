//! What went wrong, and what people can do about it.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::page::{Page, show};
use crate::{Kind, Problem, Session};
use recognise::Language;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    title: String,
    advice: String,
    /// The line for whoever looks after the kiosk, where it says more.
    detail: Option<String>,
    link: &'static str,
    link_text: &'static str,
}

/// A problem as a page.
pub(in crate::desk) fn problem(
    problem: &Problem,
    session: Option<&Session>,
    language: Language,
) -> Response {
    let page = Page::bare(session, language);
    let (name, detail) = match problem.kind {
        Kind::LoginNeeded => ("login-needed", false),
        Kind::OwnerOnly => ("owner-only", false),
        Kind::Forged => ("forged", false),
        Kind::Throttled => ("throttled", false),
        Kind::Missing => ("missing", false),
        Kind::Busy => ("busy", false),
        Kind::Invalid => ("invalid", true),
        Kind::Failed => ("failed", true),
    };
    let (link, link_text) = match page.inside() {
        true => ("/", "problem-back"),
        false => ("/login", "login-title"),
    };
    show(&ProblemPage {
        title: page.t(&format!("problem-{name}")),
        advice: page.t(&format!("problem-{name}-how")),
        detail: detail.then(|| problem.message.clone()),
        link,
        link_text,
        page,
    })
    .into_response()
}
