//! Measures the front desk under load: start, latency, records, processor time and memory.
//!
//! ```sh
//! cargo build --release --workspace --bin kiosk
//! cargo bench --workspace --bench desk            # all of it; ARRIVALS=1000 for a shorter day
//! cargo bench --workspace --bench desk -- day     # memory over a day of arrivals alone
//! cargo bench --workspace --bench desk -- attack  # what strangers can do; needs `ulimit -n 4096`
//! ```
//!
//! It prints figures and enforces no limits. The client runs on the same machine as the kiosk and competes with
//! it for the processor. Temporary files are in `TMPDIR`.

mod attack;
mod day;
mod entrance;
mod load;
mod sample_catalogue;

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use ::catalogue::{Catalogue, NewVisit};
use devices::camera::clip;
use recognise::{Candidate, Source, VerdictKind};
use serde_json::json;
use tests::client::Client;
use tests::figures::{Figures, Times};
use tests::process;
use tests::program::Program;
use tokio::runtime;

/// The number of requests of each kind, one after the other.
const TIMES: usize = 200;

/// How long processor time and load are measured.
const WATCHED: Duration = Duration::from_secs(20);

/// Page requests a second.
const RATE: u32 = 200;

fn main() {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let arguments: Vec<String> = env::args().skip(1).collect();
    // The kiosk with the benchmark's camera is another process of this program.
    if let [task, folder, pace] = &*arguments
        && task == entrance::TASK
    {
        return entrance::kiosk(Path::new(folder), pace);
    }
    let mut figures = Figures::default();
    let asked = |part: &str| arguments.iter().any(|argument| argument == part);
    if asked("attack") {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        runtime.block_on(attack::measure(data.path(), &mut figures));
    } else {
        runtime.block_on(measure(asked("day"), &mut figures));
    }
    figures.print();
}

async fn measure(day_alone: bool, figures: &mut Figures) {
    let data = tempfile::tempdir().expect("a folder for the catalogue");
    println!(
        "making {} visits of {} animals...",
        sample_catalogue::VISITS,
        sample_catalogue::ANIMALS
    );
    let unconfirmed = sample_catalogue::make(data.path());
    if day_alone {
        return day::measure(data.path(), figures).await;
    }
    starts(data.path(), figures).await;
    {
        let photographs = tempfile::tempdir().expect("a folder for photographs");
        for (index, photograph) in entrance::photographs().iter().enumerate() {
            let file = photographs.path().join(format!("{index}.png"));
            photograph.save(file).expect("the photograph is written");
        }
        let camera = photographs.path().to_str().expect("a path in UTF-8");
        let kiosk = Program::start(data.path(), &["--camera", camera]);
        let client = Client::log_in(&kiosk.login_link()).await;
        one_at_a_time(&client, figures).await;
        confirms(&client, &unconfirmed, figures).await;
        under_load(&kiosk, &client, figures).await;
        figures.add(
            "memory after the load",
            "MB",
            process::memory(kiosk.id()).resident,
        );
    }
    records(data.path(), figures);
    idle(data.path(), figures).await;
    day::measure(data.path(), figures).await;
}

/// Measures the time from the start of the program to its first answer.
async fn starts(data: &Path, figures: &mut Figures) {
    let mut times = Times::default();
    for _ in 0..5 {
        let kiosk = Program::start(data, &["--camera", "none"]);
        let answer = Client::logged_out(&kiosk.page).get("/health").await;
        assert_eq!(answer.status, 200);
        times.push(kiosk.since.elapsed());
    }
    figures.add_times("start to first answer", &times);
}

/// Measures the most frequent requests, while the kiosk recognises what its camera sees.
async fn one_at_a_time(client: &Client, figures: &mut Figures) {
    for (name, addresses) in [
        ("search, page", search("/animals?q=")),
        ("search, API", search("/api/v1/animals?query=")),
        ("today, page", vec!["/today".to_owned()]),
        ("today, API", vec!["/api/v1/visits".to_owned()]),
        ("live page", vec!["/".to_owned()]),
        ("queue", vec!["/queue".to_owned()]),
    ] {
        let mut times = Times::default();
        for address in addresses.iter().cycle().take(TIMES) {
            let start = Instant::now();
            let answer = client.get(address).await;
            times.push(start.elapsed());
            assert_eq!(answer.status, 200, "{address}");
        }
        figures.add_times(name, &times);
    }
}

/// Searches, percent-encoded: part of a name, a name with an accent and without, a breed, a telephone
/// number, two words, one letter, a name that nobody has.
fn search(address: &str) -> Vec<String> {
    let queries = [
        "bel",
        "Zo%C3%A9",
        "zoe",
        "beagle",
        "079%20555",
        "luna%20martin",
        "a",
        "xyzzy",
    ];
    queries.map(|query| format!("{address}{query}")).to_vec()
}

/// Measures check-in: from the decision of staff on a visit to its record on disk.
async fn confirms(client: &Client, visits: &[i64], figures: &mut Figures) {
    let mut times = Times::default();
    for (index, visit) in visits.iter().take(100).enumerate() {
        let decision = json!({ "breed": "beagle", "animal": index + 1 });
        let start = Instant::now();
        let answer = client
            .post(&format!("/api/v1/visits/{visit}/settle"), &decision)
            .await;
        times.push(start.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    figures.add_times("check-in to durable record", &times);
}

/// Measures many requests at once, while the network runs on every frame that shows somebody.
async fn under_load(kiosk: &Program, client: &Client, figures: &mut Figures) {
    let (assets, searches) = (client.assets().await, search("/animals?q="));
    let addresses: Vec<String> = (0..assets.len() * searches.len())
        .flat_map(|turn| {
            let [live, today, api] = ["/", "/today", "/api/v1/live"].map(str::to_owned);
            let search = searches[turn % searches.len()].clone();
            [
                live,
                today,
                search,
                api,
                assets[turn % assets.len()].clone(),
            ]
        })
        .collect();
    let before = client.counts().await;
    let used = process::seconds(kiosk.id());
    let load = load::run(client, &addresses, RATE, WATCHED).await;
    let after = client.counts().await;
    let share = (process::seconds(kiosk.id()) - used) / WATCHED.as_secs_f64() * 100.0;
    let per_second = |name: &str| {
        let count = |counts: &serde_json::Value| counts[name].as_f64().unwrap_or(0.0);
        (count(&after) - count(&before)) / WATCHED.as_secs_f64()
    };
    figures.add("load: requests", "/s", load.rate);
    figures.add("load: frames from the camera", "/s", per_second("frames"));
    figures.add("load: predictions", "/s", per_second("looks"));
    figures.add("load: errors", "", load.errors as f64);
    figures.add("load: the kiosk's processor time", "% of a core", share);
    figures.add_times("load: all", &load.all);
    for (kind, times) in &load.kinds {
        figures.add_times(&format!("load: {kind}"), times);
    }
}

/// Measures the record of an arrival with its photograph, which the kiosk writes before it shows the answer.
fn records(data: &Path, figures: &mut Figures) {
    let catalogue = Catalogue::open(data).expect("the catalogue");
    let candidates = [("beagle", 0.9), ("pug", 0.08), ("boxer", 0.02)];
    let candidates = candidates.map(|(breed, probability)| Candidate {
        breed: breed.into(),
        probability,
    });
    let photograph = entrance::guests()[0].frame(clip::FRAMES / 2);
    let mut times = Times::default();
    for _ in 0..100 {
        let visit = NewVisit {
            at: jiff::Timestamp::now(),
            photograph: photograph.clone(),
            verdict: VerdictKind::Breed,
            candidates: candidates.to_vec(),
            confidence: 0.9,
            embedding: vec![0.1; 128],
            model: "bench".to_owned(),
            source: Source::Camera,
        };
        let start = Instant::now();
        catalogue.record(&visit).expect("a record");
        times.push(start.elapsed());
    }
    figures.add_times("arrival to durable record with photograph", &times);
}

/// Measures a desk where nothing happens: user and system time, in % of a core.
async fn idle(data: &Path, figures: &mut Figures) {
    let kiosk = Program::start(data, &["--camera", "none"]);
    figures.add(
        "idle desk without a camera",
        "% of a core",
        share(kiosk.id()).await,
    );
    drop(kiosk);
    // Without the cost of a real camera: this one has its picture ready.
    let kiosk = entrance::start(data, Duration::from_millis(100));
    let id = kiosk.program.id();
    figures.add(
        "idle desk, 10 frames a second",
        "% of a core",
        share(id).await,
    );
}

/// The processor time of a process in % of a core, after five seconds for its start.
async fn share(id: u32) -> f64 {
    tokio::time::sleep(Duration::from_secs(5)).await;
    let used = process::seconds(id);
    tokio::time::sleep(WATCHED).await;
    (process::seconds(id) - used) / WATCHED.as_secs_f64() * 100.0
}
