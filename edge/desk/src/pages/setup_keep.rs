//! The last steps of the wizard: what is kept and for how long, after which all is stored, and the
//! page that says so.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, Settings};
use serde::Deserialize;

use super::field_error::FieldError;
use super::page::{Page, refused, show};
use super::setup::{COOKIE, Frame, Phone};
use super::{account, login};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::language::Asked;
use crate::session::{Client, Owner, cookie_of};
use crate::setup::{Kept, Step};

/// The fields of the form, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KeepForm {
    keep_photographs: String,
    whole_frames: String,
    keep_days: String,
    quota_mb: String,
    contact_months: String,
}

#[derive(Template)]
#[template(path = "setup_keep.html")]
struct KeepPage {
    page: Page,
    frame: Frame,
    form: KeepForm,
    wrong: Option<&'static str>,
}

impl KeepPage {
    fn new(page: Page, form: KeepForm) -> Self {
        Self {
            frame: Frame::new(&page, Step::Keep),
            page,
            form,
            wrong: None,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong == Some(field)
    }
}

impl KeepForm {
    fn of(settings: &Settings) -> Self {
        let ticked = |is: bool| if is { "yes" } else { "" }.to_owned();
        let months = settings.contact_months.map(|months| months.to_string());
        Self {
            keep_photographs: ticked(settings.keep_photographs),
            whole_frames: ticked(settings.whole_frames),
            keep_days: settings.keep_days.to_string(),
            quota_mb: settings.quota_mb.to_string(),
            contact_months: months.unwrap_or_default(),
        }
    }

    /// What is kept, or the field that cannot be accepted.
    fn kept(&self) -> Result<Kept, &'static str> {
        let kept = Kept {
            keep_photographs: self.keep_photographs == "yes",
            whole_frames: self.whole_frames == "yes",
            keep_days: self.keep_days.trim().parse().map_err(|_| "keep_days")?,
            quota_mb: self.quota_mb.trim().parse().map_err(|_| "quota_mb")?,
            contact_months: match self.contact_months.trim() {
                "" => None,
                months => Some(months.parse().map_err(|_| "contact_months")?),
            },
        };
        match kept.in_settings(Settings::default()).check() {
            Err(CatalogueError::Invalid { field, .. }) => Err(field),
            _ => Ok(kept),
        }
    }
}

/// Asks what is kept.
pub(super) async fn keep(
    phone: Phone,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let settings = desk.settings().await?;
    show(&KeepPage::new(phone.page, KeepForm::of(&settings)))
}

/// Stores what was entered in all steps, and logs in.
pub(super) async fn finish(
    phone: Phone,
    client: Client,
    asked: Asked,
    State(desk): State<Desk>,
    Form(form): Form<KeepForm>,
) -> Result<Response, DeskError> {
    let wrong = match form.kept() {
        Err(field) => FieldError::new(&phone.page, field),
        Ok(kept) => {
            let language = phone.draft.language.unwrap_or_default();
            let (pass, draft) = (phone.pass, phone.draft);
            match desk.finish_setup(&client, pass, draft, kept).await {
                Ok(None) => return Ok(Redirect::to(Step::Code.address()).into_response()),
                Ok(Some(mut cookies)) => {
                    let pass = cookie_of(COOKIE, "", client.visitor, "; Max-Age=0")?;
                    cookies.0.push((SET_COOKIE, pass));
                    let chosen = desk.chosen_language().await;
                    let language = login::language_cookie(asked, chosen, language);
                    let language = AppendHeaders([(SET_COOKIE, language)]);
                    let done = Redirect::to(Step::Done.address());
                    return Ok((cookies, language, done).into_response());
                }
                // The staff may have got the same password meanwhile.
                Err(error) => FieldError {
                    field: "password",
                    text: phone.page.t(account::wrong(&error).ok_or(error)?),
                },
            }
        }
    };
    let mut template = KeepPage::new(phone.page, form);
    template.frame.wrong = Some(wrong.text);
    template.wrong = Some(wrong.field);
    refused(&template)
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct DonePage {
    page: Page,
    frame: Frame,
    /// Whether the kiosk has an authority of its own, which phones are to trust.
    has_authority: bool,
}

/// Says that the kiosk is set up.
pub(super) async fn done(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let tls = desk.0.options.tls.as_ref();
    show(&DonePage {
        has_authority: tls.is_some_and(|tls| tls.view().authority.is_some()),
        frame: Frame::new(&page, Step::Done),
        page,
    })
}
