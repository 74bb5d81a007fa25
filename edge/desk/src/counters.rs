//! What the desk counts, and all figures in the form that Prometheus reads
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). They are of nobody: no name and no
//! address of an animal or a person is among them.

use std::fmt;
use std::time::Duration;

use catalogue::Totals;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::kiosk::Live;

/// Upper bounds of the histogram of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// What the desk counts itself.
pub(crate) struct Counters {
    requests: Family<Route, Counter>,
    seconds: Histogram,
    wrong_passwords: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    /// The pattern of the route, never the address itself: that may name an animal.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: String,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            wrong_passwords: Counter::default(),
        }
    }
}

impl Counters {
    /// Counts a wrong password.
    pub(crate) fn wrong_password(&self) {
        self.wrong_passwords.inc();
    }

    /// Counts a request by the pattern of its route, its status and the time that it took.
    pub(crate) fn request(&self, route: String, status: u16, spent: Duration) {
        self.seconds.observe(spent.as_secs_f64());
        self.requests.get_or_create(&Route { route, status }).inc();
    }

    /// All figures of this moment, as text.
    ///
    /// # Errors
    /// Never: a string accepts whatever is written to it.
    pub(crate) fn text(&self, live: &Live, totals: Option<Totals>) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry(live, totals))?;
        Ok(text)
    }

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
            ("looks", "Predictions of the network", counts.predictions),
            ("answers", "Arrivals that got an answer", counts.answers),
        ] {
            registry.register(name, help, ConstCounter::new(count));
        }
        let prediction_seconds = counts.prediction_ms / 1e3;
        for (name, help, value) in [
            (
                "look_seconds",
                "Mean time of a prediction",
                prediction_seconds,
            ),
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
                    "Bytes of the stored photographs",
                    totals.photograph_bytes,
                ),
            ] {
                registry.register(name, help, ConstGauge::new(count));
            }
        }
        registry
    }
}
