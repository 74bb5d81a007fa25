//! Figures for Prometheus.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::counters::Readings;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Reader;
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<Desk> {
    Router::new().route("/metrics", get(scrape))
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

/// The figures: without a login for Prometheus on this machine, with one or a token for others.
async fn scrape(
    State(desk): State<Desk>,
    visitor: Visitor,
    reader: Option<Reader>,
) -> Result<Response, DeskError> {
    if !visitor.is_local && reader.is_none() {
        return Err(DeskError::LoginNeeded);
    }
    let live = Arc::clone(&desk.kiosk().live().borrow());
    let readings = Readings {
        live,
        totals: desk.totals().await,
        disk: desk.disk().await,
        jobs: desk.0.queues.jobs(),
        commands: desk.kiosk().waiting(),
        webhook: desk.0.webhook.progress(),
    };
    let text = desk.0.counters.text(&readings);
    let text = text.map_err(|error| DeskError::internal("the metrics cannot be encoded", error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
