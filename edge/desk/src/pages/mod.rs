//! The pages that staff use all day, rendered by the kiosk itself; forms and links do all the
//! work, and the script only makes it quicker.
//!
//! A page asks for [`page::Page`], its frame, and so for a session; what it shows it makes in one
//! go in the catalogue's thread, in the words of [`words::Words`].

mod animal_form;
mod animals;
mod assets;
mod breeds;
mod day;
mod expected;
mod export;
mod live;
mod login;
mod page;
mod problem;
mod queue;
mod rows;
mod settings;
mod settle;
mod status;
mod visit;
mod words;
mod wrong;

use axum::Router;
use axum::routing::{get, post};

use super::Desk;

pub(super) use self::login::login;
pub(super) use self::problem::problem;

/// Every page, its forms, and the files that pages load.
pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/", get(live::live))
        .route("/press/{button}", post(live::press))
        .route("/queue", get(queue::queue))
        .route("/today", get(day::day))
        .route("/visits/settle", post(day::confirm_all))
        .route("/visits/{id}", get(visit::visit))
        .route("/visits/{id}/settle", post(settle::settle))
        .route("/visits/{id}/newcomer", post(settle::newcomer))
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
        .merge(assets::router())
}
