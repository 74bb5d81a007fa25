//! Attacks a kiosk's page over the network, as strangers can who have no login, and as those can who have one, while a
//! crowd is before its camera and somebody works with the page. Backups and restores without pause count as an attack,
//! too. Says what all that costs the kiosk, and whether it is too much.
//!
//! `cargo run --release -p tests --bin attacks` plays all of them and prints the figures.

mod archives;
mod beside;
mod crowd;
mod daycare;
mod forms;
mod handshakes;
mod requests;
mod uploads;
mod watch;

use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::faults::Findings;
use crate::network_camera::{NetworkCamera, Shown};
use crate::process;
use crate::program::Program;
use beside::{Beside, Done};
use crowd::Manner;
use daycare::PASSWORD;
use watch::{Seen, watch};

/// The time between two pictures of the camera.
const INTERVAL: Duration = Duration::from_millis(100);

/// The number of frames after which the kiosk knows the empty entrance.
const FIRST_FRAMES: u64 = 20;

/// How long the kiosk may take to recognise the crowd.
const PATIENCE: Duration = Duration::from_secs(60);

/// Without another answer for this long, all of the crowd has its own.
const WITHOUT_ANSWER: Duration = Duration::from_secs(2);

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// How long half of the pages may take at most.
const MEDIAN: Duration = Duration::from_secs(1);

/// By how much the kiosk's open files and connections may become more: the 256 connections that it allows, and what it
/// reads and writes for them.
const FILES: usize = 300;

/// How much is played, and what it may cost.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How long each attack lasts, and the time without any before them.
    pub lasts: Duration,
    /// Login forms at a time that come byte by byte.
    pub forms: usize,
    /// The bytes of each.
    pub bytes: usize,
    /// Connections at a time that are silent or slow, or read slowly.
    pub connections: usize,
    /// Photographs at a time that strangers send.
    pub uploads: usize,
    /// Strangers at a time who begin handshakes of TLS, or ask and guess passwords, without pause.
    pub strangers: usize,
    /// The most resident memory that the kiosk may have in all, in 10^6 bytes.
    pub memory: f64,
    /// The least share of predictions a second that it must keep.
    pub share: f64,
}

impl Plan {
    /// All of it, with the limits that are promised.
    #[must_use]
    pub fn full() -> Self {
        Self {
            lasts: Duration::from_secs(20),
            forms: 64,
            bytes: 250_000,
            connections: 1000,
            uploads: 8,
            strangers: 64,
            memory: 150.0,
            share: 0.95,
        }
    }

    /// Little of it, with limits that a busy machine keeps, too.
    #[must_use]
    pub fn short() -> Self {
        Self {
            lasts: Duration::from_secs(4),
            // Bytes that are kept one by one would cost 250 MB.
            bytes: 1000,
            connections: 400,
            memory: 200.0,
            share: 0.05,
            ..Self::full()
        }
    }
}

/// Plays one attack after the other.
///
/// # Panics
/// If the kiosk does not start.
pub async fn play(plan: &Plan, findings: &mut Findings) {
    let data = TempDir::new().expect("a folder for the catalogue");
    let camera = NetworkCamera::start(INTERVAL);
    let kiosk = daycare::open(data.path(), &camera);
    // Only now: the kiosk has as many descriptors as it usually has.
    process::allow_many_files();
    let staff = Client::log_in_by_password(&kiosk.page, PASSWORD).await;
    // Before the attacks: while strangers guess passwords, anyone who logs in has to wait.
    let reader = Client::log_in_by_password(&kiosk.page, PASSWORD).await;
    if !is_recognised(&camera, &staff).await {
        return findings.problem("the crowd before the camera is not recognised");
    }
    let quiet = watch(&kiosk, &staff, plan.lasts).await;
    quiet.add("no attack", findings);
    if quiet.predictions <= 0.0 {
        return findings.problem("no predictions are made without an attack");
    }
    let suite = Suite {
        plan: *plan,
        kiosk,
        staff,
        reader,
        quiet,
    };
    suite.play(findings).await;
}

/// Shows the crowd to a kiosk that knows its entrance. Returns whether somebody of it has an answer soon.
async fn is_recognised(camera: &NetworkCamera, staff: &Client) -> bool {
    let knows_entrance = reaches("frames", FIRST_FRAMES, staff).await;
    camera.show(Shown::Crowd);
    knows_entrance && reaches("answers", 1, staff).await && all_have_answers(staff).await
}

/// Waits until all of the crowd has its answer: an animal that waits for one is recognised on more frames.
/// Returns whether that was soon.
async fn all_have_answers(staff: &Client) -> bool {
    let start = Instant::now();
    let (mut answers, mut last) = (None, start);
    while start.elapsed() < PATIENCE {
        let now = staff.counts().await["answers"].as_u64();
        if now != answers {
            (answers, last) = (now, Instant::now());
        }
        if last.elapsed() > WITHOUT_ANSWER {
            return true;
        }
        sleep(PAUSE).await;
    }
    false
}

/// Waits for a limited time until a count of the kiosk is at least `least`. Returns whether it is.
async fn reaches(count: &str, least: u64, staff: &Client) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if staff.counts().await[count].as_u64() >= Some(least) {
            return true;
        }
        sleep(PAUSE).await;
    }
    false
}

/// A kiosk that is attacked.
struct Suite {
    plan: Plan,
    kiosk: Program,
    /// Who works with its page.
    staff: Client,
    /// Who asks for much, and reads it slowly.
    reader: Client,
    /// What it was like without an attack.
    quiet: Seen,
}

impl Suite {
    /// Plays one attack after the other.
    async fn play(&self, findings: &mut Findings) {
        let Self { plan, kiosk, .. } = self;
        let send = |done| forms::send(kiosk, plan.forms, plan.bytes, done);
        self.judge_counted("slow forms", send, findings).await;
        let cookie = || self.reader.cookie().to_owned();
        for manner in [
            Manner::Silent,
            Manner::Slow,
            Manner::Reads(cookie()),
            Manner::Uploads(cookie()),
            Manner::Follows(cookie()),
        ] {
            match crowd::gather(kiosk, plan.connections, &manner).await {
                Ok(crowd) => self.judge(manner.name(), crowd, findings).await,
                Err(few) => findings.problem(format!("{}: {few}", manner.name())),
            }
        }
        let send = |done| uploads::send(kiosk, plan.uploads, done);
        self.judge_counted("large uploads", send, findings).await;

        let authority = self.staff.get("/authority.crt").await.body;
        let begin = |done| handshakes::begin(kiosk, &authority, plan.strangers, done);
        self.judge_counted("TLS handshakes", begin, findings).await;
        let send = |done| requests::send(kiosk, plan.strangers, done);
        self.judge_counted("requests", send, findings).await;
        let restore = |done| archives::restore(&self.staff, done);
        self.judge_counted("restores", restore, findings).await;
    }

    /// As [`Suite::judge`], for an attack that counts what it gets done: without that it is none.
    async fn judge_counted(
        &self,
        name: &str,
        start: impl FnOnce(Done) -> Beside,
        findings: &mut Findings,
    ) {
        let done = Done::default();
        self.judge(name, start(done.clone()), findings).await;
        let times = done.times();
        let per_second = times as f64 / self.plan.lasts.as_secs_f64();
        let figure = format!("{name}: done");
        findings.figures.add(&figure, "/s", per_second);
        if times == 0 {
            findings.problem(format!("{name}: none is done"));
        }
    }

    /// Watches the kiosk during an attack, which goes on until then.
    async fn judge(&self, name: &str, attack: Beside, findings: &mut Findings) {
        let Self { plan, quiet, .. } = self;
        let seen = watch(&self.kiosk, &self.staff, plan.lasts).await;
        drop(attack);
        seen.add(name, findings);
        if seen.unanswered > 0 {
            findings.problem(format!("{name}: {} pages have no answer", seen.unanswered));
        }
        let median = seen.pages.median();
        if median > MEDIAN {
            findings.problem(format!("{name}: a page takes {median:.1?} at the median"));
        }
        let memory = seen.memory;
        if memory > plan.memory {
            findings.problem(format!("{name}: the kiosk has {memory:.0} MB of memory"));
        }
        if seen.files > quiet.files + FILES {
            let files = seen.files;
            findings.problem(format!("{name}: {files} files and connections are open"));
        }
        let share = seen.predictions / quiet.predictions;
        if share < plan.share {
            let percent = 100.0 * share;
            findings.problem(format!(
                "{name}: {percent:.0} % of the predictions are left"
            ));
        }
    }
}
