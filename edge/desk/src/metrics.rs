//! Figures for Prometheus, and whether the kiosk works, for monitors.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .route("/metrics", get(scrape))
        .route("/health", get(health))
}

/// Counts a request and how long it took.
pub(crate) async fn count(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "none".to_owned(),
    };
    let response = next.run(request).await;
    let status = response.status().as_u16();
    desk.0.counters.request(route, status, start.elapsed());
    response
}

/// The figures: without a login for Prometheus on this machine, with one for others.
async fn scrape(
    State(desk): State<Desk>,
    visitor: Visitor,
    session: Option<Session>,
) -> Result<Response, DeskError> {
    if !visitor.is_local && session.is_none() {
        return Err(DeskError::LoginNeeded);
    }
    let live = desk.kiosk().live().borrow().clone();
    let totals = desk.totals().await;
    let text = desk.0.counters.text(&live, totals);
    let text = text.map_err(|error| DeskError::internal("the metrics cannot be encoded", error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Whether the kiosk works: for monitors, without a login and without details.
async fn health(State(desk): State<Desk>) -> (StatusCode, &'static str) {
    if desk.works().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not working\n")
    }
}
