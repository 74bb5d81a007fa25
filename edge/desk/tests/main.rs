//! Tests the front desk as browsers and programs meet it: the real server on a real port, with a
//! real catalogue. The test plays the kiosk behind it.

mod about;
mod access;
mod api;
mod backups;
mod bodies;
mod camera;
mod chain;
mod clock;
mod contract;
mod crowd;
mod damage;
mod description;
mod files;
mod former;
mod live;
mod pages;
mod people;
mod programs;
mod setup;
mod sites;
mod stays;
mod tls;
mod undo;
mod uploads;
mod webhook;

use std::io::{self, Write};
use std::iter;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, LazyLock, Mutex, Once};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use catalogue::{Catalogue, NewVisit, VisitId};
use desk::access::{Access, Role};
use desk::kiosk::{Command, CommandError, Inbox, Kiosk, Live, Order};
use desk::setup::{NoCameras, Setup};
use desk::tls::Tls;
use desk::{Desk, Options};
use heic::Reader;
use jiff::Timestamp;
use recognise::{Bundle, Candidate, Metadata, Source, VerdictKind};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};
use ureq::http::Request;

const OWNER: &str = "what only the owner knows";
const STAFF: &str = "the staff's password";

static METADATA: LazyLock<Arc<Metadata>> =
    LazyLock::new(|| Arc::new(Bundle::embedded().unwrap().metadata));

/// What all desks logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes to [`LOG`].
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes all desks write to [`LOG`].
fn log() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_ansi(false);
        subscriber.with_writer(|| Log).init();
    });
}

/// Plays the kiosk behind a desk: obeys every command that is for what is on the screen, and hands it
/// on. It finds an animal in every photograph that is not black.
fn play(inbox: &Arc<Inbox>, live: watch::Receiver<Arc<Live>>) -> Receiver<Command> {
    let (sender, commands) = mpsc::channel();
    let inbox = Arc::clone(inbox);
    thread::spawn(move || {
        loop {
            let orders = inbox.wait(Duration::from_secs(3600)).into_iter();
            for order in orders.chain(iter::from_fn(|| inbox.photograph())) {
                let Order {
                    command,
                    shown,
                    reply,
                } = order;
                let live = Arc::clone(&live.borrow());
                let all = || iter::once(&live.arrival).chain(&live.others);
                let done = match &command {
                    Command::Press(button) => {
                        let is_shown = all().any(|now| shown.allows(*button, &now.shown()));
                        is_shown.then_some(()).ok_or(CommandError::Outdated)
                    }
                    Command::Focus(id) => {
                        let is_there = all().any(|now| now.id == *id);
                        is_there.then_some(()).ok_or(CommandError::Outdated)
                    }
                    Command::Photograph(picture) if picture.as_raw().iter().all(|it| *it == 0) => {
                        Err(CommandError::NoAnimal)
                    }
                    _ => Ok(()),
                };
                if done.is_err() {
                    reply.send(done);
                    continue;
                }
                if sender.send(command).is_err() {
                    return;
                }
                reply.send(Ok(()));
            }
        }
    });
    commands
}

/// A desk at work. The kiosk behind it is the test's own.
struct Served {
    folder: Arc<TempDir>,
    address: SocketAddr,
    catalogue: Arc<Catalogue>,
    live: watch::Sender<Arc<Live>>,
    inbox: Arc<Inbox>,
    commands: Receiver<Command>,
    desk: Desk,
    close: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Served {
    /// A desk with both passwords.
    fn new() -> Self {
        Self::with_passwords(&[(Role::Owner, OWNER), (Role::Staff, STAFF)])
    }

    fn with_passwords(passwords: &[(Role, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        for (role, password) in passwords {
            access.set_password(*role, password).unwrap();
        }
        Self::in_folder(folder.into())
    }

    /// The desk again, after it was closed.
    fn restarted(mut self) -> Self {
        self.close();
        Self::in_folder(Arc::clone(&self.folder))
    }

    fn in_folder(folder: Arc<TempDir>) -> Self {
        Self::with(folder, |_| {})
    }

    fn with_tls(folder: Arc<TempDir>, tls: Option<Tls>) -> Self {
        Self::with(folder, |options| options.tls = tls)
    }

    /// A desk with other options.
    fn with(folder: Arc<TempDir>, change: impl FnOnce(&mut Options)) -> Self {
        Self::beside(None, folder, change)
    }

    /// A desk that shows a former catalogue, too.
    fn beside(
        former: Option<Arc<Catalogue>>,
        folder: Arc<TempDir>,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        log();
        let access = Access::open(folder.path()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let catalogue = Arc::new(Catalogue::open(folder.path()).unwrap());
        let (live, watched) = watch::channel(Arc::default());
        let inbox = Arc::new(Inbox::default());
        let commands = play(&inbox, watched.clone());
        let mut kiosk = Kiosk::new(catalogue.clone(), METADATA.clone(), watched, inbox.clone());
        kiosk.former = former;
        let mut options = Options {
            address,
            folder: folder.path().to_owned(),
            names: vec!["desk.example.org".to_owned()],
            // The programs of libheif, where a test pretends that there are any.
            photographs: Reader::new(folder.path().join("programs"), Duration::from_secs(60)),
            tls: None,
            setup: Setup::default(),
            cameras: Arc::new(NoCameras),
        };
        change(&mut options);
        let desk = Desk::new(kiosk, access, options);
        let (close, closed) = oneshot::channel();
        let served = desk.clone();
        let server = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let closed = async {
                let _ = closed.await;
            };
            runtime.block_on(served.serve(listener, closed)).unwrap();
        });
        Self {
            folder,
            address,
            catalogue,
            live,
            inbox,
            commands,
            desk,
            close: Some(close),
            server: Some(server),
        }
    }

    /// The login links of this desk that were logged.
    fn logged_links(&self) -> Vec<String> {
        let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
        let ours = format!("http://{}/login?token=", self.address);
        let lines = log.lines().filter(|line| line.contains(&ours));
        lines.map(str::to_owned).collect()
    }

    /// Somebody who is not logged in.
    fn anonymous(&self) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Client {
            agent: config.into(),
            base: format!("http://{}", self.address),
        }
    }

    fn owner(&self) -> Client {
        self.anonymous().logged_in(OWNER)
    }

    fn staff(&self) -> Client {
        self.anonymous().logged_in(STAFF)
    }

    /// A visit on record that the network was not sure of.
    fn unsure_visit(&self) -> VisitId {
        self.catalogue.record(&unsure()).unwrap().visit
    }

    fn close(&mut self) {
        self.close.take().map(|close| close.send(()));
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

/// A visit that the network was not sure of.
fn unsure() -> NewVisit {
    NewVisit {
        at: Timestamp::now(),
        photograph: Some(image::RgbImage::from_pixel(
            64,
            48,
            image::Rgb([180, 120, 60]),
        )),
        verdict: VerdictKind::Unsure,
        candidates: ["beagle", "pug"]
            .map(|breed| Candidate {
                breed: breed.into(),
                probability: 0.4,
            })
            .to_vec(),
        confidence: 0.4,
        embedding: Vec::new(),
        model: "today".to_owned(),
        source: Source::Camera,
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.close();
    }
}

/// A browser or a program, with its cookies.
#[derive(Clone)]
struct Client {
    agent: ureq::Agent,
    base: String,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Client {
    fn logged_in(self, password: &str) -> Self {
        let answer = self.post(
            "/api/v1/login",
            &serde_json::json!({ "password": password }),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        self
    }

    /// The same browser or program at another desk of the same machine, with its cookies.
    fn at(&self, served: &Served) -> Self {
        Self {
            agent: self.agent.clone(),
            ..served.anonymous()
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None)
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.say("POST", path, body)
    }

    fn say(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.ask(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let request = |path: &str| {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.base));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request
        };
        let answer = match body {
            Some(body) => self.agent.run(request(path).body(body).unwrap()),
            None => self.agent.run(request(path).body(()).unwrap()),
        };
        let (parts, mut body) = answer.unwrap().into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.read_to_vec().unwrap(),
        }
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The message of a problem.
    fn error(&self) -> String {
        let error = self.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(
            !error.is_empty() && !error.contains('\n'),
            "{}",
            self.text()
        );
        assert!(error.chars().count() <= 300, "{error}");
        error
    }
}
