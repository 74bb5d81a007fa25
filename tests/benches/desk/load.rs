//! Requests at a steady rate, whether or not the former ones are answered: an open loop. Latency counts from
//! the time at which a request was due, so that no queue hides, up to the last byte of its answer. The timer
//! adds up to a millisecond.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{self, sleep_until};

use crate::client::Client;
use crate::figures::Times;

/// Between two presses of the button that begins a new arrival: before the third look, so that the network
/// never gets done.
const PRESS: Duration = Duration::from_millis(200);

#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Answers other than 200.
    pub(crate) errors: usize,
    pub(crate) all: Times,
    /// By the address without its query.
    pub(crate) kinds: BTreeMap<String, Times>,
}

/// Asks for the addresses in turn, `rate` times a second.
pub(crate) async fn run(client: &Client, addresses: &[String], rate: u32, lasts: Duration) -> Load {
    let looking = tokio::spawn(keep_looking(client.clone()));
    let start = time::Instant::now() + Duration::from_millis(100);
    let total = (lasts.as_secs_f64() * f64::from(rate)) as u32;
    let mut asked = JoinSet::new();
    for index in 0..total {
        let due = start + Duration::from_secs(1) * index / rate;
        sleep_until(due).await;
        let (client, address) = (
            client.clone(),
            addresses[index as usize % addresses.len()].clone(),
        );
        asked.spawn(async move {
            let answer = client.get(&address).await;
            (address, answer.status, due.elapsed())
        });
    }
    let mut load = Load::default();
    while let Some(answer) = asked.join_next().await {
        let Ok((address, status, time)) = answer else {
            load.errors += 1;
            continue;
        };
        load.errors += usize::from(status != 200);
        load.all.push(time);
        load.kinds.entry(kind(&address)).or_default().push(time);
    }
    load.rate = f64::from(total) / start.elapsed().as_secs_f64();
    looking.abort();
    load
}

/// Presses "new" again and again.
async fn keep_looking(client: Client) {
    let mut next = Instant::now();
    loop {
        next += PRESS;
        sleep_until(next.into()).await;
        client.post("/api/v1/press/new", &Value::Null).await;
    }
}

fn kind(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    match path.starts_with("/static/") {
        true => "static files".to_owned(),
        false => path.to_owned(),
    }
}
