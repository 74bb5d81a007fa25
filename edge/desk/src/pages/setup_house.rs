//! The steps of the wizard about the daycare: language, owner's password, name and time zone.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{Html, Response};
use catalogue::{CatalogueError, Settings, system_time_zone, time_zones};
use recognise::Language;
use serde::Deserialize;

use super::account;
use super::field_error::FieldError;
use super::page::{Page, refused, show};
use super::setup::{Frame, Phone};
use crate::access::Role;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::setup::{Place, Step};

#[derive(Template)]
#[template(path = "setup_language.html")]
struct LanguagePage {
    page: Page,
    frame: Frame,
}

#[derive(Template)]
#[template(path = "setup_password.html")]
struct PasswordPage {
    page: Page,
    frame: Frame,
    /// Whether one was entered already.
    is_entered: bool,
}

#[derive(Template)]
#[template(path = "setup_place.html")]
struct PlacePage {
    page: Page,
    frame: Frame,
    name: String,
    zone: String,
    /// Whether nobody chose the zone yet: the phone's own is likely to be right.
    is_guess: bool,
    zones: Vec<String>,
    wrong: Option<&'static str>,
}

impl PlacePage {
    fn is_wrong(&self, field: &str) -> bool {
        self.wrong == Some(field)
    }
}

/// Asks for the language.
pub(super) async fn language(phone: Phone) -> Result<Html<String>, DeskError> {
    show(&LanguagePage {
        frame: Frame::new(&phone.page, Step::Language),
        page: phone.page,
    })
}

#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: Language,
}

/// Takes the language.
pub(super) async fn set_language(
    phone: Phone,
    State(desk): State<Desk>,
    Form(form): Form<LanguageForm>,
) -> Response {
    phone.go_on(&desk, Step::Language, |draft| {
        draft.language = Some(form.language);
    })
}

/// Asks for the owner's password.
pub(super) async fn password(phone: Phone) -> Result<Html<String>, DeskError> {
    show(&password_page(phone))
}

fn password_page(phone: Phone) -> PasswordPage {
    PasswordPage {
        frame: Frame::new(&phone.page, Step::Password),
        is_entered: phone.draft.password.is_some(),
        page: phone.page,
    }
}

/// The password twice; empty to stay with the one that was entered before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PasswordForm {
    password: String,
    again: String,
}

/// Takes the owner's password.
pub(super) async fn set_password(
    phone: Phone,
    State(desk): State<Desk>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, DeskError> {
    let is_empty = form.password.is_empty() && form.again.is_empty();
    if is_empty && phone.draft.password.is_some() {
        return Ok(phone.go_on(&desk, Step::Password, |_| {}));
    }
    let wrong = if form.password == form.again {
        let (checking, password) = (desk.clone(), form.password.clone());
        let check = move || {
            let access = &checking.0.access;
            access.check_new_password(Role::Owner, &password)
        };
        let checked = desk.0.queues.passwords.run(check).await?;
        match checked.map_err(DeskError::from) {
            Ok(()) => {
                return Ok(phone.go_on(&desk, Step::Password, |draft| {
                    draft.password = Some(form.password);
                }));
            }
            Err(error) => account::wrong(&error).ok_or(error)?,
        }
    } else {
        "password-wrong-again"
    };
    let mut template = password_page(phone);
    template.frame.wrong = Some(template.page.t(wrong));
    refused(&template)
}

/// Asks for name and time zone.
pub(super) async fn place(
    phone: Phone,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let settings = desk.settings().await?;
    let entered = phone.draft.place.clone().unwrap_or(Place {
        name: settings.name,
        time_zone: settings.time_zone,
    });
    let is_guess = entered.time_zone.is_none();
    let zone = entered.time_zone.or_else(system_time_zone);
    let zone = zone.unwrap_or_default();
    let mut template = place_page(phone.page, &desk, entered.name, zone).await?;
    template.is_guess = is_guess;
    show(&template)
}

async fn place_page(
    page: Page,
    desk: &Desk,
    name: String,
    zone: String,
) -> Result<PlacePage, DeskError> {
    Ok(PlacePage {
        frame: Frame::new(&page, Step::Place),
        page,
        name,
        zone,
        is_guess: false,
        zones: desk.catalogue(|_| Ok(time_zones())).await?,
        wrong: None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PlaceForm {
    name: String,
    time_zone: String,
}

/// Takes name and time zone.
pub(super) async fn set_place(
    phone: Phone,
    State(desk): State<Desk>,
    Form(form): Form<PlaceForm>,
) -> Result<Response, DeskError> {
    let (name, zone) = (form.name.trim().to_owned(), form.time_zone.trim());
    let settings = Settings {
        name,
        time_zone: Some(zone.to_owned()).filter(|zone| !zone.is_empty()),
        ..Settings::default()
    };
    let wrong = match settings.check() {
        Ok(()) => {
            return Ok(phone.go_on(&desk, Step::Place, |draft| {
                draft.place = Some(Place {
                    name: settings.name,
                    time_zone: settings.time_zone,
                });
            }));
        }
        Err(CatalogueError::Invalid { field, .. }) => FieldError::new(&phone.page, field),
        Err(error) => return Err(error.into()),
    };
    let mut template = place_page(phone.page, &desk, form.name, form.time_zone).await?;
    template.frame.wrong = Some(wrong.text);
    template.wrong = Some(wrong.field);
    refused(&template)
}
