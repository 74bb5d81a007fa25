//! The forms of the page and the bodies of the API, sent by the owner to a desk at work.

use std::io::{Read, Write};
use std::iter;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use catalogue::{AnimalFields, Catalogue, NewVisit, OwnerFields};
use desk::access::{Access, Role};
use desk::kiosk::{Inbox, Kiosk, Live};
use desk::setup::{NoCameras, Setup};
use desk::{Desk, Options};
use heic::Reader;
use image::{Rgb, RgbImage};
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{Bundle, Candidate, Metadata, Source, VerdictKind};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime;
use tokio::sync::{oneshot, watch};

use super::renewed::{House, Renewed};
use super::requests::{API, FORMS, Request};

/// How many animals, owners and visits there are, with numbers from 1.
const RECORDS: u8 = 8;

/// The animals, with names that are not alike.
const NAMES: [&str; RECORDS as usize] = [
    "Ada", "Bella", "Coco", "Duke", "Emma", "Fritz", "Gina", "Hugo",
];

const PASSWORD: &str = "what only the owner knows";

/// What the requests of the API have as their body.
const JSON: &str = "application/json";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the kiosk behind the desk looks whether the desk is still there.
const TURN: Duration = Duration::from_millis(200);

static METADATA: LazyLock<Arc<Metadata>> = LazyLock::new(|| {
    let bundle = Bundle::embedded().expect("the built-in bundle");
    Arc::new(bundle.metadata)
});

thread_local! {
    static FORMS_DESK: Renewed<Front> = const { Renewed::new() };
    static API_DESK: Renewed<Front> = const { Renewed::new() };
}

/// The body of a form: the desk does not fail, and its owner stays logged in. The first byte says which
/// form, the second one of which record. Accepted is what the desk does.
///
/// # Panics
/// If that is not so, or if a catalogue is damaged after many of them.
#[must_use]
pub fn forms(bytes: &[u8]) -> bool {
    FORMS_DESK.with(|front| front.with(|front| front.does(&FORMS, bytes)))
}

/// The body of a request of the API, as [`forms`].
///
/// # Panics
/// As [`forms`].
#[must_use]
pub fn api(bytes: &[u8]) -> bool {
    API_DESK.with(|front| front.with(|front| front.does(&API, bytes)))
}

/// A desk on a free port, with its owner logged in.
struct Front {
    folder: TempDir,
    address: SocketAddr,
    /// The owner's cookies.
    cookies: String,
    close: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    /// What is on the screen: nobody.
    _live: watch::Sender<Arc<Live>>,
}

impl House for Front {
    fn open() -> Self {
        let folder = TempDir::new().expect("a folder for the catalogue");
        let catalogue = Catalogue::open(folder.path()).expect("a new catalogue");
        fill(&catalogue);
        let access = Access::open(folder.path()).expect("no passwords yet");
        let set = access.set_password(Role::Owner, PASSWORD);
        set.expect("the owner's password is stored");
        let (live, watched) = watch::channel(Arc::default());
        let inbox = Arc::new(Inbox::default());
        obey(&inbox);
        let kiosk = Kiosk::new(catalogue.into(), METADATA.clone(), watched, inbox);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let options = Options {
            address,
            folder: folder.path().to_owned(),
            names: Vec::new(),
            // Without a program of libheif: it would be tried here.
            photographs: Reader::new(folder.path().join("programs"), PATIENCE),
            tls: None,
            setup: Setup::default(),
            cameras: Arc::new(NoCameras),
        };
        let desk = Desk::new(kiosk, access, options);
        let (close, closed) = oneshot::channel();
        let server = thread::spawn(move || serve(desk, listener, closed));
        let mut front = Self {
            folder,
            address,
            cookies: String::new(),
            close: Some(close),
            server: Some(server),
            _live: live,
        };
        front.log_in();
        front
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Front {
    fn log_in(&mut self) {
        let body = json!({ "password": PASSWORD }).to_string();
        let head = self.ask("POST", "/api/v1/login", JSON, body.as_bytes());
        let cookies = head.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_cookie = name.eq_ignore_ascii_case("set-cookie");
            is_cookie.then(|| {
                value
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
        });
        self.cookies = cookies.collect::<Vec<_>>().join("; ");
        assert!(!self.cookies.is_empty(), "no session's cookie: {head}");
    }

    /// Sends the request that the bytes describe. Returns whether the desk does what it says.
    fn does(&self, requests: &[Request], bytes: &[u8]) -> bool {
        let [request, record, body @ ..] = bytes else {
            return false;
        };
        let request = &requests[usize::from(*request) % requests.len()];
        let number = 1 + record % RECORDS;
        let path = request.path.replace("{id}", &number.to_string());
        let head = self.ask(request.method, &path, request.kind, body);
        let status = status(&head);
        assert!(status < 500, "{} {path}: {head}", request.method);
        // A form may also ask to go on to the login page.
        let seems_logged_out = status == 401 || head.contains("location: /login");
        let is_logged_in = !seems_logged_out || self.is_logged_in();
        assert!(is_logged_in, "{} {path}: {head}", request.method);
        status < 400
    }

    /// Whether the owner's session goes on.
    fn is_logged_in(&self) -> bool {
        status(&self.ask("GET", "/api/v1/session", JSON, b"")) == 200
    }

    /// Sends a body. Returns the head of the answer.
    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("the desk accepts connections");
        let patience = stream.set_read_timeout(Some(PATIENCE));
        patience.expect("a time-out");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\nCookie: {}\r\n\r\n",
            body.len(),
            self.cookies
        );
        // A desk that has read enough may close: then what counts is its answer.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let head = answer.split_once("\r\n\r\n").map(|(head, _)| head);
        head.unwrap_or_else(|| panic!("{method} {path}: no answer: {answer}"))
            .to_owned()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let (Some(close), Some(server)) = (self.close.take(), self.server.take()) {
            // It has closed already if it panicked, which its caller has seen.
            let _ = close.send(());
            let _ = server.join();
        }
    }
}

fn serve(desk: Desk, listener: TcpListener, closed: oneshot::Receiver<()>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let closed = async {
        // It closes, too, once nobody is left who could say so.
        let _ = closed.await;
    };
    let served = runtime
        .expect("a runtime")
        .block_on(desk.serve(listener, closed));
    served.expect("the page is served");
}

/// Plays the kiosk: obeys every command, until the desk is gone.
fn obey(inbox: &Arc<Inbox>) {
    let inbox = Arc::downgrade(inbox);
    thread::spawn(move || {
        while let Some(inbox) = inbox.upgrade() {
            let orders = inbox.wait(TURN).into_iter();
            for order in orders.chain(iter::from_fn(|| inbox.photograph())) {
                order.reply.send(Ok(()));
            }
        }
    });
}

/// Adds the animals, the owners and the visits.
fn fill(catalogue: &Catalogue) {
    for name in NAMES {
        let animal = AnimalFields::new(name, Species::Dog, "pug");
        let added = catalogue.add_animal(&animal, "fuzz");
        added.expect("an animal of the catalogue");
        let owner = OwnerFields {
            name: format!("{name}'s owner"),
            ..OwnerFields::default()
        };
        let added = catalogue.add_owner(&owner, "fuzz");
        added.expect("an owner of the catalogue");
        let recorded = catalogue.record(&visit());
        recorded.expect("a visit of the catalogue");
    }
}

/// A visit that the network was not sure of.
fn visit() -> NewVisit {
    let candidates = ["beagle", "pug"].map(|breed| Candidate {
        breed: breed.into(),
        probability: 0.4,
    });
    NewVisit {
        at: Timestamp::now(),
        photograph: Some(RgbImage::from_pixel(64, 48, Rgb([180, 120, 60]))),
        verdict: VerdictKind::Unsure,
        candidates: candidates.to_vec(),
        confidence: 0.4,
        embedding: Vec::new(),
        model: "today".to_owned(),
        source: Source::Camera,
    }
}

/// The status of an answer with this head.
fn status(head: &str) -> u16 {
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no status: {head}"))
}
