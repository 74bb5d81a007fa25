//! Measures the front desk under load: start, latency, records, processor time and memory.
//!
//! ```sh
//! cargo build --release --workspace --bin kiosk
//! cargo bench --workspace --bench desk
//! ```
//!
//! It prints figures and enforces no limits. `faults --arrivals` watches the memory over many arrivals, and `attacks`
//! tries what strangers can do. The client runs on the same machine as the kiosk and competes with it for the
//! processor. Temporary files are in `TMPDIR`.

mod entrance;
mod load;
mod sample_catalogue;

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use ::catalogue::{Catalogue, NewVisit};
use devices::camera::{clip, demo};
use recognise::learnt::Learnt;
use recognise::{Bundle, Recogniser, Source, Verdict};
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
    runtime.block_on(measure(&mut figures));
    figures.print();
}

async fn measure(figures: &mut Figures) {
    let data = tempfile::tempdir().expect("a folder for the catalogue");
    println!(
        "making {} visits of {} animals...",
        sample_catalogue::VISITS,
        sample_catalogue::ANIMALS
    );
    let unconfirmed = sample_catalogue::make(data.path());
    starts(data.path(), figures).await;
    {
        let photographs = tempfile::tempdir().expect("a folder for photographs");
        let photograph = demo::chelsea().expect("the built-in photograph");
        let saved = photograph.save(photographs.path().join("guest.png"));
        saved.expect("the photograph is written");
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
/// number, two words, one letter, a name that nobody has, a name with a typing error, an owner's name with
/// one, an owner's e-mail address.
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
        "chalrie",
        "helene%20mulller",
        "owner1234%40daycare.example",
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

/// Measures the record of an arrival with its photograph, which the kiosk writes before it shows the answer,
/// and the comparison with all guests that follows. The photograph is a whole frame, as the owner may have
/// it kept, and a broker is to be told of the arrival.
fn records(data: &Path, figures: &mut Figures) {
    let catalogue = Catalogue::open(data).expect("the catalogue");
    catalogue.follow("mqtt").expect("a sender");
    let bundle = Bundle::embedded().expect("the built-in bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let metadata = recogniser.metadata();
    let guests = metadata.embedding.as_ref();
    let guests = guests.and_then(|embedding| embedding.guests.as_ref());
    let guests = guests.expect("a bundle that is calibrated for guests");
    let frame = entrance::guest().frame(clip::FRAMES / 2);
    let frame = frame.expect("a frame");
    let recognition = recogniser.recognise(&frame).expect("an answer");
    let verdict = Verdict::of(&recognition.prediction, metadata);
    let (mut recorded, mut guessed) = (Times::default(), Times::default());
    for _ in 0..100 {
        let visit = NewVisit {
            at: jiff::Timestamp::now(),
            photograph: Some(frame.clone()),
            verdict: verdict.kind(),
            candidates: Learnt::default().candidates(&recognition, metadata),
            confidence: verdict.confidence(),
            embedding: recognition.embedding(),
            model: metadata.trained.when.clone(),
            source: Source::Camera,
        };
        let start = Instant::now();
        let visit = catalogue.record(&visit).expect("a record").visit;
        recorded.push(start.elapsed());
        let start = Instant::now();
        let guess = catalogue.guess(visit, guests).expect("a comparison");
        guessed.push(start.elapsed());
        assert!(guess.is_some(), "there are guests to compare with");
    }
    figures.add_times("arrival to durable record with photograph", &recorded);
    figures.add_times("comparison with all guests", &guessed);
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
