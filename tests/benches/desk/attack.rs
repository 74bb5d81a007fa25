//! Measures what strangers without a login can do to a kiosk that is at work: its memory while login forms arrive
//! byte by byte, and how long somebody who is logged in waits among silent connections.

use std::path::Path;
use std::time::{Duration, Instant};

use tests::attack::{SilentCrowd, slow_forms, visit};
use tests::client::Client;
use tests::figures::{Figures, Times};
use tokio::time::sleep;

use crate::{WATCHED, entrance, load};

/// The time between two frames.
const PACE: Duration = Duration::from_millis(100);

/// Login forms at a time, and the bytes of each.
const FORMS: (usize, usize) = (64, 250_000);

/// Connections that say nothing.
const SILENT: usize = 1000;

/// The pages that are opened among them, each on a new connection.
const PAGES: usize = 200;

pub(crate) async fn measure(data: &Path, figures: &mut Figures) {
    let mut entrance = entrance::start(data, PACE);
    let client = Client::log_in(&entrance.program.login_link()).await;
    entrance.show_guest();
    let predictions = tokio::spawn(load::keep_predicting(client.clone()));
    sleep(Duration::from_secs(5)).await;

    let start = Predictions::so_far(&client).await;
    sleep(WATCHED).await;
    start.add_rate("predictions before", &client, figures).await;

    let start = Predictions::so_far(&client).await;
    let (forms, bytes) = FORMS;
    let taken = slow_forms(&entrance.program, forms, bytes).await;
    figures.add("memory before the slow forms", "MB", taken.before);
    figures.add("memory during them, at most", "MB", taken.most);
    start
        .add_rate("predictions during them", &client, figures)
        .await;

    let crowd = SilentCrowd::gather(&entrance.program, SILENT).await;
    let start = Predictions::so_far(&client).await;
    let mut times = Times::default();
    let end = Instant::now() + WATCHED;
    while Instant::now() < end {
        for time in visit(&client, PAGES).await {
            times.push(time);
        }
    }
    figures.add_times("pages among silent connections", &times);
    start
        .add_rate("predictions among them", &client, figures)
        .await;
    drop(crowd);
    predictions.abort();
}

/// How many predictions there were at a moment.
struct Predictions {
    count: f64,
    at: Instant,
}

impl Predictions {
    async fn so_far(client: &Client) -> Self {
        Self {
            count: client.counts().await["looks"].as_f64().unwrap_or(0.0),
            at: Instant::now(),
        }
    }

    /// Adds how many there were a second since.
    async fn add_rate(self, name: &str, client: &Client, figures: &mut Figures) {
        let now = Self::so_far(client).await;
        let seconds = (now.at - self.at).as_secs_f64();
        figures.add(name, "/s", (now.count - self.count) / seconds);
    }
}
