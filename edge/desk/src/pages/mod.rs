//! The pages that staff use all day, rendered by the kiosk itself. They work with forms and links
//! alone; the script makes them quicker.
//!
//! A handler asks for [`page::Page`], the frame of its page, and thereby for a session. It makes all
//! that it shows in one job of the catalogue's queue, in the texts of [`words::Words`].

mod account;
mod adopted;
mod animal;
mod animal_fields;
mod animal_form;
mod animals;
mod arrivals;
mod assets;
mod audit;
mod authority;
mod backups;
mod bookings;
mod breeds;
mod card;
mod care;
mod changes;
mod charts;
mod code128;
mod confirm;
mod day;
mod duplicates;
mod expected;
mod export;
mod field_error;
mod former;
mod guess;
mod import;
mod in_house;
mod invitation;
mod kept_form;
mod learnt;
mod listing;
mod live;
mod login;
mod meanwhile;
mod merge;
mod newcomer;
mod owner_choice;
mod owner_form;
mod owners;
mod page;
mod people;
mod problem;
mod programs;
mod queue;
mod report;
mod rows;
mod sessions;
mod settings;
mod setup;
mod setup_camera;
mod setup_code;
mod setup_house;
mod setup_keep;
mod sought;
mod status;
mod stay;
mod telephone;
mod unconfirmed;
mod undo;
mod visit;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::desk::Desk;

pub(crate) use problem::problem;

/// Every page, its forms, and the files that pages load.
pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .merge(of_visits())
        .merge(of_animals())
        .merge(of_house())
        .merge(of_settings())
        .merge(of_readers())
        .merge(setup::router())
        .merge(assets::router())
}

/// The live view, and what staff decide about visits.
fn of_visits() -> Router<Desk> {
    Router::new()
        .route("/", get(live::live))
        .route("/press/{button}", post(live::press))
        .route("/focus/{id}", post(arrivals::focus))
        .route("/queue", get(queue::queue))
        .route("/unconfirmed", get(unconfirmed::unconfirmed))
        .route("/today", get(day::day))
        .route("/visits/settle", post(day::confirm_all))
        .route("/visits/{id}", get(visit::visit))
        .route("/visits/{id}/settle", post(confirm::confirm))
        .route("/visits/{id}/newcomer", post(newcomer::newcomer))
        .route("/visits/{id}/stay", post(stay::note))
        .route("/visits/{id}/undo", post(undo::undo))
        .route("/visits/{id}/guest/remove", post(undo::take_guest_off))
        .route("/visits/{id}/no-animal", post(undo::no_animal))
        .route("/visits/{id}/delete", post(undo::delete))
}

/// The animals, with their stays and bookings.
fn of_animals() -> Router<Desk> {
    Router::new()
        .route("/animals", get(animals::animals))
        .route("/animals/new", get(animal_form::new).post(animal_form::add))
        .route("/animals/{id}", get(animal::animal))
        .route("/animals/{id}/card", get(card::card))
        .route("/animals/{id}/check-out", post(stay::check_out))
        .route("/animals/{id}/check-in", post(stay::undo_check_out))
        .route("/animals/{id}/bookings", post(bookings::add))
        .route("/bookings/{id}/cancel", post(bookings::cancel))
        .route(
            "/animals/{id}/edit",
            get(animal_form::edit).post(animal_form::change),
        )
        .route("/animals/{id}/merge", get(merge::ask).post(merge::merge))
        .route("/animals/{id}/split", post(merge::split))
        .route("/animals/{id}/forget", post(animal::forget))
}

/// Who is in the house or expected, the owners, the report, and a catalogue that can only be read.
fn of_house() -> Router<Desk> {
    Router::new()
        .route("/former", get(former::former))
        .route("/former/backup.tar", get(former::backup))
        .route("/former/{file}", get(former::file))
        .route("/in-house", get(in_house::in_house))
        .route("/in-house/overdue", post(stay::check_out_overdue))
        .route("/owners", get(owners::owners))
        .route("/owners/new", get(owner_form::new).post(owner_form::add))
        .route("/owners/{id}", get(owners::owner))
        .route(
            "/owners/{id}/edit",
            get(owner_form::edit).post(owner_form::change),
        )
        .route("/owners/{id}/erase", post(owners::erase))
        .route("/report", get(report::report))
        .route("/expected", get(expected::expected).post(expected::add))
        .route("/expected/remove", post(expected::remove))
        .route(
            "/expected/import",
            get(import::ask)
                .post(import::preview)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/expected/import/write", post(import::write))
}

/// The settings with people and programs, the export, and the kiosk's own state.
fn of_settings() -> Router<Desk> {
    Router::new()
        .route("/settings", get(settings::settings).post(settings::change))
        .route("/settings/password", post(settings::password))
        .route("/settings/people", get(people::people))
        .route("/settings/people/invite", post(people::invite))
        .route("/settings/people/withdraw", post(people::withdraw))
        .route("/settings/people/role", post(people::set_role))
        .route("/settings/people/remove", post(people::remove))
        .route("/settings/people/revoke", post(people::revoke))
        .route("/settings/audit", get(audit::audit))
        .route(
            "/settings/backups",
            get(backups::backups).post(backups::set),
        )
        .route("/settings/backups/remove", post(backups::remove))
        .route("/settings/programs", get(programs::programs))
        .route("/settings/programs/tokens", post(programs::make_token))
        .route("/settings/programs/revoke", post(programs::revoke_token))
        .route("/settings/programs/webhook", post(programs::set_webhook))
        .route(
            "/export",
            get(export::export)
                .post(export::restore)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/status", get(status::status))
        .route("/status/clock", post(status::confirm_clock))
        .route("/status/breeds/forget", post(learnt::forget))
        .route("/status/breeds/learn", post(learnt::learn))
}

/// Logging in, and what readers change about themselves.
fn of_readers() -> Router<Desk> {
    Router::new()
        .route("/login", get(login::login).post(login::submit))
        .route("/logout", post(login::logout))
        .route("/authority", get(authority::authority))
        .route("/authority.crt", get(authority::certificate))
        .route("/invitation", get(invitation::ask).post(invitation::accept))
        .route("/account", get(account::account))
        .route("/account/password", post(account::password))
        .route("/account/revoke", post(account::revoke))
        .route("/language", post(login::choose_language))
}
