//! The two sides of a broker: the link of a kiosk, and somebody in the house who listens.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, NewVisit};
use jiff::Timestamp;
use recognise::{Candidate, Source, VerdictKind};
use rumqttc::{Client, Event, MqttOptions, Packet, Publish, QoS};
use serde_json::{Value, json};
use sync::mqtt::{self, Commands, State};
use sync::{Link, LinkState};
use tempfile::TempDir;
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// How long a link may take: after a failure it waits before the next try.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `is_so`.
pub(super) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let due = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < due, "not within {PATIENCE:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// A kiosk without camera and desk.
pub(super) struct Kiosk {
    pub(super) catalogue: Arc<Catalogue>,
    /// Its UUID.
    pub(super) id: String,
    _folder: TempDir,
}

impl Kiosk {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the catalogue");
        let catalogue = Catalogue::open(folder.path()).expect("a new catalogue");
        catalogue.follow("mqtt").expect("a sender");
        Self {
            id: catalogue.kiosk_id().expect("its UUID"),
            catalogue: Arc::new(catalogue),
            _folder: folder,
        }
    }

    /// Its topic with this end.
    pub(super) fn topic(&self, end: &str) -> String {
        format!("breed-kiosk/{}/{end}", self.id)
    }

    /// A dog arrives. Returns the number of its visit.
    pub(super) fn arrival(&self) -> i64 {
        self.arrival_seen_by("mqtt")
    }

    /// The same, with the version of the network.
    pub(super) fn arrival_seen_by(&self, model: &str) -> i64 {
        let recorded = self.catalogue.record(&NewVisit {
            at: Timestamp::now(),
            photograph: None,
            verdict: VerdictKind::Breed,
            candidates: vec![Candidate {
                breed: "beagle".into(),
                probability: 0.9,
            }],
            confidence: 0.9,
            embedding: (0..128).map(|index| (index as f32).sin()).collect(),
            model: model.to_owned(),
            source: Source::Camera,
        });
        recorded.expect("a visit on record").visit.0
    }

    /// How many events wait to be sent.
    pub(super) fn waiting(&self) -> u64 {
        self.catalogue.backlog("mqtt").expect("a backlog").waiting
    }

    /// Starts its link to a broker without TLS, with further settings.
    pub(super) fn link(&self, port: u16, more: Value) -> Linked {
        self.link_to(&format!("mqtt://127.0.0.1:{port}"), more)
    }

    /// Starts its link to the broker at a URL, with further settings.
    pub(super) fn link_to(&self, url: &str, more: Value) -> Linked {
        let mut settings = json!({"url": url, "site": "North"});
        let fields = settings.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let settings: mqtt::Settings =
            serde_json::from_value(settings).expect("settings of a broker");
        let (link, seen) = watch::channel(Link::new(Timestamp::now()));
        let (state, shown) = watch::channel(State {
            in_house: 1,
            names_in_house: vec!["Rex".to_owned()],
            camera: true,
            language: "en".to_owned(),
            languages: vec!["en".to_owned(), "fr".to_owned()],
            confidence: Some(0.9),
            ..State::default()
        });
        let (stop, stopped) = watch::channel(false);
        let obeyed = Arc::new(Obeyed::default());
        let commands: Arc<dyn Commands> = Arc::<Obeyed>::clone(&obeyed);
        let catalogue = Arc::clone(&self.catalogue);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let link = mqtt::run(catalogue, settings, shown, commands, link, stopped);
            LocalSet::new().block_on(&runtime.expect("a runtime"), link);
        });
        Linked {
            seen,
            state,
            obeyed,
            stop,
            thread: Some(thread),
        }
    }
}

/// The commands that were obeyed.
#[derive(Default)]
struct Obeyed(Mutex<Vec<String>>);

impl Obeyed {
    fn add(&self, command: &str) {
        self.0.lock().expect("no panic").push(command.to_owned());
    }
}

impl Commands for Obeyed {
    fn confirm(&self) {
        self.add("confirm");
    }

    fn next(&self) {
        self.add("next");
    }

    fn language(&self, id: &str) {
        self.add(id);
    }
}

/// A link at work. Dropping it stops it.
pub(super) struct Linked {
    seen: watch::Receiver<Link>,
    state: watch::Sender<State>,
    obeyed: Arc<Obeyed>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Linked {
    pub(super) fn now(&self) -> Link {
        self.seen.borrow().clone()
    }

    /// Something changes at the kiosk.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }

    pub(super) fn obeyed(&self) -> Vec<String> {
        self.obeyed.0.lock().expect("no panic").clone()
    }

    pub(super) fn eventually_connects(&self) {
        eventually("the link works", || self.now().is_connected());
    }

    pub(super) fn eventually_fails(&self) {
        eventually("the link fails", || self.reason().is_some());
    }

    /// Waits until the link does not work, for the reason with this key.
    pub(super) fn eventually_says(&self, key: &str) {
        eventually(key, || self.reason() == Some(key));
    }

    /// The key of the reason why the link does not work.
    fn reason(&self) -> Option<&'static str> {
        match self.now().state {
            LinkState::Failing(message) | LinkState::Refused(message) => Some(message.key),
            LinkState::Connecting | LinkState::Connected => None,
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.now().state, LinkState::Refused(_))
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let ended = self.thread.take().map(JoinHandle::join);
        // A second panic would hide the first one.
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the link has panicked");
        }
    }
}

/// Somebody who hears everything, with a client of MQTT 3.1.1.
pub(super) struct House {
    client: Client,
    heard: Arc<Mutex<Vec<Publish>>>,
    joined: Arc<AtomicUsize>,
    leaves: Arc<AtomicBool>,
}

impl House {
    pub(super) fn join(port: u16) -> Self {
        Self::join_as(port, None)
    }

    /// Connects, and again whenever the connection ends.
    pub(super) fn join_as(port: u16, login: Option<(&str, &str)>) -> Self {
        static JOINED: AtomicUsize = AtomicUsize::new(0);
        let number = JOINED.fetch_add(1, Ordering::Relaxed);
        let mut options = MqttOptions::new(format!("house-{number}"), "127.0.0.1", port);
        options.set_max_packet_size(1 << 20, 1 << 20);
        if let Some((user, password)) = login {
            options.set_credentials(user, password);
        }
        let (client, mut connection) = Client::new(options, 64);
        let house = Self {
            client: client.clone(),
            heard: Arc::default(),
            joined: Arc::default(),
            leaves: Arc::default(),
        };
        let (heard, joined) = (Arc::clone(&house.heard), Arc::clone(&house.joined));
        let leaves = Arc::clone(&house.leaves);
        thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        client.try_subscribe("#", QoS::AtLeastOnce).expect("room");
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        joined.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        heard.lock().expect("no panic").push(message);
                    }
                    Ok(_) => {}
                    Err(_) if leaves.load(Ordering::Relaxed) => return,
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        });
        house.eventually_joins(1);
        house
    }

    /// Waits until it has connected so many times.
    pub(super) fn eventually_joins(&self, times: usize) {
        eventually("the house listens", || {
            self.joined.load(Ordering::Relaxed) >= times
        });
    }

    /// All that it heard.
    pub(super) fn heard(&self) -> Vec<Publish> {
        self.heard.lock().expect("no panic").clone()
    }

    /// What it heard on a topic.
    pub(super) fn heard_on(&self, topic: &str) -> Vec<Publish> {
        let mut heard = self.heard();
        heard.retain(|message| message.topic == topic);
        heard
    }

    /// Waits until it has heard a message on a topic for which `is_it`. Returns that message.
    pub(super) fn eventually_hears(
        &self,
        topic: &str,
        is_it: impl Fn(&Publish) -> bool,
    ) -> Publish {
        let mut found = None;
        eventually(topic, || {
            found = self
                .heard_on(topic)
                .into_iter()
                .find(|message| is_it(message));
            found.is_some()
        });
        found.expect("a message")
    }

    /// The events that it heard of a kiosk.
    pub(super) fn events(&self, kiosk: &Kiosk) -> Vec<Value> {
        (self.heard_on(&kiosk.topic("event")).iter())
            .map(|message| serde_json::from_slice(&message.payload).expect("JSON"))
            .collect()
    }

    pub(super) fn say(&self, topic: &str, retain: bool, payload: impl Into<Vec<u8>>) {
        let said = self
            .client
            .publish(topic, QoS::AtLeastOnce, retain, payload);
        said.expect("a client at work");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.leaves.store(true, Ordering::Relaxed);
        // Fails only if the connection has ended.
        let _ = self.client.try_disconnect();
    }
}
