//! The arrivals of some days in figures.

use axum::Json;
use axum::extract::{Query, State};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::types::Report;
use super::{Problems, day};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Reader;

#[derive(Deserialize, IntoParams)]
pub(super) struct ReportQuery {
    /// The first day, as in 2026-01-31; the default is the last day.
    from: Option<Date>,
    /// The last day, at most 365 days later; the default is the first day, or today.
    to: Option<Date>,
}

/// Arrivals by day, hour and breed, and how often the kiosk was right
#[utoipa::path(
    get,
    path = "/api/v1/report",
    operation_id = "get_report",
    tag = "visits",
    params(ReportQuery),
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Report), Problems)
)]
pub(super) async fn report(
    State(desk): State<Desk>,
    _: Reader,
    Query(query): Query<ReportQuery>,
) -> Result<Json<Report>, DeskError> {
    let to = day(query.to.or(query.from))?;
    let from = query.from.unwrap_or(to);
    let report = desk.catalogue(move |catalogue| catalogue.report(from, to));
    Ok(Json(report.await?.into()))
}
