//! The kiosk's own thread: takes frames and commands in, drives the arrival, and publishes what the
//! screen shows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::{Catalogue, CatalogueError, Settings};
use checkin::{Checkin, Effect, Event, Pace, Presence, Stage, Turn};
use desk::kiosk::{
    Arrival, Command, CommandError, Counts, Inbox, Live, Notice, Order, Part, Picture, Shown,
};
use devices::buttons::Buttons;
use devices::camera::Frame;
use devices::display::Output;
use jiff::Zoned;
use recognise::{Metadata, Recogniser, Source};
use screens::Button;
use screens::locale::Message;
use tokio::sync::watch;

use super::backups::Upkeep;
use super::capture::{CameraState, Capture};
use super::drawing::Drawing;
use super::guest::{Guest, Seen};
use super::model::ModelWatch;
use super::notices;
use super::records::Records;
use super::tag::ScannedTag;
use super::{Parts, Silence};

/// Time passes in steps of at most this, even when no frame comes.
const TICK: Duration = Duration::from_millis(200);

/// Between two rounds of what is due now and then: settings, the address, records that failed.
const CHORES: Duration = Duration::from_secs(2);

/// The kiosk's thread and all that it knows.
pub(super) struct Worker {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) metadata: Arc<Metadata>,
    pub(super) recogniser: Recogniser,
    /// Which model bundle that is, for people.
    model: Option<Message>,
    model_watch: Option<ModelWatch>,
    pub(super) capture: Arc<Capture>,
    pub(super) display: Output,
    pub(super) buttons: Buttons,
    pub(super) checkin: Checkin,
    pub(super) guest: Guest,
    pub(super) tag: ScannedTag,
    pub(super) counts: Counts,
    /// Why the arrival could not be kept when that was last tried.
    pub(super) failure: Option<Message>,
    /// Why the settings cannot be read.
    settings_failure: Option<Message>,
    settings: Settings,
    /// What was found to be wrong at the start, and stays so.
    standing: Vec<Notice>,
    records: Arc<Records>,
    find_notices: Box<dyn Fn() -> Vec<Notice> + Send>,
    /// The notices that it found last.
    found: Vec<Notice>,
    /// What is known of the catalogue's soundness and of its backups.
    upkeep: watch::Receiver<Upkeep>,
    /// The background of the camera's frames, and of dropped photographs.
    presence: [Presence; 2],
    find_address: Box<dyn Fn() -> Option<String> + Send>,
    address: Option<String>,
    inbox: Arc<Inbox>,
    live: Arc<watch::Sender<Arc<Live>>>,
    drawn: Option<Drawing>,
    pulse: Box<dyn FnMut(Silence) + Send>,
    start: Instant,
    /// Time that was spent on predictions.
    predicting: Duration,
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
        Self {
            records: Records::start(&parts.catalogue),
            catalogue: parts.catalogue,
            recogniser: parts.recogniser,
            model: parts.model,
            model_watch: parts.model_watch,
            buttons: super::listen(parts.buttons, Arc::clone(&inbox), shown),
            capture: Capture::start(parts.camera, Arc::clone(&inbox)),
            display: parts.display,
            checkin: Checkin::new(Arc::clone(&metadata), Pace::default()),
            metadata,
            guest: Guest::default(),
            tag: ScannedTag::default(),
            counts: Counts::default(),
            failure: None,
            settings_failure: None,
            settings: Settings::default(),
            standing: parts.notices,
            find_notices: parts.find_notices,
            found: Vec::new(),
            upkeep,
            presence: Default::default(),
            find_address: parts.find_address,
            address: None,
            inbox,
            live,
            drawn: None,
            pulse: parts.pulse,
            start: Instant::now(),
            predicting: Duration::ZERO,
            last_chores: None,
        }
    }

    /// Works until the last handle of the kiosk is dropped.
    pub(super) fn run(mut self) {
        // Handles hold the other end of `live`.
        while !self.live.is_closed() {
            (self.pulse)(Silence {
                camera: self.capture.silence(),
                records: self.records.silence(),
            });
            self.capture
                .set_presence(self.checkin.stage() != Stage::Empty);
            self.do_chores();
            self.publish();
            let orders = self.inbox.wait(TICK);
            self.obey_all(orders);
            match self.capture.take() {
                Some(frame) => self.see(frame),
                None => self.advance(self.now(), Event::Passed),
            }
        }
    }

    /// Obeys the commands that wait and shows their effect, before the network runs again: however
    /// slow it is, nobody waits for more than the prediction that goes on.
    fn obey_all(&mut self, orders: Vec<Order>) {
        if orders.is_empty() {
            return;
        }
        let mut outcomes = Vec::new();
        for Order {
            command,
            shown,
            reply,
        } in orders
        {
            outcomes.push((reply, self.obey(command, &shown)));
        }
        self.publish();
        for (reply, outcome) in outcomes {
            reply.send(outcome);
        }
    }

    /// The time of the arrival. It stands still during a prediction: on a slow machine nobody has
    /// left only because no frame was seen meanwhile.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.predicting)
    }

    /// Obeys a command that was given for what was `shown`.
    fn obey(&mut self, command: Command, shown: &Shown) -> Result<(), CommandError> {
        match command {
            Command::Press(button) => return self.press(button, shown),
            Command::Photograph(photo) => {
                if !self.capture.play(&photo) {
                    return Err(CommandError::Busy);
                }
            }
            Command::Confirmed(visit) => self.reload(visit),
            Command::Tag(tag) => self.scan(&tag, shown),
            Command::Settings => self.read_settings(),
        }
        Ok(())
    }

    /// Presses a button, unless the screen has changed since it was pressed.
    fn press(&mut self, button: Button, shown: &Shown) -> Result<(), CommandError> {
        if !shown.allows(button, &self.arrival().shown()) {
            tracing::info!(?button, "the screen has changed since a button was pressed");
            return Err(CommandError::Outdated);
        }
        let event = match button {
            Button::Confirm => Event::Confirm,
            Button::Next => Event::Next,
            Button::New => {
                self.tag = ScannedTag::None;
                Event::New
            }
        };
        let Some(effect) = self.move_on(self.now(), event) else {
            return Ok(());
        };
        let done = self.carry_out(effect);
        // Somebody else has decided or deleted the visit, and the screen did not show it yet.
        let is_outdated = matches!(
            done,
            Err(CatalogueError::Superseded { .. } | CatalogueError::NoSuchVisit(_))
        );
        self.report(done);
        if is_outdated {
            return Err(CommandError::Outdated);
        }
        Ok(())
    }

    fn see(&mut self, frame: Frame) {
        self.counts.frames += 1;
        let now = self.now();
        let presence = &mut self.presence[usize::from(frame.source == Source::Page)];
        let sight = presence.see(now, &frame.picture);
        self.advance(now, Event::Seen(sight));
        match self.checkin.turn(now) {
            Turn::Skip => {}
            Turn::Rest => self.counts.deferred += 1,
            Turn::Run => self.predict(now, frame),
        }
    }

    /// Runs the network on a frame.
    fn predict(&mut self, now: Duration, frame: Frame) {
        let start = Instant::now();
        let recognition = self.recogniser.recognise(&frame.picture);
        let took = start.elapsed();
        self.predicting += took;
        match recognition {
            Ok(recognition) => {
                self.counts.predicted(took);
                tracing::debug!(?took, "a prediction is made");
                let prediction = recognition.prediction.clone();
                let seen = Arc::new(Seen {
                    picture: Arc::new(frame.picture),
                    source: frame.source,
                    recognition,
                });
                if matches!(self.checkin.stage(), Stage::Somebody | Stage::Predicting) {
                    self.guest.seen = Some(Arc::clone(&seen));
                }
                self.guest.latest = Some(seen);
                self.advance(now, Event::Predicted { prediction, took });
            }
            Err(error) => {
                tracing::error!(%error, "the network failed on a frame");
                if let Some(watch) = &self.model_watch {
                    watch.failed(error.to_string());
                }
                self.failure = Some(notices::of_network(&error));
            }
        }
    }

    /// Moves the arrival on by what happened at `now`, and does what that asks for.
    pub(super) fn advance(&mut self, now: Duration, event: Event) {
        if let Some(effect) = self.move_on(now, event) {
            let done = self.carry_out(effect);
            self.report(done);
            self.confirm_tag();
        }
    }

    /// Moves the arrival on by what happened at `now`; returns what that asks for.
    fn move_on(&mut self, now: Duration, event: Event) -> Option<Effect> {
        let effect = self.checkin.on(now, event);
        if matches!(self.checkin.stage(), Stage::Empty | Stage::Somebody) {
            self.guest = Guest::default();
        }
        effect
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), CatalogueError> {
        match effect {
            Effect::Record(answer) => self.record(&answer),
            Effect::Revise(answer) => self.revise(&answer),
            Effect::Confirm(breed) => self.confirm(breed),
        }
    }

    /// Says on screen and page whether the catalogue could do its work, or shows what staff have
    /// done meanwhile.
    pub(super) fn report(&mut self, done: Result<(), CatalogueError>) {
        match done {
            Ok(()) => self.failure = None,
            Err(CatalogueError::Superseded { visit }) => self.show_visit(*visit),
            // They deleted it, or restored a backup without it.
            Err(CatalogueError::NoSuchVisit(gone)) if self.guest.visit == Some(gone) => {
                self.tag = ScannedTag::None;
                self.advance(self.now(), Event::New);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Does what is due now and then.
    fn do_chores(&mut self) {
        if self.last_chores.is_some_and(|last| last.elapsed() < CHORES) {
            return;
        }
        self.last_chores = Some(Instant::now());
        self.address = (self.find_address)();
        self.found = (self.find_notices)();
        self.take_model();
        self.read_settings();
        if let Some(recorded) = self.record_late() {
            self.report(recorded);
        }
        self.confirm_tag();
    }

    /// Uses a model bundle that was installed meanwhile, once nobody is there whom the former network
    /// has begun to recognise.
    fn take_model(&mut self) {
        if !self.checkin.is_idle() {
            return;
        }
        let Some(chosen) = self.model_watch.as_ref().and_then(ModelWatch::take) else {
            return;
        };
        tracing::info!("another model bundle is in use");
        self.metadata = Arc::new(chosen.recogniser.metadata().clone());
        self.recogniser = chosen.recogniser;
        self.checkin = Checkin::new(Arc::clone(&self.metadata), Pace::default());
        self.guest = Guest::default();
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
            let metadata = Arc::clone(&self.metadata);
            let picture = Arc::new(Picture::new(move || drawing.draw(&metadata)));
            self.display.show(|| Arc::clone(picture.canvas()));
            Some(picture)
        };
        let live = Live {
            arrival: self.arrival(),
            screen,
            notices,
            tag: self.tag.read(self.now()),
            has_camera: self.capture.camera() != CameraState::Absent,
            unrecordable: self.records.error(),
            turned: Some(Instant::now()),
            backups: self.upkeep.borrow().backups.clone(),
            model: self.model.clone(),
            metadata: Some(Arc::clone(&self.metadata)),
            counts: self.counts,
        };
        self.live.send_if_modified(|shown| {
            let same = |(a, b): (&Arc<Picture>, &Arc<Picture>)| Arc::ptr_eq(a, b);
            let modified = !shown.screen.iter().zip(&live.screen).any(same)
                || shown.arrival != live.arrival
                || shown.notices != live.notices
                || shown.tag != live.tag;
            *shown = Arc::new(live);
            modified
        });
    }

    fn drawing(&self, notices: &[Notice]) -> Drawing {
        let stage = self.checkin.stage();
        Drawing {
            stage,
            answer: self.checkin.answer().cloned(),
            tenths: if stage == Stage::Predicting {
                (self.checkin.progress() * 10.0) as u8
            } else {
                0
            },
            picture: (self.guest.seen.as_ref()).map(|seen| Arc::clone(&seen.picture)),
            guest: self.guest.name.clone(),
            care: self.guest.care.clone(),
            confirmed: self.guest.confirmed.clone(),
            // Who scans a tag looks at the screen now; whatever else is wrong has time.
            notice: (notices.iter().find(|notice| notice.part == Part::Tag))
                .or(notices.first())
                .cloned(),
            tag: self.tag.read(self.now()),
            address: self.address.clone(),
            camera: self.capture.camera() != CameraState::Absent,
            night: is_night(&self.settings),
            language: self.settings.language,
            screen: self.display.screen(),
        }
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
        let upkeep = self.upkeep.borrow();
        let lasting = self.standing.iter().chain(&self.found).cloned();
        (lasting.chain(passing))
            .chain(upkeep.notices.iter().cloned())
            .collect()
    }

    fn arrival(&self) -> Arrival {
        let answer = self.checkin.answer();
        Arrival {
            stage: self.checkin.stage(),
            visit: self.guest.visit,
            revision: self.guest.revision,
            verdict: answer.map(|answer| answer.verdict.kind()),
            candidates: answer.map_or_else(Vec::new, |answer| answer.named(&self.metadata)),
            selected: answer.map_or(0, |answer| answer.selected),
        }
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
    let now = Zoned::now().time();
    if from <= to {
        from <= now && now < to
    } else {
        now >= from || now < to
    }
}
