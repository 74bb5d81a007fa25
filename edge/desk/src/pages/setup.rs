//! The wizard's pages: one short form a step, for a phone. The steps are [`setup_code`],
//! [`setup_house`], [`setup_camera`] and [`setup_keep`].
//!
//! [`setup_code`]: super::setup_code
//! [`setup_house`]: super::setup_house
//! [`setup_camera`]: super::setup_camera
//! [`setup_keep`]: super::setup_keep

use std::time::Instant;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use screens::locale::Message;

use super::page::Page;
use super::{setup_camera, setup_code, setup_house, setup_keep};
use crate::cookie;
use crate::desk::Desk;
use crate::language::Asked;
use crate::setup::{Draft, Step};

/// The cookie of the phone that has the wizard.
pub(super) const COOKIE: &str = "kiosk_setup";

pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/setup", get(setup_code::ask).post(setup_code::enter))
        .route(
            "/setup/language",
            get(setup_house::language).post(setup_house::set_language),
        )
        .route(
            "/setup/password",
            get(setup_house::password).post(setup_house::set_password),
        )
        .route(
            "/setup/place",
            get(setup_house::place).post(setup_house::set_place),
        )
        .route(
            "/setup/camera",
            get(setup_camera::camera).post(setup_camera::choose),
        )
        .route("/setup/camera.jpg", get(setup_camera::picture))
        .route(
            "/setup/keep",
            get(setup_keep::keep).post(setup_keep::finish),
        )
        .route("/setup/done", get(setup_keep::done))
}

/// The phone that has the wizard, at a step that it has come to. Any other is sent to the step that
/// it is at.
pub(super) struct Phone {
    pub(super) pass: String,
    /// What was entered so far.
    pub(super) draft: Draft,
    /// A page in the language that was chosen in the wizard.
    pub(super) page: Page,
}

impl FromRequestParts<Desk> for Phone {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Redirect> {
        let (asked, address) = (Asked::of(&parts.headers), parts.uri.path().to_owned());
        let pass = cookie::value(&parts.headers, COOKIE).unwrap_or_default();
        let pass = pass.to_owned();
        let Some(draft) = desk.setup().draft(&pass, Instant::now()) else {
            return Err(Redirect::to(Step::Code.address()));
        };
        let mut steps = Step::ALL.into_iter();
        let step = steps.find(|step| step.address() == address);
        if step.is_some_and(|step| step > draft.next()) {
            return Err(Redirect::to(draft.next().address()));
        }
        let language = match draft.language {
            Some(language) => language,
            None => asked.for_page(desk.chosen_language().await),
        };
        Ok(Self {
            pass,
            draft,
            page: Page::bare(None, language, address),
        })
    }
}

impl Phone {
    /// Changes the draft, and goes on from this step to the one after it.
    pub(super) fn go_on(
        &self,
        desk: &Desk,
        from: Step,
        change: impl FnOnce(&mut Draft),
    ) -> Response {
        let changed = desk.setup().change(&self.pass, Instant::now(), change);
        let after = Step::ALL.get(from.number()).copied();
        let next = after.filter(|_| changed.is_some()).unwrap_or(Step::Code);
        Redirect::to(next.address()).into_response()
    }
}

/// What every step shows.
pub(super) struct Frame {
    /// `3 of 7`.
    pub(super) progress: String,
    pub(super) number: usize,
    pub(super) count: usize,
    /// The address of the step before.
    pub(super) back: Option<&'static str>,
    /// What is wrong with what was entered.
    pub(super) wrong: Option<String>,
}

impl Frame {
    pub(super) fn new(page: &Page, step: Step) -> Self {
        let (number, count) = (step.number(), Step::ALL.len());
        let progress = Message::new("setup-progress");
        let progress = progress.with("number", number).with("count", count);
        Self {
            progress: page.words.message(&progress),
            number,
            count,
            back: step.before().map(Step::address),
            wrong: None,
        }
    }
}
