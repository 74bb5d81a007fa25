//! What is counted, in the form that Prometheus reads
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): numbers alone, of nobody.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::extract::{Session, Visitor};
use super::{Desk, DeskError};
use catalogue::{Catalogue, Totals};
use crate::kiosk::Live;

/// Upper bounds of the histogram of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// What the desk counts itself.
pub(super) struct Metrics {
    requests: Family<Route, Counter>,
    seconds: Histogram,
    wrong_passwords: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    /// The route's pattern, never the address itself: that may name an animal.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: String,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            wrong_passwords: Counter::default(),
        }
    }

    pub(super) fn wrong_password(&self) {
        self.wrong_passwords.inc();
    }

    /// All that is counted at this moment.
    fn registry(&self, live: &Live, totals: Option<Totals>) -> Registry {
        let mut registry = Registry::with_prefix("kiosk");
        registry.register(
            "http_requests",
            "Requests by route and status",
            self.requests.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time until an answer began",
            self.seconds.clone(),
        );
        registry.register(
            "wrong_passwords",
            "Attempts to log in that failed",
            self.wrong_passwords.clone(),
        );
        let counts = &live.counts;
        for (name, help, count) in [
            ("frames", "Frames from the camera", counts.frames),
            ("looks", "Frames that the network looked at", counts.looks),
            ("answers", "Arrivals that got an answer", counts.answers),
        ] {
            registry.register(name, help, ConstCounter::new(count));
        }
        for (name, help, value) in [
            ("look_seconds", "Mean time of a look", counts.look_ms / 1e3),
            ("uptime_seconds", "Time since the start", counts.uptime_s),
        ] {
            registry.register(name, help, ConstGauge::new(value));
        }
        let notices = Family::<Part, Gauge>::default();
        for notice in &live.notices {
            let part = notice.part.to_string();
            notices.get_or_create(&Part { part }).inc();
        }
        registry.register("notices", "What does not work as it should", notices);
        if let Some(totals) = totals {
            for (name, help, count) in [
                ("animals", "Animals in the catalogue", totals.animals),
                ("visits", "Visits in the catalogue", totals.visits),
                (
                    "photograph_bytes",
                    "Bytes of the photographs that are kept",
                    totals.photograph_bytes,
                ),
            ] {
                registry.register(name, help, ConstGauge::new(count));
            }
        }
        registry
    }
}

pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/metrics", get(scrape))
        .route("/health", get(health))
}

/// Counts a request and how long it took.
pub(super) async fn count(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "none".to_owned(),
    };
    let response = next.run(request).await;
    let metrics = &desk.0.metrics;
    metrics.seconds.observe(start.elapsed().as_secs_f64());
    let status = response.status().as_u16();
    metrics
        .requests
        .get_or_create(&Route { route, status })
        .inc();
    response
}

/// For Prometheus on this machine without login, for others with one.
async fn scrape(
    State(desk): State<Desk>,
    visitor: Visitor,
    session: Option<Session>,
) -> Result<Response, DeskError> {
    if !visitor.local && session.is_none() {
        return Err(DeskError::LoginNeeded);
    }
    let live = desk.kiosk().live().borrow().clone();
    let totals = desk.catalogue(Catalogue::totals).await.ok();
    let registry = desk.0.metrics.registry(&live, totals);
    let mut text = String::new();
    text::encode(&mut text, &registry).map_err(|_| DeskError::Internal)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// For monitors, without login and without details: whether the kiosk does its work.
async fn health(State(desk): State<Desk>) -> (StatusCode, &'static str) {
    match desk.works().await {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not working\n"),
    }
}

impl Desk {
    /// Whether the kiosk is at work and its catalogue answers. It goes on without a camera or a
    /// display: what is wrong with those the page says.
    pub(super) async fn works(&self) -> bool {
        self.kiosk().live().has_changed().is_ok() && self.settings().await.is_ok()
    }
}
