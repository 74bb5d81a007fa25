//! The kiosk's own thread: takes frames and commands in, drives the arrivals, and publishes what screen
//! and page show.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::{Catalogue, Settings};
use checkin::{ArrivalId, Entrance, Event, Pace, Presence};
use desk::kiosk::{
    Command, CommandError, Counts, Inbox, Live, Machine, Notice, Order, Part, Picture, Rescue,
    Shown,
};
use desk::setup::Setup;
use devices::buttons::Buttons;
use devices::display::Output;
use recognise::{Metadata, Recogniser};
use screens::locale::Message;
use tokio::sync::watch;

use super::backups::Upkeep;
use super::capture::{CameraState, Capture};
use super::drawing::Drawing;
use super::guest::Guest;
use super::learning::Learning;
use super::links::{self, Linked};
use super::model::ModelWatch;
use super::records::Records;
use super::tag::ScannedTag;
use super::{Parts, Silence, notices, renewal, rescue};

/// Time passes in steps of at most this, even when no frame comes.
const TICK: Duration = Duration::from_millis(200);

/// Between two rounds of what is due now and then: settings, the address, records that failed.
const CHORES: Duration = Duration::from_secs(2);

/// The kiosk's thread and all that it knows.
pub(super) struct Worker {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) metadata: Arc<Metadata>,
    pub(super) recogniser: Arc<Recogniser>,
    /// Which model bundle that is, for people.
    model: Option<Message>,
    pub(super) model_watch: Option<ModelWatch>,
    /// The breeds that staff have taught.
    pub(super) learning: Learning,
    pub(super) capture: Arc<Capture>,
    pub(super) display: Output,
    pub(super) buttons: Buttons,
    pub(super) entrance: Entrance,
    /// The arrivals of the entrance that were recognised.
    pub(super) guests: BTreeMap<ArrivalId, Guest>,
    pub(super) tag: ScannedTag,
    pub(super) counts: Counts,
    /// Why an arrival could not be kept when that was last tried.
    pub(super) failure: Option<Message>,
    /// Why the settings cannot be read.
    settings_failure: Option<Message>,
    pub(super) settings: Settings,
    /// The way back, while visits go to a rescue catalogue.
    rescue: Option<Rescue>,
    /// What was found to be wrong at the start, and stays so.
    standing: Vec<Notice>,
    records: Arc<Records>,
    find_notices: Box<dyn Fn() -> Vec<Notice> + Send>,
    /// The notices that it found last.
    found: Vec<Notice>,
    /// What is known of the catalogue's soundness and of its backups.
    upkeep: watch::Receiver<Upkeep>,
    /// What is known of the links to the rest of the daycare and of the chain. They end with it.
    linked: watch::Receiver<Linked>,
    /// The background of the camera's frames, and of dropped photographs.
    pub(super) presence: [Presence; 2],
    find_machine: Box<dyn FnMut() -> Machine + Send>,
    pub(super) machine: Machine,
    pub(super) setup: Setup,
    /// The figures of the set-up that were logged last.
    logged: Option<String>,
    pub(super) inbox: Arc<Inbox>,
    live: Arc<watch::Sender<Arc<Live>>>,
    drawn: Option<Drawing>,
    pulse: Box<dyn FnMut(Silence) + Send>,
    start: Instant,
    /// Time that was spent on runs of the networks.
    pub(super) predicting: Duration,
    /// The time of the frame that is being taken in.
    pub(super) frame_time: Option<Duration>,
    /// When the networks may run on the next photograph.
    pub(super) photograph_due: Duration,
    last_chores: Option<Instant>,
}

impl Worker {
    /// A worker at an empty desk. It starts the camera and the buttons, which report to `inbox`.
    pub(super) fn new(
        parts: Parts,
        metadata: Arc<Metadata>,
        inbox: Arc<Inbox>,
        live: watch::Sender<Arc<Live>>,
        upkeep: watch::Receiver<Upkeep>,
    ) -> Self {
        let live = Arc::new(live);
        let shown = Arc::downgrade(&live);
        let recogniser = Arc::new(parts.recogniser);
        if let Some(rescue) = parts.rescue.clone() {
            rescue::start(rescue, &shown);
        }
        let worker = Self {
            linked: links::start(&parts.catalogue, parts.links, &inbox, &shown),
            records: Records::start(&parts.catalogue),
            learning: Learning::start(&parts.catalogue),
            catalogue: parts.catalogue,
            entrance: Entrance::new(
                Arc::clone(&metadata),
                Pace::default(),
                recogniser.can_locate(),
            ),
            recogniser,
            model: parts.model,
            model_watch: parts.model_watch,
            buttons: super::listen(parts.buttons, &inbox, &shown, parts.setup.clone()),
            capture: Capture::start(parts.camera, Arc::clone(&inbox)),
            display: parts.display,
            metadata,
            guests: BTreeMap::new(),
            tag: ScannedTag::default(),
            counts: Counts::default(),
            failure: None,
            settings_failure: None,
            settings: Settings::default(),
            rescue: parts.rescue,
            standing: parts.notices,
            find_notices: parts.find_notices,
            found: Vec::new(),
            upkeep,
            presence: Default::default(),
            find_machine: parts.find_machine,
            machine: Machine::default(),
            setup: parts.setup,
            logged: None,
            inbox,
            live,
            drawn: None,
            pulse: parts.pulse,
            start: Instant::now(),
            predicting: Duration::ZERO,
            frame_time: None,
            photograph_due: Duration::ZERO,
            last_chores: None,
        };
        worker.begin();
        worker
    }

    /// Begins to work with a network: learns what staff have taught, and embeds what another network
    /// embedded.
    fn begin(&self) {
        self.learning.learn(&self.metadata.trained.when);
        renewal::start(&self.catalogue, &self.recogniser, self.learning.clone());
    }

    /// Works until the last handle of the kiosk is dropped.
    pub(super) fn run(mut self) {
        // Handles hold the other end of `live`.
        while !self.live.is_closed() {
            (self.pulse)(Silence {
                camera: self.capture.silence(),
                records: self.records.silence(),
            });
            self.capture.set_presence(self.entrance.is_alert());
            self.do_chores();
            self.prepare_setup();
            self.publish();
            let orders = self.inbox.wait(TICK);
            self.obey_all(orders);
            let photograph = self.take_photograph();
            self.obey_all(photograph);
            match self.capture.take() {
                // What is kept of animals is for the owner to choose first.
                Some(frame) if !self.setup.is_first() => self.see(frame),
                _ => self.advance(self.now(), Event::Passed),
            }
        }
    }

    /// Obeys commands and shows their effect, before a network runs again: however slow it is, nobody
    /// waits for more than the run that goes on. A photograph comes alone, since it is a run itself.
    pub(super) fn obey_all(&mut self, orders: impl IntoIterator<Item = Order>) {
        let mut outcomes = Vec::new();
        for Order {
            command,
            shown,
            reply,
        } in orders
        {
            outcomes.push((reply, self.obey(command, &shown)));
        }
        if outcomes.is_empty() {
            return;
        }
        self.publish();
        for (reply, outcome) in outcomes {
            reply.send(outcome);
        }
    }

    /// The time of the arrivals. It stands still while a network runs: on a slow machine nobody has
    /// left only because no frame was seen meanwhile.
    pub(super) fn now(&self) -> Duration {
        let now = || self.start.elapsed().saturating_sub(self.predicting);
        self.frame_time.unwrap_or_else(now)
    }

    /// Obeys a command that was given for what was `shown`.
    fn obey(&mut self, command: Command, shown: &Shown) -> Result<(), CommandError> {
        match command {
            Command::Press(_) | Command::Tag(_) if self.setup.is_first() => {}
            Command::Press(button) => return self.press(button, shown),
            Command::Focus(id) => return self.focus(ArrivalId(id)),
            Command::Photograph(photo) => {
                if !self.shows_animal(&photo) {
                    return Err(CommandError::NoAnimal);
                }
                if !self.capture.play(&photo) {
                    return Err(CommandError::Busy);
                }
            }
            Command::Confirmed(visit) => self.reload(visit),
            Command::Taught => self.learn(),
            Command::Tag(tag) => self.scan(&tag, shown),
            Command::Settings => self.read_settings(),
        }
        Ok(())
    }

    /// Moves the arrivals on by what happened at `now`, and does what that asks for.
    pub(super) fn advance(&mut self, now: Duration, event: Event) {
        let effect = self.entrance.on(now, event);
        (self.guests).retain(|id, _| self.entrance.arrival(*id).is_some());
        if let Some(effect) = effect {
            let (arrival, done) = self.carry_out(effect);
            self.report(arrival, done);
            self.confirm_tag();
        }
    }

    /// Does what is due now and then.
    fn do_chores(&mut self) {
        if self.last_chores.is_some_and(|last| last.elapsed() < CHORES) {
            return;
        }
        self.last_chores = Some(Instant::now());
        self.machine = (self.find_machine)();
        self.found = (self.find_notices)();
        self.take_model();
        self.read_settings();
        self.record_all_late();
        self.confirm_tag();
    }

    /// While somebody waits for the kiosk to be set up, it has an address as soon as there is one. A
    /// kiosk without a display has its log alone to say the figures.
    fn prepare_setup(&mut self) {
        let code = self.setup.code();
        if code.is_some() && self.machine.address.is_none() {
            self.machine = (self.find_machine)();
        }
        if self.logged == code {
            return;
        }
        if let Some(code) = &code {
            tracing::info!("the six figures that set the kiosk up: {code}");
        }
        self.logged = code;
    }

    /// Uses a model bundle that was installed meanwhile, once nobody is there whom the former network
    /// has begun to recognise.
    fn take_model(&mut self) {
        if !self.entrance.is_idle() {
            return;
        }
        let Some(chosen) = self.model_watch.as_ref().and_then(ModelWatch::take) else {
            return;
        };
        tracing::info!("another model bundle is in use");
        self.metadata = Arc::new(chosen.recogniser.metadata().clone());
        self.recogniser = Arc::new(chosen.recogniser);
        let locates = self.recogniser.can_locate();
        self.entrance = (self.entrance).with_bundle(Arc::clone(&self.metadata), locates);
        self.guests.clear();
        self.begin();
        self.failure = None;
        self.model = Some(chosen.model);
        self.standing.retain(|notice| notice.part != Part::Model);
        let notice = chosen.notice.map(|message| Notice {
            part: Part::Model,
            message,
        });
        self.standing.extend(notice);
    }

    fn read_settings(&mut self) {
        self.settings_failure = match self.catalogue.settings() {
            Ok(settings) => {
                catalogue::use_time_zone(settings.time_zone.as_deref());
                self.settings = settings;
                None
            }
            Err(error) => {
                if self.settings_failure.is_none() {
                    tracing::error!(%error, "the settings cannot be read");
                }
                Some(notices::of_catalogue(&error))
            }
        };
    }

    /// Puts on the screen and the page what has changed.
    fn publish(&mut self) {
        let notices = self.notices();
        let drawing = self.drawing(&notices);
        self.counts.uptime_s = self.start.elapsed().as_secs_f64();
        self.counts.skipped = self.capture.skipped();
        let screen = if self.drawn.as_ref() == Some(&drawing) {
            self.live.borrow().screen.clone()
        } else {
            self.drawn = Some(drawing.clone());
            let hidden = drawing.without_figures();
            let picture = self.picture(drawing);
            self.display.show(|| Arc::clone(picture.canvas()));
            Some(hidden.map_or(picture, |hidden| self.picture(hidden)))
        };
        let focus = self.entrance.focus();
        let live = Live {
            arrival: focus.map(|arrival| self.shown(arrival)).unwrap_or_default(),
            others: self.beside().map(|arrival| self.shown(arrival)).collect(),
            screen,
            notices,
            tag: self.tag.read(self.now()),
            has_camera: self.capture.camera() != CameraState::Absent,
            unrecordable: self.records.error(),
            rescue: self.rescue.clone(),
            is_damaged: self.upkeep.borrow().is_damaged,
            turned: Some(Instant::now()),
            backups: self.upkeep.borrow().backups.clone(),
            links: self.linked.borrow().links.clone(),
            machine: self.machine.clone(),
            model: self.model.clone(),
            metadata: Some(Arc::clone(&self.metadata)),
            counts: self.counts,
        };
        self.live.send_if_modified(|shown| {
            let same = |(a, b): (&Arc<Picture>, &Arc<Picture>)| Arc::ptr_eq(a, b);
            let modified = !shown.screen.iter().zip(&live.screen).any(same)
                || shown.arrival != live.arrival
                || shown.others != live.others
                || shown.notices != live.notices
                || shown.tag != live.tag;
            *shown = Arc::new(live);
            modified
        });
    }

    fn picture(&self, drawing: Drawing) -> Arc<Picture> {
        let metadata = Arc::clone(&self.metadata);
        Arc::new(Picture::new(move || drawing.draw(&metadata)))
    }

    fn notices(&self) -> Vec<Notice> {
        let camera = match self.capture.camera() {
            CameraState::Fails(message) => Some(message),
            CameraState::Works | CameraState::Absent => None,
        };
        let unrecordable = (self.records.error().as_deref())
            .map(notices::of_catalogue)
            .filter(|message| self.failure.as_ref() != Some(message));
        let passing = [
            (Part::Camera, camera),
            (Part::Display, self.display.error()),
            (Part::Buttons, self.buttons.error()),
            (Part::Catalogue, self.failure.clone()),
            (Part::Catalogue, self.settings_failure.clone()),
            (Part::Catalogue, unrecordable),
            (Part::Tag, self.tag.message(self.now())),
        ];
        let passing = (passing.into_iter())
            .filter_map(|(part, message)| message.map(|message| Notice { part, message }));
        let (upkeep, linked) = (self.upkeep.borrow(), self.linked.borrow());
        let lasting = self.standing.iter().chain(&self.found).cloned();
        (lasting.chain(passing))
            .chain(upkeep.notices.iter().cloned())
            .chain(linked.notices.iter().cloned())
            .collect()
    }

    /// Whether the screen uses its dim colours.
    pub(super) fn is_night(&self) -> bool {
        is_night(&self.settings)
    }
}

impl Drop for Worker {
    /// Nobody waits for a kiosk that has stopped.
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// Whether the time of day is between the settings' two; they may lie on both sides of midnight.
fn is_night(settings: &Settings) -> bool {
    let (Some(from), Some(to)) = (settings.night_from, settings.night_to) else {
        return false;
    };
    let now = catalogue::now().time();
    if from <= to {
        from <= now && now < to
    } else {
        now >= from || now < to
    }
}
