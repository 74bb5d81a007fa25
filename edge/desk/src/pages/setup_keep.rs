//! The last steps of the wizard: what is kept and for how long, after which all is stored, and the
//! page that says so.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, Settings};

use super::field_error::FieldError;
use super::kept_form::KeptForm;
use super::page::{Page, refused, show};
use super::setup::{COOKIE, Frame, Phone};
use super::{account, login};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::language::Asked;
use crate::session::{Client, Owner, cookie_of};
use crate::setup::{Kept, Step};

#[derive(Template)]
#[template(path = "setup_keep.html")]
struct KeepPage {
    page: Page,
    frame: Frame,
    form: KeptForm,
    wrong: Option<&'static str>,
}

impl KeepPage {
    fn new(page: Page, form: KeptForm) -> Self {
        Self {
            frame: Frame::new(&page, Step::Keep),
            page,
            form,
            wrong: None,
        }
    }

    fn kept(&self) -> &KeptForm {
        &self.form
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong == Some(field)
    }
}

/// What is kept, or the field that cannot be accepted.
fn kept(form: &KeptForm) -> Result<Kept, &'static str> {
    let kept = form.kept()?;
    match kept.in_settings(Settings::default()).check() {
        Err(CatalogueError::Invalid { field, .. }) => Err(field),
        _ => Ok(kept),
    }
}

/// Asks what is kept.
pub(super) async fn keep(
    phone: Phone,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let settings = desk.settings().await?;
    show(&KeepPage::new(phone.page, KeptForm::of(&settings)))
}

/// Stores what was entered in all steps, and logs in.
pub(super) async fn finish(
    phone: Phone,
    client: Client,
    asked: Asked,
    State(desk): State<Desk>,
    Form(form): Form<KeptForm>,
) -> Result<Response, DeskError> {
    let wrong = match kept(&form) {
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
