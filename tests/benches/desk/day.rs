//! A day of arrivals, sped up: does memory grow?
//!
//! Everything of the kiosk takes part: a camera's frames, presence, the network, check-in, the screen's
//! pictures, records with photographs on disk, two pages that follow the events, and what staff ask for at
//! each arrival. Left out is the pace: frames come ten times as fast, and "new" is pressed where the screen
//! would say thank you for three seconds.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client::Client;
use crate::entrance::{self, Entrance, GUESTS, NOBODY};
use crate::figures::{Figures, Times};
use crate::process;

/// Between two frames.
const PACE: Duration = Duration::from_millis(10);

/// Between two looks at the screen.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a stage may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Arrivals of a day, where `ARRIVALS` says nothing.
const ARRIVALS: usize = 10_000;

/// How often memory is looked at.
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
    // The kiosk has to see the empty entrance first.
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
                &format!("of that no file's, after {arrival}"),
                "MB",
                memory.own,
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

/// One arrival, from nobody to nobody; how long the live page took to load.
async fn arrive(entrance: &mut Entrance, client: &Client, number: usize) -> Duration {
    entrance.show(1 + number % GUESTS);
    let arrival = stage(client, &["answered"]).await;
    let visit = arrival["visit"].as_i64().expect("a record of the visit");
    let start = Instant::now();
    let page = client.get("/").await;
    let spent = start.elapsed();
    assert_eq!(page.status, 200);
    assert_eq!(client.get("/api/v1/live/screen.png").await.status, 200);

    // Every other guest is known by name.
    let animal = number.is_multiple_of(2).then_some(number + 1);
    let said = json!({ "breed": arrival["candidates"][0]["breed"], "animal": animal });
    let settled = client
        .post(&format!("/api/v1/visits/{visit}/settle"), &said)
        .await;
    assert_eq!(settled.status, 200, "{}", settled.text());
    stage(client, &["settled", "thanks"]).await;

    entrance.show(NOBODY);
    // The frames on their way still show the guest.
    sleep(PACE * 5).await;
    client.post("/api/v1/press/new", &Value::Null).await;
    stage(client, &["empty"]).await;
    spent
}

/// Waits until the arrival has got to one of these stages.
async fn stage(client: &Client, stages: &[&str]) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let mut live = client.get("/api/v1/live").await.json();
        let now = live["arrival"]["stage"].as_str().unwrap_or_default();
        if stages.contains(&now) {
            return live["arrival"].take();
        }
        assert!(Instant::now() < end, "it is not {stages:?}: {live}");
        sleep(PAUSE).await;
    }
}
