//! The first step of the wizard: the six figures on the kiosk's screen.

use std::time::Instant;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use recognise::Language;
use serde::Deserialize;

use super::page::{Page, refused_as, show};
use super::setup::{COOKIE, Frame};
use crate::access::{Event, Sender};
use crate::cookie;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, cookie_of};
use crate::setup::{PASS, Pass, Step, Wrong};

#[derive(Template)]
#[template(path = "setup_code.html")]
struct CodePage {
    page: Page,
    frame: Frame,
    /// The right figures, where another phone has the wizard.
    taken: Option<String>,
}

impl CodePage {
    fn new(language: Language) -> Self {
        let page = Page::bare(None, language, Step::Code.address().to_owned());
        Self {
            frame: Frame::new(&page, Step::Code),
            page,
            taken: None,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    figures: String,
    /// `yes` to end the wizard on the other phone.
    take_over: String,
}

/// Asks for the figures. Where the screen shows none there is nothing to set up.
pub(super) async fn ask(
    State(desk): State<Desk>,
    headers: HeaderMap,
    language: Language,
) -> Result<Response, DeskError> {
    let pass = cookie::value(&headers, COOKIE);
    let draft = pass.and_then(|pass| desk.setup().draft(pass, Instant::now()));
    if let Some(draft) = draft {
        return Ok(Redirect::to(draft.next().address()).into_response());
    }
    if desk.setup().code().is_none() {
        return Ok(Redirect::to("/").into_response());
    }
    let mut page = CodePage::new(language);
    page.frame.wrong = pass.map(|_| page.page.t("setup-ended"));
    Ok(show(&page)?.into_response())
}

/// Tries the figures. Wrong ones slow their sender down as wrong passwords do: no stranger in the
/// network locks out who stands before the kiosk.
fn attempt(desk: &Desk, client: &Client, form: &CodeForm, now: Instant) -> Result<Pass, Wrong> {
    if desk.setup().code().is_none() {
        return Err(Wrong::Closed);
    }
    let sender = Sender::stranger(client.visitor.address);
    let throttle = &desk.0.wrong_figures;
    let attempt = throttle.attempt(sender, now).map_err(Wrong::TooSoon)?;
    let takes_over = form.take_over == "yes";
    let entered = desk.setup().enter(&form.figures, takes_over, now);
    if matches!(entered, Ok(_) | Err(Wrong::Taken)) {
        throttle.succeeded(attempt);
    }
    entered
}

/// Takes the figures.
pub(super) async fn enter(
    State(desk): State<Desk>,
    client: Client,
    language: Language,
    Form(form): Form<CodeForm>,
) -> Result<Response, DeskError> {
    let now = Instant::now();
    let wrong = match attempt(&desk, &client, &form, now) {
        Ok(Pass(pass)) => {
            let draft = desk.setup().draft(&pass, now).unwrap_or_default();
            let lasts = format!("; Max-Age={}", PASS.as_secs());
            let cookie = cookie_of(COOKIE, &pass, client.visitor, &lasts)?;
            let next = Redirect::to(draft.next().address());
            return Ok(([(SET_COOKIE, cookie)], next).into_response());
        }
        Err(wrong) => wrong,
    };
    let mut page = CodePage::new(language);
    let (status, text) = match wrong {
        Wrong::Closed => return Ok(Redirect::to(Step::Code.address()).into_response()),
        Wrong::NoRandom => return Err(DeskError::Internal),
        Wrong::TooSoon(wait) => {
            let seconds = wait.as_secs_f64().ceil() as u64;
            let text = page.page.with("setup-code-too-soon", "seconds", seconds);
            page.frame.wrong = Some(text);
            let mut response = refused_as(StatusCode::TOO_MANY_REQUESTS, &page)?;
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            return Ok(response);
        }
        Wrong::Figures => (StatusCode::UNPROCESSABLE_ENTITY, "setup-code-wrong"),
        Wrong::Renewed => (StatusCode::UNPROCESSABLE_ENTITY, "setup-code-renewed"),
        Wrong::Taken => {
            page.taken = Some(form.figures);
            (StatusCode::CONFLICT, "setup-code-taken")
        }
    };
    if wrong != Wrong::Taken {
        desk.note(Event::SetupFailed, "", &client, "").await;
    }
    page.frame.wrong = Some(page.page.t(text));
    refused_as(status, &page)
}
