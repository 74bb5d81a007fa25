//! Counts what the desk does, and writes all figures in the form that Prometheus reads
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). They are anonymous: no name and
//! no address of an animal or a person is among them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use catalogue::Totals;
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use recognise::VerdictKind;

use crate::disk::Disk;
use crate::kiosk::{Backups, ClockSource, Counts, LinkView, Links, Live, Machine, Part};
use crate::webhook::Progress;

/// Upper bounds of the histogram of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// What the desk counts itself.
pub(crate) struct Counters {
    requests: Family<Route, Counter>,
    seconds: Histogram,
    wrong_passwords: Counter,
    wrong_tokens: Counter,
}

/// What others know at this moment.
pub(crate) struct Readings {
    pub(crate) live: Arc<Live>,
    /// `None` if the catalogue does not answer.
    pub(crate) totals: Option<Totals>,
    /// `None` if the disk does not answer.
    pub(crate) disk: Option<Disk>,
    /// How many jobs run or wait, by queue.
    pub(crate) jobs: [(&'static str, usize); 7],
    /// How many commands wait for the kiosk's thread.
    pub(crate) commands: usize,
    pub(crate) webhook: Progress,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    /// The pattern of the route, never the address itself: that may name an animal.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabel {
    part: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabel {
    queue: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LinkLabel {
    link: &'static str,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            wrong_passwords: Counter::default(),
            wrong_tokens: Counter::default(),
        }
    }
}

impl Counters {
    /// Counts a wrong password.
    pub(crate) fn wrong_password(&self) {
        self.wrong_passwords.inc();
    }

    /// Counts a wrong token.
    pub(crate) fn wrong_token(&self) {
        self.wrong_tokens.inc();
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
    pub(crate) fn text(&self, readings: &Readings) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("kiosk");
        self.register(&mut registry);
        register_counts(&mut registry, &readings.live.counts);
        register_verdicts(&mut registry, &readings.live.counts);
        register_parts(&mut registry, &readings.live);
        if let Some(backups) = &readings.live.backups {
            register_backups(&mut registry, backups);
        }
        register_links(&mut registry, &readings.live.links);
        register_machine(&mut registry, &readings.live.machine);
        if let Some(totals) = &readings.totals {
            register_totals(&mut registry, totals);
        }
        if let Some(disk) = &readings.disk {
            register_disk(&mut registry, disk);
        }
        register_queues(&mut registry, readings);
        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn register(&self, registry: &mut Registry) {
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
        registry.register(
            "wrong_tokens",
            "Requests with a token that is none or was revoked",
            self.wrong_tokens.clone(),
        );
    }
}

/// What the kiosk has done.
fn register_counts(registry: &mut Registry, counts: &Counts) {
    for (name, help, count) in [
        ("frames", "Frames from the camera", counts.frames),
        ("looks", "Predictions of the network", counts.predictions),
        (
            "detector_runs",
            "Runs of the network that finds animals",
            counts.detector_runs,
        ),
        (
            "frames_skipped",
            "Frames that a newer one replaced before anything was done with them",
            counts.skipped,
        ),
        (
            "frames_deferred",
            "Frames on which the networks rested from the run before",
            counts.deferred,
        ),
        ("answers", "Arrivals that got an answer", counts.answers),
    ] {
        registry.register(name, help, ConstCounter::new(count));
    }
    for (name, help, seconds) in [
        (
            "predicting_seconds",
            "Time spent on predictions",
            counts.predicting_s,
        ),
        (
            "detector_seconds",
            "Time spent on finding animals",
            counts.detector_s,
        ),
    ] {
        registry.register(name, help, ConstCounter::new(seconds));
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
}

/// Which first answers arrivals got.
fn register_verdicts(registry: &mut Registry, counts: &Counts) {
    let verdicts = Family::<VerdictLabel, Counter>::default();
    for (kind, count) in VerdictKind::ALL.into_iter().zip(counts.verdicts) {
        let verdict = kind.as_str();
        verdicts
            .get_or_create(&VerdictLabel { verdict })
            .inc_by(count);
    }
    registry.register(
        "verdicts",
        "Arrivals that got an answer, by the kind of the first answer",
        verdicts,
    );
}

/// How the parts of the kiosk are.
fn register_parts(registry: &mut Registry, live: &Live) {
    let notices = Family::<PartLabel, Gauge>::default();
    let working = Family::<PartLabel, Gauge>::default();
    for part in Part::ALL {
        let about = live.notices.iter().filter(|notice| notice.part == part);
        let count = about.count();
        let label = PartLabel {
            part: part.as_str(),
        };
        working.get_or_create(&label).set(i64::from(count == 0));
        for _ in 0..count {
            notices.get_or_create(&label).inc();
        }
    }
    registry.register("notices", "What does not work as it should", notices);
    registry.register(
        "part_up",
        "Whether nothing is wrong with a part of the kiosk",
        working,
    );
    registry.register(
        "camera_present",
        "Whether there is a camera, working or not",
        ConstGauge::new(u64::from(live.has_camera)),
    );
}

/// How the automatic backups are. The time of the newest one is missing while it is not known.
fn register_backups(registry: &mut Registry, backups: &Backups) {
    for (name, help, value) in [
        ("backups", "Automatic backups", backups.count as u64),
        (
            "backup_up",
            "Whether there is an automatic backup of the last day",
            u64::from(backups.failure.is_none()),
        ),
    ] {
        registry.register(name, help, ConstGauge::new(value));
    }
    if let Some(newest) = backups.newest {
        registry.register(
            "backup_newest_timestamp_seconds",
            "When the newest automatic backup was made, in seconds since 1970",
            ConstGauge::new(newest.as_second()),
        );
    }
}

/// A figure of a link: its name, what it is, and how it is read.
type LinkFigure = (&'static str, &'static str, fn(&LinkView) -> i64);

/// The figures of the links.
const LINK_FIGURES: [LinkFigure; 7] = [
    (
        "link_connected",
        "Whether the other side of a link is connected",
        |link| i64::from(link.is_connected),
    ),
    ("link_waiting", "Events that wait to be sent", |link| {
        signed(link.waiting)
    }),
    (
        "link_oldest_seconds",
        "Age of the oldest event that waits to be sent; 0 if none waits",
        |link| link.oldest.map_or(0, age),
    ),
    (
        "link_sent",
        "Events that the other side got since the start",
        |link| signed(link.sent),
    ),
    (
        "link_refused",
        "Events that the other side refused since the start",
        |link| signed(link.refused),
    ),
    (
        "link_dropped",
        "Events that waited longer than the settings allow",
        |link| signed(link.dropped),
    ),
    (
        "link_guests",
        "Animals that are known from other sites alone",
        |link| signed(link.guests),
    ),
];

/// How the links are that there are to be.
fn register_links(registry: &mut Registry, links: &Links) {
    for (name, help, figure) in LINK_FIGURES {
        let figures = Family::<LinkLabel, Gauge>::default();
        for (link, view) in [("hub", &links.hub), ("mqtt", &links.mqtt)] {
            if let Some(view) = view {
                figures.get_or_create(&LinkLabel { link }).set(figure(view));
            }
        }
        registry.register(name, help, figures);
    }
}

/// How the machine's clock is, and how its disk wears.
fn register_machine(registry: &mut Registry, machine: &Machine) {
    let is_confirmed = machine.clock == ClockSource::Network;
    registry.register(
        "clock_synchronised",
        "Whether a time server confirmed the clock lately",
        ConstGauge::new(u64::from(is_confirmed)),
    );
    if let Some(written) = machine.written {
        registry.register(
            "written_bytes",
            "Bytes that the kiosk wrote to disks since its start",
            ConstCounter::new(written.total),
        );
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many seconds ago something happened; 0 if it lies ahead, by a clock that was wrong.
fn age(at: Timestamp) -> i64 {
    Timestamp::now().duration_since(at).as_secs().max(0)
}

/// How much the catalogue holds.
fn register_totals(registry: &mut Registry, totals: &Totals) {
    for (name, help, count) in [
        ("animals", "Animals in the catalogue", totals.animals),
        ("visits", "Visits in the catalogue", totals.visits),
        (
            "unconfirmed_visits",
            "Visits that nobody confirmed",
            totals.unconfirmed,
        ),
        (
            "undecided_visits",
            "Visits whose breed staff have to decide",
            totals.undecided,
        ),
        (
            "photograph_bytes",
            "Bytes of the stored photographs",
            totals.photograph_bytes,
        ),
    ] {
        registry.register(name, help, ConstGauge::new(count));
    }
}

fn register_disk(registry: &mut Registry, disk: &Disk) {
    for (name, help, bytes) in [
        ("disk_size_bytes", "Size of the catalogue's disk", disk.size),
        (
            "disk_free_bytes",
            "Room that is free on the catalogue's disk",
            disk.free,
        ),
    ] {
        registry.register(name, help, ConstGauge::new(bytes));
    }
}

/// What waits, and what has become of the webhook's events.
fn register_queues(registry: &mut Registry, readings: &Readings) {
    let jobs = Family::<QueueLabel, Gauge>::default();
    for (queue, count) in readings.jobs {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        jobs.get_or_create(&QueueLabel { queue }).set(count);
    }
    registry.register("jobs", "Jobs of the desk that run or wait", jobs);
    let webhook = &readings.webhook;
    for (name, help, count) in [
        (
            "commands_waiting",
            "Commands that wait for the kiosk, photographs among them",
            readings.commands,
        ),
        (
            "webhook_waiting",
            "Events that wait for the webhook's receiver",
            webhook.waiting,
        ),
    ] {
        registry.register(name, help, ConstGauge::new(count as u64));
    }
    for (name, help, count) in [
        (
            "webhook_delivered",
            "Events that the webhook's receiver got",
            webhook.delivered,
        ),
        (
            "webhook_failures",
            "Attempts to deliver an event that failed",
            webhook.failures,
        ),
        (
            "webhook_given_up",
            "Events that the webhook's receiver never got",
            webhook.given_up,
        ),
    ] {
        registry.register(name, help, ConstCounter::new(count));
    }
}
