//! The JSON API under `/api/v1`: what the page can do, other programs can.
//!
//! A route and its description are one: [`routes!`] takes both from the handler, so that the
//! OpenAPI document lacks none.

mod about;
mod animals;
mod expected;
mod files;
mod live;
mod session;
mod settings;
mod visits;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use jiff::Zoned;
use jiff::civil::Date;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, RefOr, ResponseBuilder, response::Response};
use utoipa::{IntoResponses, PartialSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::ErrorBody;
use super::upload::LARGEST_PHOTOGRAPH;
use super::{Desk, DeskError};
use recognise::Metadata;

/// How programs use it, for whoever reads the description.
const ABOUT: &str = "POST the password to /api/v1/login, keep the cookie it sets, and send the \
    token it answers in the header X-CSRF-Token with every POST, PUT and DELETE. Errors are \
    {\"error\": \"one line\"}.";

/// What stands beside a photograph in a form, in bytes, at the most.
const AROUND_A_PHOTOGRAPH: usize = 64 << 10;

pub(super) fn router() -> Router<Desk> {
    parts().0
}

/// The OpenAPI description of all routes.
#[must_use]
pub fn description() -> OpenApi {
    let mut description = parts().1;
    description.info = InfoBuilder::new()
        .title("Breed Kiosk")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    let components = description.components.get_or_insert_default();
    let cookie = ApiKeyValue::new("kiosk_session");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    description
}

fn parts() -> (Router<Desk>, OpenApi) {
    let photographs = OpenApiRouter::new()
        .routes(routes!(live::photograph))
        .layer(DefaultBodyLimit::max(
            LARGEST_PHOTOGRAPH + AROUND_A_PHOTOGRAPH,
        ));
    let restore = OpenApiRouter::new()
        .routes(routes!(files::restore))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::session))
        .routes(routes!(session::logout))
        .routes(routes!(live::live))
        .routes(routes!(live::events))
        .routes(routes!(live::screen))
        .routes(routes!(live::press))
        .merge(photographs)
        .routes(routes!(visits::of_day))
        .routes(routes!(visits::needs_call))
        .routes(routes!(visits::confirm_all))
        .routes(routes!(visits::one))
        .routes(routes!(visits::settle))
        .routes(routes!(visits::photograph))
        .routes(routes!(visits::history))
        .routes(routes!(visits::suggestions))
        .routes(routes!(animals::search, animals::add))
        .routes(routes!(animals::one, animals::change, animals::delete))
        .routes(routes!(animals::visits))
        .routes(routes!(animals::history))
        .routes(routes!(expected::of_day))
        .routes(routes!(expected::expect, expected::unexpect))
        .routes(routes!(settings::read, settings::change))
        .routes(routes!(settings::history))
        .routes(routes!(files::animals))
        .routes(routes!(files::visits))
        .routes(routes!(files::catalogue))
        .routes(routes!(files::backup))
        .merge(restore)
        .routes(routes!(about::health))
        .routes(routes!(about::breeds))
        .routes(routes!(about::openapi))
        .split_for_parts()
}

/// What every route answers when it does not do what was asked.
struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |description: &str| {
            let content = Content::new(Some(ErrorBody::schema()));
            let response = ResponseBuilder::new()
                .description(description)
                .content("application/json", content);
            RefOr::T(response.build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), problem("What was sent cannot be done")),
            ("5XX".to_owned(), problem("The kiosk cannot, or is busy")),
        ])
    }
}

/// The day that was asked for, or today; no absurd one.
fn day(asked: Option<Date>) -> Result<Date, DeskError> {
    let day = asked.unwrap_or_else(|| Zoned::now().date());
    match (2000..=2100).contains(&day.year()) {
        true => Ok(day),
        false => Err(DeskError::Invalid(
            "the day must be of the years 2000 to 2100".to_owned(),
        )),
    }
}

/// Refuses a breed that neither the network nor the catalogue has a name for.
fn check_breed(breed: &str, metadata: &Metadata) -> Result<(), DeskError> {
    let is_known = breed == catalogue::OTHER_BREED
        || metadata.breeds.iter().any(|known| known.id == breed);
    match is_known {
        true => Ok(()),
        false => Err(DeskError::Invalid(
            "no such breed; /api/v1/breeds lists them".to_owned(),
        )),
    }
}
