//! Measures memory over an accelerated day of arrivals.
//!
//! Every part of the kiosk takes part: camera frames, presence, the network, check-in, the screen, records with
//! photographs on disk, two pages that receive the events, and the requests of staff at each arrival. Only the
//! pace differs: frames come ten times as fast, and "new" is pressed instead of three seconds of thanks.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::client::Client;
use tests::figures::{Figures, Times};
use tests::process;
use tokio::time::sleep;

use crate::entrance::{self, Entrance, GUESTS, NOBODY};

/// The time between two frames.
const PACE: Duration = Duration::from_millis(10);

/// The time between two polls of the live state.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest wait for a stage.
const PATIENCE: Duration = Duration::from_secs(60);

/// Arrivals of a day, unless the variable `ARRIVALS` is set.
const ARRIVALS: usize = 10_000;

/// Memory is measured after each of this many arrivals.
const EVERY: usize = 1000;

pub(crate) async fn measure(data: &Path, figures: &mut Figures) {
    let arrivals = env::var("ARRIVALS")
        .ok()
        .and_then(|number| number.parse().ok());
    let arrivals = arrivals.unwrap_or(ARRIVALS);
    let mut entrance = entrance::start(data, PACE);
    let client = Client::log_in(&entrance.program.login_link()).await;
    for _ in 0..2 {
        let client = client.clone();
        tokio::spawn(async move { client.follow().await });
    }
    // The kiosk must see the empty entrance first.
    sleep(Duration::from_secs(2)).await;

    let id = entrance.program.id();
    let start = Instant::now();
    let mut pages = Times::default();
    for arrival in 0..=arrivals {
        if arrival.is_multiple_of(EVERY) || arrival == arrivals {
            let memory = process::memory(id);
            figures.add(
                &format!("memory after {arrival} arrivals"),
                "MB",
                memory.resident,
            );
            figures.add(
                &format!("of that anonymous, after {arrival}"),
                "MB",
                memory.anonymous,
            );
        }
        if arrival < arrivals {
            pages.push(arrive(&mut entrance, &client, arrival).await);
        }
    }
    figures.add("memory at its peak", "MB", process::memory(id).peak);
    let per_second = arrivals as f64 / start.elapsed().as_secs_f64();
    figures.add("arrivals", "/s", per_second);
    figures.add_times("live page during the day", &pages);
}

/// Runs one arrival, from an empty entrance to an empty entrance; returns the load time of the live page.
async fn arrive(entrance: &mut Entrance, client: &Client, number: usize) -> Duration {
    entrance.show(1 + number % GUESTS);
    let arrival = stage(client, &["answered"]).await;
    let visit = arrival["visit"].as_i64().expect("a record of the visit");
    let start = Instant::now();
    let page = client.get("/").await;
    let spent = start.elapsed();
    assert_eq!(page.status, 200);
    assert_eq!(client.get("/api/v1/live/screen.png").await.status, 200);

    // Every other guest is an animal of the catalogue.
    let animal = number.is_multiple_of(2).then_some(number + 1);
    let decision = json!({ "breed": arrival["candidates"][0]["breed"], "animal": animal });
    let confirmed = client
        .post(&format!("/api/v1/visits/{visit}/settle"), &decision)
        .await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    stage(client, &["settled", "thanks"]).await;

    entrance.show(NOBODY);
    // Frames that were sent before still show the guest.
    sleep(PACE * 5).await;
    client.post("/api/v1/press/new", &Value::Null).await;
    stage(client, &["empty"]).await;
    spent
}

/// Waits until the arrival has reached one of these stages.
async fn stage(client: &Client, stages: &[&str]) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let mut live = client.get("/api/v1/live").await.json();
        let now = live["arrival"]["stage"].as_str().unwrap_or_default();
        if stages.contains(&now) {
            return live["arrival"].take();
        }
        assert!(Instant::now() < end, "not in {stages:?}: {live}");
        sleep(PAUSE).await;
    }
}
