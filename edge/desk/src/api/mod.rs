//! The JSON API under `/api/v1`: whatever the page can do, programs can do.
//!
//! A route and its description cannot differ: `routes!` takes both from the handler, so that the
//! OpenAPI document lacks none.

mod about;
mod animals;
mod bookings;
mod clock;
mod description;
mod entity_tag;
mod events;
mod expected;
mod files;
mod import;
mod learnt;
mod live;
mod owners;
mod people;
mod report;
mod routes;
mod session;
mod settings;
mod stays;
mod tokens;
mod types;
mod visits;
mod webhook;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use catalogue::AnimalId;
use jiff::civil::Date;
use recognise::{BreedId, Metadata};
use serde::Serialize;
use utoipa::openapi::{Content, RefOr, ResponseBuilder, response::Response};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::breeds;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::limits::{PART_BYTES, PHOTOGRAPH_BYTES};
use crate::problem::Problem;

use self::routes::{Api, routes};

pub use description::description;
pub(crate) use types::{Press, Stage, WebhookEvent};

/// The most entries of a list at a time.
const MOST: usize = 500;

/// The longest query, in bytes; longer than any name.
const LONGEST_QUERY: usize = 1000;

pub(crate) fn router() -> Router<Desk> {
    all().router()
}

/// All routes.
fn all() -> Api {
    let api = of_live(Api::default());
    let api = of_visits(api);
    let api = of_animals(api);
    let api = of_house(api);
    let api = of_people(api);
    of_kiosk(api)
}

/// Adds logging in, and what is on the screen.
fn of_live(api: Api) -> Api {
    let photographs = Api::default()
        .routes(routes!(live::photograph))
        .limited(DefaultBodyLimit::max(PHOTOGRAPH_BYTES + PART_BYTES));
    api.routes(routes!(session::login))
        .routes(routes!(session::session))
        .routes(routes!(session::logout))
        .routes(routes!(live::live))
        .routes(routes!(live::events))
        .routes(routes!(live::screen))
        .routes(routes!(live::camera))
        .routes(routes!(live::press))
        .routes(routes!(live::focus))
        .merge(photographs)
}

/// Adds the visits.
fn of_visits(api: Api) -> Api {
    api.routes(routes!(visits::of_day))
        .routes(routes!(visits::needs_call))
        .routes(routes!(visits::confirm_all))
        .routes(routes!(visits::one, visits::delete))
        .routes(routes!(visits::confirm))
        .routes(routes!(visits::undo))
        .routes(routes!(visits::take_guest_off))
        .routes(routes!(visits::no_animal))
        .routes(routes!(visits::photograph))
        .routes(routes!(visits::history))
        .routes(routes!(visits::suggestions))
}

/// Adds the animals, their stays and their owners.
fn of_animals(api: Api) -> Api {
    api.routes(routes!(animals::search, animals::add))
        .routes(routes!(animals::one, animals::change, animals::delete))
        .routes(routes!(animals::visits))
        .routes(routes!(animals::photograph))
        .routes(routes!(animals::history))
        .routes(routes!(animals::duplicates))
        .routes(routes!(animals::merge))
        .routes(routes!(animals::merged))
        .routes(routes!(animals::split))
        .routes(routes!(stays::in_house))
        .routes(routes!(stays::check_out, stays::undo_check_out))
        .routes(routes!(stays::check_out_forgotten))
        .routes(routes!(stays::stay, stays::note))
        .routes(routes!(owners::search, owners::add))
        .routes(routes!(owners::one, owners::change, owners::erase))
        .routes(routes!(owners::animals))
        .routes(routes!(owners::history))
}

/// Adds the report, who is expected, the settings of the daycare, and the clock.
fn of_house(api: Api) -> Api {
    let import = Api::default()
        .routes(routes!(import::import))
        .limited(DefaultBodyLimit::disable());
    api.routes(routes!(report::report))
        .routes(routes!(expected::of_day))
        .routes(routes!(expected::expect, expected::unexpect))
        .routes(routes!(bookings::of_animal, bookings::book))
        .routes(routes!(bookings::cancel))
        .merge(import)
        .routes(routes!(settings::read, settings::change))
        .routes(routes!(settings::history))
        .routes(routes!(clock::read))
        .routes(routes!(clock::confirm))
}

/// Adds people and programs, and what they did.
fn of_people(api: Api) -> Api {
    api.routes(routes!(people::accounts))
        .routes(routes!(people::set_role, people::remove))
        .routes(routes!(people::set_password))
        .routes(routes!(people::set_own_password))
        .routes(routes!(people::invitations, people::invite))
        .routes(routes!(people::withdraw))
        .routes(routes!(people::accept))
        .routes(routes!(people::sessions))
        .routes(routes!(people::end_session))
        .routes(routes!(people::audit))
        .routes(routes!(people::audit_csv))
        .routes(routes!(tokens::list, tokens::make))
        .routes(routes!(tokens::revoke))
        .routes(routes!(webhook::read, webhook::set, webhook::remove))
}

/// Adds the files of the catalogue, and the kiosk about itself.
fn of_kiosk(api: Api) -> Api {
    let restore = Api::default()
        .routes(routes!(files::restore))
        .limited(DefaultBodyLimit::disable());
    api.routes(routes!(files::animals))
        .routes(routes!(files::visits))
        .routes(routes!(files::owners))
        .routes(routes!(files::catalogue))
        .routes(routes!(files::family))
        .routes(routes!(files::backup))
        .merge(restore)
        .routes(routes!(about::health))
        .routes(routes!(about::breeds))
        .routes(routes!(learnt::list))
        .routes(routes!(learnt::forget))
        .routes(routes!(learnt::learn))
        .routes(routes!(about::openapi))
}

/// A problem as the API reports it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What is the matter, in one line.
    pub(crate) error: String,
    /// What to tell people in the language that the request asks for, if there is a text for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The visit as it is now, if the request was given for an earlier revision of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<types::Visit>,
    /// The number of the animal that the one that was asked for is now, if it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    merged_into: Option<AnimalId>,
}

impl ErrorBody {
    /// The problem, and what to tell people about it.
    pub(crate) fn new(problem: Problem, reason: Option<String>) -> Self {
        Self {
            error: problem.message,
            reason,
            visit: problem.visit.map(|visit| (*visit).into()),
            merged_into: problem.merged_into,
        }
    }
}

/// What every route answers if it does not do what was asked.
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
            ("4XX".to_owned(), problem("The request was refused")),
            ("5XX".to_owned(), problem("The kiosk failed, or is busy")),
        ])
    }
}

/// The day that was asked for, or today.
///
/// # Errors
/// [`DeskError::Invalid`] for a year that makes no sense.
fn day(asked: Option<Date>) -> Result<Date, DeskError> {
    let day = asked.unwrap_or_else(|| catalogue::now().date());
    if (2000..=2100).contains(&day.year()) {
        Ok(day)
    } else {
        let message = "the day must be in the years 2000 to 2100";
        Err(DeskError::Invalid(message.to_owned()))
    }
}

/// Checks what a search asks for.
///
/// # Errors
/// [`DeskError::Invalid`] for a query that is longer than any name, or an offset that is beyond the
/// end of any list.
fn check_search(query: &str, offset: usize) -> Result<(), DeskError> {
    if query.len() > LONGEST_QUERY {
        return Err(DeskError::Invalid("the query is too long".to_owned()));
    }
    if offset > i32::MAX as usize {
        return Err(DeskError::Invalid("the offset is too large".to_owned()));
    }
    Ok(())
}

/// The breed that somebody sent: by its id, or by any of its names.
///
/// # Errors
/// [`DeskError::Invalid`] for any other.
fn breed(sent: &str, metadata: &Metadata) -> Result<BreedId, DeskError> {
    breeds::named(metadata, sent).ok_or_else(|| {
        let message = "there is no such breed; /api/v1/breeds lists them with their names";
        DeskError::Invalid(message.to_owned())
    })
}
