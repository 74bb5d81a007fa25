//! What the links cost a whole kiosk, and whether the page feels a hub that does not answer.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::runtime;
use tokio::time::{interval, sleep};

use super::chain::Chain;
use super::whole::{decide, start};
use crate::client::Client;
use crate::faults::{Findings, record_visits};
use crate::figures::Times;
use crate::process::{memory, seconds};
use crate::program::Program;
use crate::services::Postgres;

/// The visit that is corrected again and again, and the breeds that it is corrected to.
const VISIT: i64 = 1;
const BREEDS: [&str; 2] = ["beagle", "pug"];

/// The time between two events. An arrival has two: itself and its decision.
const BETWEEN_EVENTS: Duration = Duration::from_millis(500);

/// What a kiosk does once after its start is over by then.
const WARM_UP: Duration = Duration::from_secs(10);

/// The requests of the page that are measured.
const REQUESTS: usize = 500;

/// A kiosk with one visit, and somebody at its page.
struct Desk {
    program: Program,
    client: Client,
    _folder: TempDir,
}

impl Desk {
    async fn open(links: Option<(&str, u16)>) -> Self {
        let folder = TempDir::new().expect("a folder for the catalogue");
        record_visits(folder.path(), VISIT as usize);
        let program = start(folder.path(), links);
        let client = Client::log_in(&program.login_link()).await;
        Self {
            program,
            client,
            _folder: folder,
        }
    }

    /// Corrects the visit: one event.
    async fn correct(&self, index: usize) {
        let done = decide(&self.client, VISIT, BREEDS[index % BREEDS.len()]).await;
        assert!(done.expect("an answer"), "a correction is refused");
    }
}

/// Measures two kiosks beside each other, of which one has links, at the events of one arrival a
/// second. Both do without arrivals themselves: recognition varies by more than a link costs.
pub(super) fn of_senders(lasts: Duration, chain: &Chain, findings: &mut Findings) {
    let admitted = chain.admit("Cost", &["cost".to_owned()]);
    let (_, settings) = admitted.into_iter().next().expect("an admitted kiosk");
    let (cpu, resident) = block_on(async {
        let plain = Desk::open(None).await;
        let linked = Desk::open(Some((settings.url.as_str(), chain.mqtt_port()))).await;
        sleep(WARM_UP).await;
        let desks = [&plain, &linked];
        let before = desks.map(|desk| seconds(desk.program.id()));
        let begin = Instant::now();
        let mut ticks = interval(BETWEEN_EVENTS);
        let mut index = 0;
        while begin.elapsed() < lasts {
            ticks.tick().await;
            tokio::join!(plain.correct(index), linked.correct(index));
            index += 1;
        }
        let took = begin.elapsed().as_secs_f64();
        let used = [0, 1].map(|desk| {
            let after = seconds(desks[desk].program.id());
            100.0 * (after - before[desk]) / took
        });
        let resident = desks.map(|desk| memory(desk.program.id()).resident);
        (used[1] - used[0], resident[1] - resident[0])
    });
    let figures = &mut findings.figures;
    figures.add("senders, 1 arrival/s: of a core", "%", cpu);
    figures.add("senders, 1 arrival/s: resident memory", "MB", resident);
}

/// Measures the page of two kiosks in turns, of which one has links whose other sides take connections
/// and never answer.
pub(super) fn of_a_dead_hub(findings: &mut Findings) {
    // The system takes connections for it, and nobody answers.
    let dead = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = dead.local_addr().expect("its port").port();
    let url = Postgres::url_at("kiosk_dead", "password", &[port]);
    let times = block_on(async {
        let desks = [
            Desk::open(None).await,
            Desk::open(Some((url.as_str(), port))).await,
        ];
        sleep(WARM_UP).await;
        let mut times = [Times::default(), Times::default()];
        for index in 0..REQUESTS {
            for (desk, times) in desks.iter().zip(&mut times) {
                let begin = Instant::now();
                desk.correct(index).await;
                desk.client.get("/").await;
                times.push(begin.elapsed());
            }
        }
        times
    });
    let [without, with] = times;
    let figures = &mut findings.figures;
    figures.add_times("page and decision: without a hub", &without);
    figures.add_times("page and decision: with a dead hub", &with);
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
