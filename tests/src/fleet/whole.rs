//! A whole kiosk, the program: photographs arrive on its page, and staff confirm them there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catalogue::VisitId;
use hyper::body::Bytes;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime;
use tokio::time::sleep;

use super::PAUSE;
use super::chain::Chain;
use super::compared::uids;
use crate::client::{Client, NoAnswer};
use crate::program::Program;
use crate::workspace;

/// The site of the whole kiosks.
const SITE: &str = "North";

/// The pause between two arrivals.
const BETWEEN: Duration = Duration::from_secs(3);

/// A kiosk at work, with a link to the hub and one to the broker.
#[derive(Debug)]
pub(super) struct Whole {
    program: Program,
    folder: TempDir,
    /// Visits whose confirmation was answered.
    confirmed: Vec<VisitId>,
}

impl Whole {
    /// Starts this many kiosks.
    pub(super) fn start(kiosks: usize, chain: &Chain) -> Vec<Self> {
        let names: Vec<String> = (0..kiosks).map(|index| format!("whole{index}")).collect();
        let admitted = chain.admit(SITE, &names).into_iter();
        let mqtt = chain.mqtt_port();
        admitted
            .map(|(_, settings)| {
                let folder = TempDir::new().expect("a folder for the catalogue");
                let program = start(folder.path(), Some((settings.url.as_str(), mqtt)));
                Self {
                    program,
                    folder,
                    confirmed: Vec::new(),
                }
            })
            .collect()
    }

    /// Checks animals in until it is over.
    pub(super) fn work(&mut self, is_over: &AtomicBool) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let worked = runtime.block_on(self.check_in(is_over));
        worked.unwrap_or_else(|error| panic!("a whole kiosk: {error}"));
    }

    async fn check_in(&mut self, is_over: &AtomicBool) -> Result<(), NoAnswer> {
        let photograph = fs::read(workspace().join("edge/examples/chelsea.png"));
        let photograph = Bytes::from(photograph.expect("a photograph"));
        let client = Client::log_in(&self.program.login_link()).await;
        let mut seen = BTreeSet::new();
        while !is_over.load(Ordering::Relaxed) {
            let address = "/api/v1/photographs";
            let sent = client.try_send_file(address, "image/png", photograph.clone());
            if sent.await?.is_done() {
                let Some(visit) = arrival(&client, &mut seen, is_over).await? else {
                    return Ok(());
                };
                if decide(&client, visit, "beagle").await? {
                    self.confirmed.push(VisitId(visit));
                }
                client.try_post("/api/v1/press/new", &Value::Null).await?;
            }
            sleep(BETWEEN).await;
        }
        Ok(())
    }

    /// Whether hub and broker have all that it had to send.
    pub(super) fn is_sent(&self) -> bool {
        waiting(self.folder.path()) == Some(0)
    }

    /// The visits whose confirmation was answered, by the ids that the chain knows them by.
    pub(super) fn confirmed(&self) -> Vec<String> {
        uids(self.folder.path(), &self.confirmed)
    }

    /// The id of the kiosk.
    pub(super) fn id(&self) -> String {
        let id = fs::read_to_string(self.folder.path().join("kiosk-id"));
        id.expect("the kiosk's id").trim().to_owned()
    }
}

/// Starts a kiosk without a camera; with links to a hub at a URL and to a broker at a port of
/// 127.0.0.1, or without any.
pub(super) fn start(folder: &Path, links: Option<(&str, u16)>) -> Program {
    let config = folder.join("kiosk.toml");
    let settings = links.map(|(url, mqtt)| {
        format!(
            "[hub]\nurl = \"{url}\"\nsite = \"{SITE}\"\n\n[mqtt]\nurl = \"mqtt://127.0.0.1:{mqtt}\"\n"
        )
    });
    fs::write(&config, settings.unwrap_or_default()).expect("its settings");
    let config = config.to_str().expect("a path in UTF-8");
    Program::start(folder, &["--camera", "none", "--config", config])
}

/// Waits until the screen shows a visit that was not there before. `None` if it is over by then.
async fn arrival(
    client: &Client,
    seen: &mut BTreeSet<i64>,
    is_over: &AtomicBool,
) -> Result<Option<i64>, NoAnswer> {
    while !is_over.load(Ordering::Relaxed) {
        let live = client.try_get("/api/v1/live").await?.json();
        let arrival = &live["arrival"];
        if arrival["stage"] == "answered"
            && let Some(visit) = arrival["visit"].as_i64()
            && seen.insert(visit)
        {
            return Ok(Some(visit));
        }
        sleep(PAUSE).await;
    }
    Ok(None)
}

/// Confirms a visit, or corrects it. Says whether that was done.
pub(super) async fn decide(client: &Client, visit: i64, breed: &str) -> Result<bool, NoAnswer> {
    let address = format!("/api/v1/visits/{visit}/settle");
    let decision = json!({ "breed": breed, "animal": null });
    Ok(client.try_post(&address, &decision).await?.is_done())
}

/// How many events of a catalogue wait for one of its senders. `None` while it cannot be read.
fn waiting(folder: &Path) -> Option<u64> {
    let counted = database(folder).and_then(|database| {
        database.query_row("SELECT count(*) FROM outbox", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    counted.ok()?.try_into().ok()
}

/// A catalogue's database, to read in it.
pub(super) fn database(folder: &Path) -> rusqlite::Result<Connection> {
    let file: PathBuf = folder.join("catalogue.sqlite");
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}
