//! The page that says what went wrong, and what its reader can do about it.

use askama::Template;
use axum::response::{IntoResponse, Response};
use recognise::Language;

use super::page::{Page, show};
use crate::error::ProblemKind;
use crate::problem::Problem;
use crate::session::Session;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    title: String,
    advice: String,
    /// What is the matter with a photograph.
    reason: Option<String>,
    /// The message in English, if it says more.
    detail: Option<String>,
    link: &'static str,
    link_text: &'static str,
}

/// A problem as a page.
pub(crate) fn problem(
    problem: &Problem,
    session: Option<&Session>,
    language: Language,
) -> Response {
    let page = Page::bare(session, language, String::new());
    let (name, has_detail) = match problem.kind {
        // A person is sent on to the page where that is done.
        ProblemKind::LoginNeeded | ProblemKind::SetUpFirst => ("login-needed", false),
        ProblemKind::OwnerOnly => ("owner-only", false),
        ProblemKind::ViewerOnly => ("viewer-only", false),
        ProblemKind::OtherSite => ("other-site", false),
        ProblemKind::Throttled => ("throttled", false),
        ProblemKind::Missing => ("missing", false),
        ProblemKind::Superseded => ("superseded", false),
        ProblemKind::Busy => ("busy", false),
        ProblemKind::Invalid => ("invalid", true),
        ProblemKind::Damaged => ("damaged", false),
        ProblemKind::Failed => ("failed", true),
    };
    let is_damaged = problem.kind == ProblemKind::Damaged;
    let (link, link_text) = if is_damaged && page.is_owner() {
        ("/export", "nav-export")
    } else if page.is_logged_in() {
        ("/", "problem-back")
    } else {
        ("/login", "login-title")
    };
    // The advice says what is to be done about damage.
    let reason = problem.reason.as_ref().filter(|_| !is_damaged);
    let reason = reason.map(|reason| page.words.message(reason));
    let shown = show(&ProblemPage {
        title: page.t(&format!("problem-{name}")),
        advice: page.t(&format!("problem-{name}-how")),
        detail: (has_detail && reason.is_none()).then(|| problem.message.clone()),
        reason,
        link,
        link_text,
        page,
    });
    shown.into_response()
}
