//! The settings: name, language, time zone and camera, how long photographs are stored, the night, and
//! the passwords of the accounts that every kiosk has.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::{CatalogueError, Settings, system_time_zone, time_zones};
use jiff::civil::Time;
use recognise::Language;
use serde::Deserialize;

use super::field_error::FieldError;
use super::kept_form::KeptForm;
use super::page::{Page, SavedQuery, refused, show};
use super::{account, setup_camera};
use crate::access::Role;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner, Person};
use crate::setup::CameraChoice;
use crate::work::blocking;

/// The fields of the form, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettingsForm {
    name: String,
    language: String,
    #[serde(flatten)]
    kept: KeptForm,
    night_from: String,
    night_to: String,
    vaccination_days: String,
    /// A form of an older page has neither of these, and leaves them as they are.
    time_zone: Option<String>,
    camera: Option<String>,
}

/// The form for a role's password.
struct Password {
    role: Role,
    title: String,
    what: String,
    state: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    form: SettingsForm,
    wrong: Option<FieldError>,
    passwords: Vec<Password>,
    zones: Vec<String>,
    /// The name of the system's time zone.
    system_zone: String,
    /// The cameras to choose from; `None` where the configuration names the one in use.
    cameras: Option<Vec<CameraChoice>>,
    /// What people call the camera in use.
    camera: String,
    /// Whether a new password needs the reader's present one.
    needs_former: bool,
    saved: Option<String>,
}

impl SettingsPage {
    async fn new(page: Page, desk: &Desk, form: SettingsForm) -> Result<Self, DeskError> {
        let cameras = desk.cameras();
        let found = blocking(move || {
            let listed = (!cameras.is_fixed()).then(|| cameras.list());
            (listed, cameras.current(), time_zones())
        });
        let (cameras, camera, zones) = found.await?;
        let words = &page.words;
        let password = |role: Role| {
            let is_set = desk.0.access.has_password(role)?;
            Ok(Password {
                title: words.t(&format!("password-of-{role}")),
                what: words.t(&format!("password-what-{role}")),
                state: words.t(if is_set {
                    "password-is-set"
                } else {
                    "password-is-not-set"
                }),
                role,
                wrong: None,
            })
        };
        let passwords: Result<_, DeskError> = Role::SHARED.into_iter().map(password).collect();
        Ok(Self {
            passwords: passwords?,
            zones,
            system_zone: system_time_zone().unwrap_or_default(),
            cameras,
            camera: setup_camera::named(words, &camera, &camera),
            needs_former: desk.0.access.has_password_of(page.account())?,
            form,
            wrong: None,
            saved: None,
            page,
        })
    }

    fn kept(&self) -> &KeptForm {
        &self.form.kept
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong
            .as_ref()
            .is_some_and(|wrong| wrong.field == field)
    }
}

impl SettingsForm {
    fn of(settings: &Settings) -> Self {
        let time = |time: Option<Time>| {
            time.map_or_else(String::new, |time| time.strftime("%H:%M").to_string())
        };
        Self {
            name: settings.name.clone(),
            language: settings.language.tag().to_owned(),
            kept: KeptForm::of(settings),
            night_from: time(settings.night_from),
            night_to: time(settings.night_to),
            vaccination_days: settings.vaccination_days.to_string(),
            time_zone: Some(settings.time_zone.clone().unwrap_or_default()),
            camera: Some(settings.camera.clone().unwrap_or_default()),
        }
    }

    fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or_default()
    }

    fn camera(&self) -> &str {
        self.camera.as_deref().unwrap_or_default()
    }

    /// The settings, or the field that cannot be accepted.
    fn settings(&self, before: Settings) -> Result<Settings, &'static str> {
        let time = |text: &str, field| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| field),
        };
        let typed = |text: &Option<String>, before| match text.as_deref().map(str::trim) {
            None => before,
            Some("") => None,
            Some(text) => Some(text.to_owned()),
        };
        let kept = self.kept.kept()?;
        let settings = Settings {
            time_zone: typed(&self.time_zone, before.time_zone),
            camera: typed(&self.camera, before.camera),
            name: self.name.trim().to_owned(),
            language: Language::of_tag(&self.language).unwrap_or_default(),
            night_from: time(&self.night_from, "night_from")?,
            night_to: time(&self.night_to, "night_to")?,
            vaccination_days: match self.vaccination_days.trim() {
                // A form of an older page does not have it.
                "" => Settings::default().vaccination_days,
                days => days.parse().map_err(|_| "vaccination_days")?,
            },
            ..before
        };
        Ok(kept.in_settings(settings))
    }
}

pub(super) async fn settings(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let settings = desk.settings().await?;
    let mut template = SettingsPage::new(page, &desk, SettingsForm::of(&settings)).await?;
    template.saved = query.message(&template.page);
    show(&template)
}

/// Changes the settings.
pub(super) async fn change(
    _: Owner,
    page: Page,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<SettingsForm>,
) -> Result<Response, DeskError> {
    let wrong = match form.settings(desk.settings().await?) {
        Err(field) => FieldError::new(&page, field),
        Ok(settings) => match desk
            .change_settings(settings, &page.author(), &client)
            .await
        {
            Ok(_) => return Ok(Redirect::to("/settings?saved=yes").into_response()),
            Err(DeskError::Catalogue(CatalogueError::Invalid { field, .. })) => {
                FieldError::new(&page, field)
            }
            Err(DeskError::Camera(reason)) => FieldError {
                field: "camera",
                text: page.words.message(&reason),
            },
            Err(error) => return Err(error),
        },
    };
    let mut template = SettingsPage::new(page, &desk, form).await?;
    template.wrong = Some(wrong);
    refused(&template)
}

/// A password, twice, and the present one of the user who sets it.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    role: Role,
    #[serde(default)]
    former: String,
    password: String,
    again: String,
}

/// Sets the password of the account `owner` or `staff`, which ends its sessions.
pub(super) async fn password(
    _: Owner,
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, DeskError> {
    let wrong = if form.password == form.again {
        let account = form.role.name().to_owned();
        let set = desk.set_password(&client, &person, account, form.former, form.password);
        match set.await {
            Ok(cookies) => return Ok(account::set(cookies, "/settings?saved=yes")),
            Err(error) => account::wrong(&error).ok_or(error)?,
        }
    } else {
        "password-wrong-again"
    };
    let settings = desk.settings().await?;
    let mut template = SettingsPage::new(page, &desk, SettingsForm::of(&settings)).await?;
    let wrong = template.page.t(wrong);
    for password in &mut template.passwords {
        password.wrong = (password.role == form.role).then(|| wrong.clone());
    }
    refused(&template)
}
