//! The step of the wizard about the camera, with what it sees now.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::Settings;
use screens::locale::Message;
use serde::Deserialize;

use super::page::{Page, refused, show};
use super::setup::{Frame, Phone};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Part;
use crate::setup::Step;
use crate::work::blocking;

/// A camera in the list.
struct CameraRow {
    choice: String,
    name: String,
    is_used: bool,
}

#[derive(Template)]
#[template(path = "setup_camera.html")]
struct CameraPage {
    page: Page,
    frame: Frame,
    /// Empty where the configuration names the camera.
    rows: Vec<CameraRow>,
    /// The camera in use.
    current: String,
    is_fixed: bool,
    /// Why there is no picture, if the camera says so.
    why: Option<String>,
    /// The address that was typed and cannot be used.
    address: String,
}

impl CameraPage {
    async fn new(page: Page, desk: &Desk) -> Result<Self, DeskError> {
        let cameras = desk.cameras();
        let (listed, current, is_fixed) = blocking(move || {
            let is_fixed = cameras.is_fixed();
            let listed = if is_fixed { Vec::new() } else { cameras.list() };
            (listed, cameras.current(), is_fixed)
        })
        .await?;
        let mut rows: Vec<(String, String)> = (listed.into_iter())
            .map(|camera| {
                let name = named(&page.words, &camera.choice, &camera.name);
                (camera.choice, name)
            })
            .collect();
        if !is_fixed {
            rows.retain(|(choice, _)| choice != "auto" && choice != "none");
            rows.insert(0, ("auto".to_owned(), page.t("setup-camera-auto")));
            rows.push(("none".to_owned(), page.t("setup-camera-none")));
        }
        Ok(Self {
            frame: Frame::new(&page, Step::Camera),
            rows: (rows.into_iter())
                .map(|(choice, name)| CameraRow {
                    is_used: choice == current,
                    choice,
                    name,
                })
                .collect(),
            current: named(&page.words, &current, &current),
            is_fixed,
            why: camera_notice(desk).map(|message| page.words.message(&message)),
            address: String::new(),
            page,
        })
    }
}

/// What is wrong with the camera now.
fn camera_notice(desk: &Desk) -> Option<Message> {
    let live = desk.kiosk().live();
    let live = live.borrow();
    let mut notices = live.notices.iter().rev();
    let newest = notices.find(|notice| notice.part == Part::Camera)?;
    Some(newest.message.clone())
}

/// What people call a choice, whose camera calls itself so.
pub(super) fn named(words: &Words, choice: &str, name: &str) -> String {
    match choice {
        "auto" => words.t("setup-camera-auto"),
        "none" => words.t("setup-camera-none"),
        "csi" => words.message(&Message::new("setup-camera-csi").with("name", name)),
        _ => name.to_owned(),
    }
}

/// Shows what the camera sees, and the others.
pub(super) async fn camera(
    phone: Phone,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    show(&CameraPage::new(phone.page, &desk).await?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CameraForm {
    /// A camera of the list.
    choice: String,
    /// The address of a camera in the network.
    address: String,
    /// `yes` to go on with the camera in use.
    next: String,
}

/// Tries another camera, or goes on.
pub(super) async fn choose(
    phone: Phone,
    State(desk): State<Desk>,
    Form(form): Form<CameraForm>,
) -> Result<Response, DeskError> {
    if form.next == "yes" {
        return Ok(phone.go_on(&desk, Step::Camera, |draft| draft.has_camera = true));
    }
    let choices = [form.choice.trim(), form.address.trim()];
    let choice = choices.into_iter().find(|choice| !choice.is_empty());
    let Some(choice) = choice.map(str::to_owned) else {
        return Ok(Redirect::to(Step::Camera.address()).into_response());
    };
    let settings = Settings {
        camera: Some(choice.clone()),
        ..Settings::default()
    };
    let reason = if settings.check().is_err() {
        Some(Message::new("wrong-camera"))
    } else {
        match desk.choose_camera(choice.clone()).await {
            Ok(()) => None,
            Err(DeskError::Camera(reason)) => Some(reason),
            Err(error) => return Err(error),
        }
    };
    let Some(reason) = reason else {
        // The same step again, with the picture of this one.
        return Ok(phone.go_on(&desk, Step::Place, |draft| draft.camera = Some(choice)));
    };
    let mut template = CameraPage::new(phone.page, &desk).await?;
    template.frame.wrong = Some(template.page.words.message(&reason));
    template.address = form.address;
    refused(&template)
}

/// What the camera sees now.
pub(super) async fn picture(_: Phone, State(desk): State<Desk>) -> Result<Response, DeskError> {
    let jpeg = desk.camera_picture().await?;
    let jpeg = jpeg.ok_or(DeskError::Missing("picture yet"))?;
    Ok(([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}
