//! The pages that staff use all day, rendered by the kiosk itself. They work with forms and links
//! alone; the script makes them quicker.
//!
//! A handler asks for [`page::Page`], the frame of its page, and thereby for a session. It makes all
//! that it shows in one job of the catalogue's queue, in the texts of [`words::Words`].

mod animal_form;
mod animals;
mod assets;
mod breeds;
mod confirm;
mod day;
mod expected;
mod export;
mod field_error;
mod live;
mod login;
mod page;
mod problem;
mod queue;
mod rows;
mod settings;
mod status;
mod visit;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::desk::Desk;

pub(crate) use problem::problem;

/// Every page, its forms, and the files that pages load.
pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .route("/", get(live::live))
        .route("/press/{button}", post(live::press))
        .route("/queue", get(queue::queue))
        .route("/today", get(day::day))
        .route("/visits/settle", post(day::confirm_all))
        .route("/visits/{id}", get(visit::visit))
        .route("/visits/{id}/settle", post(confirm::confirm))
        .route("/visits/{id}/newcomer", post(confirm::newcomer))
        .route("/animals", get(animals::animals))
        .route("/animals/new", get(animal_form::new).post(animal_form::add))
        .route("/animals/{id}", get(animals::animal))
        .route(
            "/animals/{id}/edit",
            get(animal_form::edit).post(animal_form::change),
        )
        .route("/animals/{id}/forget", post(animals::forget))
        .route("/expected", get(expected::expected).post(expected::add))
        .route("/expected/remove", post(expected::remove))
        .route("/settings", get(settings::settings).post(settings::change))
        .route("/settings/password", post(settings::password))
        .route("/export", get(export::export))
        .route("/status", get(status::status))
        .route("/login", get(login::login).post(login::submit))
        .route("/logout", post(login::logout))
        .route("/language", post(login::choose_language))
        .merge(assets::router())
}
