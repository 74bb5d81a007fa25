//! Sends requests at a constant rate, whether or not earlier ones were answered (an open loop).
//!
//! Latency is measured from the time at which a request was due, so that it includes time in queues, to the last
//! byte of the answer. The timer adds up to a millisecond.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::client::Client;
use tests::figures::Times;
use tokio::task::JoinSet;
use tokio::time::{self, sleep_until};

/// The time between two presses of the button that starts a new arrival: shorter than three predictions, so that
/// there is never an answer and the network always runs.
const PRESS: Duration = Duration::from_millis(200);

#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Answers other than 200.
    pub(crate) errors: usize,
    pub(crate) all: Times,
    /// The times by address, without its query.
    pub(crate) kinds: BTreeMap<String, Times>,
}

/// Requests the addresses in turn, `rate` times a second.
pub(crate) async fn run(client: &Client, addresses: &[String], rate: u32, lasts: Duration) -> Load {
    let predictions = tokio::spawn(keep_predicting(client.clone()));
    let start = time::Instant::now() + Duration::from_millis(100);
    let total = (lasts.as_secs_f64() * f64::from(rate)) as u32;
    let mut requests = JoinSet::new();
    for index in 0..total {
        let due = start + Duration::from_secs(1) * index / rate;
        sleep_until(due).await;
        let (client, address) = (
            client.clone(),
            addresses[index as usize % addresses.len()].clone(),
        );
        requests.spawn(async move {
            let answer = client.get(&address).await;
            (address, answer.status, due.elapsed())
        });
    }
    let mut load = Load::default();
    while let Some(answer) = requests.join_next().await {
        let Ok((address, status, time)) = answer else {
            load.errors += 1;
            continue;
        };
        load.errors += usize::from(status != 200);
        load.all.push(time);
        load.kinds.entry(kind(&address)).or_default().push(time);
    }
    load.rate = f64::from(total) / start.elapsed().as_secs_f64();
    predictions.abort();
    load
}

/// Presses "new" repeatedly.
async fn keep_predicting(client: Client) {
    let mut next = Instant::now();
    loop {
        next += PRESS;
        sleep_until(next.into()).await;
        client.post("/api/v1/press/new", &Value::Null).await;
    }
}

fn kind(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let is_static = path.starts_with("/static/");
    if is_static { "static files" } else { path }.to_owned()
}
