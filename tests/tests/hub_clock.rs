//! A kiosk whose clock is ten years off works with a real hub as any other: the whole program under
//! libfaketime, beside the kiosk of another site, whose clock is right.
//!
//! Needs Debian's `faketime` and `postgresql`. Without them the tests are skipped, except in CI.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::client::Client;
use tests::faults::by_clock;
use tests::program::Program;
use tests::services::Postgres;
use tests::{can_run, links, workspace};
use tokio::time::{Instant, sleep};

/// How far a wrong clock is off.
const TEN_YEARS: i64 = 3650;

/// How long anything may take: after a failure a link waits before the next try.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Where a time server has confirmed the clock, nobody else has to.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// How many visits the hub has, how many of them are confirmed, and how many have times of just now.
const VISITS: &str = "
    SELECT count(*), count(confirmed_at), count(*) FILTER (WHERE greatest(
        now() - arrived, arrived - now(), now() - confirmed_at, confirmed_at - now()
    ) < interval '2 minutes')
    FROM breed_kiosk.visit";

/// The same without their times.
const CONFIRMED: &str = "SELECT count(*), count(confirmed_at) FROM breed_kiosk.visit";

/// How often the hub was told of an arrival and of a decision.
const TOLD: &str = "
    SELECT kind, count(*) FROM breed_kiosk.event WHERE kind IN ('arrival', 'decision')
    GROUP BY kind ORDER BY kind";

/// How many events have a time that is not when they came.
const MISDATED: &str = "
    SELECT count(*) FROM breed_kiosk.event
    WHERE greatest(received - at, at - received) > interval '2 minutes'";

/// The warnings that the hub has, and whether they have a time of just now.
const WARNINGS: &str = "
    SELECT value, greatest(now() - at, at - now()) < interval '2 minutes'
    FROM breed_kiosk.guest_field WHERE field = 'warnings'";

/// Whether the last change lies clearly back. A kiosk knows the hub's clock only as well as the network
/// and the machine are fast.
const IS_OVER: &str = "SELECT now() - max(at) > interval '2 seconds' FROM breed_kiosk.guest_field";

/// How many guests the hub knows, and how many events it or a kiosk has refused.
const GUESTS: &str = "
    SELECT (SELECT count(*) FROM breed_kiosk.guest WHERE NOT deleted),
        (SELECT count(*) FROM breed_kiosk.refused)";

/// The whole kiosk of a site, and its owner at the page.
struct Site {
    folder: TempDir,
    program: Program,
    owner: Client,
    /// The visits that were there.
    visits: Vec<i64>,
}

impl Site {
    /// A new site of the hub's chain. The clock of its kiosk is so many days off.
    async fn open(hub: &Postgres, name: &str, days_off: i64) -> Self {
        let (url, site) = (hub.superuser_url(), name.to_owned());
        let admit = move || links::admit(&url, &site, &[site.to_lowercase()]);
        let admitted = tokio::task::spawn_blocking(admit).await.expect("a role");
        let (role, password) = &admitted[0];
        let url = hub.url(role, password);
        let folder = tempfile::tempdir().expect("a folder for the catalogue");
        let settings = format!("[hub]\nurl = \"{url}\"\nsite = \"{name}\"\n");
        fs::write(folder.path().join("kiosk.toml"), settings).expect("its settings");
        let (program, owner) = start(folder.path(), days_off).await;
        Self {
            folder,
            program,
            owner,
            visits: Vec::new(),
        }
    }

    /// Cuts the power. The clock is right when it comes back.
    async fn restart_with_the_right_clock(&mut self) {
        self.program.kill();
        (self.program, self.owner) = start(self.folder.path(), 0).await;
    }

    /// An animal arrives, and staff confirm its breed, and which animal it is where they know.
    async fn comes(&mut self, animal: Option<i64>) {
        let photograph = fs::read(workspace().join("edge/examples/chelsea.png"));
        let photograph = Bytes::from(photograph.expect("a photograph"));
        let address = "/api/v1/photographs";
        let sent = self.owner.try_send_file(address, "image/png", photograph);
        let sent = sent.await.expect("an answer");
        assert!(sent.is_done(), "{}", sent.text());
        let visit = eventually(async || {
            let arrival = self.owner.get("/api/v1/live").await.json()["arrival"].take();
            let is_answered = arrival["stage"] == "answered";
            let visit = arrival["visit"].as_i64().filter(|_| is_answered);
            let visit = visit.filter(|visit| !self.visits.contains(visit));
            visit.ok_or_else(|| arrival.to_string())
        })
        .await;
        let decision = json!({ "breed": "beagle", "animal": animal });
        let address = format!("/api/v1/visits/{visit}/settle");
        let settled = self.owner.post(&address, &decision).await;
        assert!(settled.is_done(), "{}", settled.text());
        self.visits.push(visit);
        self.owner.post("/api/v1/press/new", &Value::Null).await;
    }

    /// Staff add Rex.
    async fn add_rex(&self) -> i64 {
        let added = self.owner.post("/api/v1/animals", &rex("")).await;
        assert!(added.is_done(), "{}", added.text());
        added.json()["id"].as_i64().expect("its number")
    }

    /// Staff change what nobody may overlook about Rex, whose number is `animal`.
    async fn warn(&self, animal: i64, warnings: &str) {
        let address = format!("/api/v1/animals/{animal}");
        let changed = self.owner.put(&address, &rex(warnings)).await;
        assert!(changed.is_done(), "{}", changed.text());
    }

    /// Waits until there is one Rex here, of whom this field says this. Returns its number.
    async fn eventually_knows(&self, field: &str, value: &str) -> i64 {
        let rex = eventually(async || {
            let found = self.owner.get("/api/v1/animals?query=Rex").await.json();
            match found.as_array().map(Vec::as_slice) {
                Some([rex]) if rex[field] == value => Ok(rex.clone()),
                _ => Err(format!("{field} is not {value:?} of one Rex: {found}")),
            }
        })
        .await;
        rex["id"].as_i64().expect("its number")
    }

    /// Waits until this is so of the link to the hub, as the page has it.
    async fn eventually_says(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        eventually(async || {
            let mut health = self.owner.get("/api/v1/health").await.json();
            let hub = health["links"]["hub"].take();
            if is_so(&hub) {
                Ok(hub)
            } else {
                Err(hub.to_string())
            }
        })
        .await
    }

    /// The owner says that the clock is right after its jump.
    async fn confirm_clock(&self) {
        let clock = self.owner.get("/api/v1/clock").await.json();
        let has_jumped = !clock["jumped_from"].is_null();
        let is_noticed = has_jumped || Path::new(SYNCHRONISED).exists();
        assert!(is_noticed, "no jump: {clock}");
        let seen = json!({ "now": clock["now"] });
        let confirmed = self.owner.post("/api/v1/clock/confirm", &seen).await;
        assert!(confirmed.is_done(), "{}", confirmed.text());
        assert_eq!(confirmed.json()["jumped_from"], Value::Null);
    }
}

/// Starts the kiosk of a folder by a clock that is so many days off, and logs its owner in.
async fn start(folder: &Path, days_off: i64) -> (Program, Client) {
    let config = folder.join("kiosk.toml");
    let config = config.to_str().expect("a path in UTF-8");
    let arguments = ["--camera", "none", "--config", config];
    let program = if days_off == 0 {
        Program::start(folder, &arguments)
    } else {
        let command = by_clock(&format!("{days_off:+}d")).expect("libfaketime");
        Program::start_by(command, folder, &arguments)
    };
    let owner = Client::log_in(&program.login_link()).await;
    (program, owner)
}

/// What staff write down about Rex.
fn rex(warnings: &str) -> Value {
    json!({ "name": "Rex", "species": "dog", "breed": "beagle", "warnings": warnings })
}

/// Waits until `find` finds something. Else it returns what there is instead.
async fn eventually<T>(mut find: impl AsyncFnMut() -> Result<T, String>) -> T {
    let due = Instant::now() + PATIENCE;
    loop {
        match find().await {
            Ok(found) => return found,
            Err(instead) => assert!(Instant::now() < due, "after {PATIENCE:?}: {instead}"),
        }
        sleep(PAUSE).await;
    }
}

/// Waits until the hub answers this.
async fn eventually_has(hub: &Postgres, sql: &str, expected: &str) {
    eventually(async || {
        let found = hub.psql(sql);
        if found == expected {
            Ok(())
        } else {
            Err(format!("{found}, not {expected}: {sql}"))
        }
    })
    .await;
}

#[tokio::test]
async fn a_kiosk_whose_clock_is_ten_years_ahead_works_with_the_hub() {
    works_with_the_hub(TEN_YEARS).await;
}

#[tokio::test]
async fn a_kiosk_whose_clock_is_ten_years_behind_works_with_the_hub() {
    works_with_the_hub(-TEN_YEARS).await;
}

async fn works_with_the_hub(days_off: i64) {
    let has_library = by_clock("+0d").is_some();
    if !can_run(has_library, "libfaketime (Debian: faketime)") {
        return;
    }
    let Some(mut hub) = Postgres::start() else {
        return;
    };
    let south = Site::open(&hub, "South", 0).await;
    let at_south = south.add_rex().await;
    let mut north = Site::open(&hub, "North", days_off).await;
    let at_north = north.eventually_knows("known_at", "South").await;
    says_that_the_clock_is_off(&north, days_off).await;

    north.comes(Some(at_north)).await;
    eventually_has(&hub, VISITS, "1|1|1").await;
    assert_eq!(hub.psql(TOLD), "arrival|1\ndecision|1");
    assert_eq!(hub.psql(MISDATED), "0");

    the_later_warning_stands(&hub, (&north, at_north), (&south, at_south)).await;

    // Somebody arrives whose visit waits until the hub is back, and the clock right.
    hub.kill();
    north.comes(None).await;
    north.restart_with_the_right_clock().await;
    hub.restart();
    eventually_has(&hub, CONFIRMED, "2|2").await;
    north.comes(Some(at_north)).await;
    eventually_has(&hub, CONFIRMED, "3|3").await;

    north.confirm_clock().await;
    north.warn(at_north, "is deaf").await;
    south.eventually_knows("warnings", "is deaf").await;
    eventually_has(&hub, IS_OVER, "t").await;
    south.warn(at_south, "is old").await;
    north.eventually_knows("warnings", "is old").await;
    north.comes(Some(at_north)).await;
    eventually_has(&hub, CONFIRMED, "4|4").await;

    let is_well =
        |hub: &Value| hub["connected"] == true && hub["message"].is_null() && hub["waiting"] == 0;
    let link = north.eventually_says(is_well).await;
    assert_eq!((&link["refused"], &link["dropped"]), (&json!(0), &json!(0)));
    assert_eq!(hub.psql(TOLD), "arrival|4\ndecision|4");
    assert_eq!(hub.psql(GUESTS), "1|0");
}

/// Of changes at both sites, given with Rex's number there, the later one stands at both and at the hub.
async fn the_later_warning_stands(hub: &Postgres, north: (&Site, i64), south: (&Site, i64)) {
    let ((north, at_north), (south, at_south)) = (north, south);
    north.warn(at_north, "bites").await;
    south.eventually_knows("warnings", "bites").await;
    eventually_has(hub, IS_OVER, "t").await;
    south.warn(at_south, "wears a muzzle").await;
    north.eventually_knows("warnings", "wears a muzzle").await;
    eventually_has(hub, IS_OVER, "t").await;
    north.warn(at_north, "is calm").await;
    south.eventually_knows("warnings", "is calm").await;
    assert_eq!(hub.psql(WARNINGS), "\"is calm\"|t");
    assert_eq!(hub.psql(MISDATED), "0");
}

/// The page says what the kiosk's clock says, which is ten years from what the hub's says.
async fn says_that_the_clock_is_off(north: &Site, days_off: i64) {
    let off = SignedDuration::from_hours(24 * days_off);
    let wrong = (Timestamp::now() + off)
        .strftime("clock says %Y-")
        .to_string();
    let is_said = |hub: &Value| {
        let message = hub["message"].as_str();
        message.is_some_and(|message| message.contains(&wrong))
    };
    let link = north.eventually_says(is_said).await;
    assert_eq!(link["connected"], true, "{link}");
}
