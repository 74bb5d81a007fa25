//! The kiosk's own thread: takes frames and commands in, drives the arrival, and publishes what the
//! screen shows.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, Settings};
use checkin::{Checkin, Effect, Event, Pace, Presence, Sight, Stage};
use desk::kiosk::{Arrival, Command, Counts, Input, Live, Notice, Part, Picture};
use devices::buttons::Buttons;
use devices::camera::Frame;
use devices::display::Output;
use jiff::Zoned;
use recognise::{Metadata, Recogniser, Source};
use screens::Button;
use screens::locale::{Locale, Message};
use tokio::sync::watch;

use super::Parts;
use super::capture::{CameraState, Capture};
use super::drawing::Drawing;
use super::guest::{Guest, Seen};
use super::notices;
use super::tag::ScannedTag;

/// Time passes in steps of at most this, even when no frame comes.
const TICK: Duration = Duration::from_millis(200);

/// Between two rounds of what is due now and then: settings, the address, records that failed.
const CHORES: Duration = Duration::from_secs(2);

/// The kiosk's thread and all that it knows.
pub(super) struct Worker {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) metadata: Arc<Metadata>,
    pub(super) recogniser: Recogniser,
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
    /// The background of the camera's frames, and of dropped photographs.
    presence: [Presence; 2],
    find_address: Box<dyn Fn() -> Option<String> + Send>,
    address: Option<String>,
    live: watch::Sender<Arc<Live>>,
    drawn: Option<Drawing>,
    pulse: Box<dyn FnMut() + Send>,
    start: Instant,
    /// Time that was spent on predictions.
    predicting: Duration,
    last_chores: Option<Instant>,
}

impl Worker {
    /// A worker at an empty desk. It starts the camera and the buttons, which report to `inputs`.
    pub(super) fn new(
        parts: Parts,
        metadata: Arc<Metadata>,
        inputs: SyncSender<Input>,
        live: watch::Sender<Arc<Live>>,
    ) -> Self {
        Self {
            catalogue: parts.catalogue,
            recogniser: parts.recogniser,
            buttons: super::listen(parts.buttons, inputs.clone()),
            capture: Capture::start(parts.camera, inputs),
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
            presence: Default::default(),
            find_address: parts.find_address,
            address: None,
            live,
            drawn: None,
            pulse: parts.pulse,
            start: Instant::now(),
            predicting: Duration::ZERO,
            last_chores: None,
        }
    }

    /// Works until the last handle of the kiosk is dropped.
    pub(super) fn run(mut self, inputs: &Receiver<Input>) {
        // Handles hold the other end of `live`.
        while !self.live.is_closed() {
            (self.pulse)();
            self.capture
                .set_presence(self.checkin.stage() != Stage::Empty);
            self.do_chores();
            self.publish();
            match inputs.recv_timeout(TICK) {
                Ok(first) => self.take(first, inputs),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            match self.capture.take() {
                Some(frame) => self.see(frame),
                None => self.advance(self.now(), Event::Seen(Sight::Empty)),
            }
        }
    }

    /// Takes everything that waits. News that piled up during a slow prediction must not fill the
    /// queue, or a press of a button would be lost.
    fn take(&mut self, first: Input, inputs: &Receiver<Input>) {
        for input in std::iter::once(first).chain(inputs.try_iter()) {
            if let Input::Command(command) = input {
                self.obey(command);
            }
        }
    }

    /// The time of the arrival. It stands still during a prediction: on a slow machine nobody has
    /// left only because no frame was seen meanwhile.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.predicting)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Press(Button::Confirm) => self.advance(self.now(), Event::Confirm),
            Command::Press(Button::Next) => self.advance(self.now(), Event::Next),
            Command::Press(Button::New) => {
                self.tag = ScannedTag::None;
                self.advance(self.now(), Event::New);
            }
            Command::Photograph(photo) => {
                if !self.capture.play(&photo) {
                    self.failure = Some(Message::new("notice-photographs-wait"));
                }
            }
            Command::Confirmed(visit) if self.guest.visit == Some(visit) => {
                self.show_decision(visit);
            }
            // An earlier visit: the screen goes on with the arrival that it shows.
            Command::Confirmed(_) => {}
            Command::Tag(tag) => {
                match ScannedTag::find(&self.catalogue, &tag, self.now()) {
                    Ok(tag) => self.tag = tag,
                    Err(error) => self.fail(&error),
                }
                self.confirm_tag();
            }
        }
    }

    fn see(&mut self, frame: Frame) {
        self.counts.frames += 1;
        let now = self.now();
        let presence = &mut self.presence[usize::from(frame.source == Source::Page)];
        let sight = presence.see(now, &frame.picture);
        self.advance(now, Event::Seen(sight));
        if self.checkin.wants_prediction(now) {
            self.predict(now, frame);
        }
    }

    /// Runs the network on a frame.
    fn predict(&mut self, now: Duration, frame: Frame) {
        let start = Instant::now();
        let recognition = self.recogniser.recognise(&frame.picture);
        self.predicting += start.elapsed();
        match recognition {
            Ok(recognition) => {
                self.counts.predicted(start.elapsed());
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
                self.advance(now, Event::Predicted(prediction));
            }
            Err(error) => {
                tracing::error!(%error, "the network failed on a frame");
                self.failure = Some(notices::of_network(&error));
            }
        }
    }

    /// Moves the arrival on by what happened at `now`, and does what that asks for.
    fn advance(&mut self, now: Duration, event: Event) {
        let effect = self.checkin.on(now, event);
        if matches!(self.checkin.stage(), Stage::Empty | Stage::Somebody) {
            self.guest = Guest::default();
        }
        let done = match effect {
            None => return,
            Some(Effect::Record(answer)) => self.record(&answer),
            Some(Effect::Revise(answer)) => self.revise(&answer),
            Some(Effect::Confirm(breed)) => self.confirm(breed),
        };
        match done {
            Ok(()) => self.failure = None,
            Err(error) => self.fail(&error),
        }
        self.confirm_tag();
    }

    /// Does what is due now and then.
    fn do_chores(&mut self) {
        if self.last_chores.is_some_and(|last| last.elapsed() < CHORES) {
            return;
        }
        self.last_chores = Some(Instant::now());
        self.address = (self.find_address)();
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
        match self.record_late() {
            Some(Ok(())) => self.failure = None,
            Some(Err(error)) => self.fail(&error),
            None => {}
        }
        self.confirm_tag();
    }

    /// Puts on the screen and the page what has changed.
    fn publish(&mut self) {
        let notices = self.notices();
        let drawing = self.drawing(&notices);
        self.counts.uptime_s = self.start.elapsed().as_secs_f64();
        let screen = if self.drawn.as_ref() == Some(&drawing) {
            self.live.borrow().screen.clone()
        } else {
            let locale = Locale::of(self.settings.language);
            let picture = Arc::new(Picture::new(drawing.draw(&self.metadata, locale)));
            self.drawn = Some(drawing);
            self.display.show(Arc::clone(picture.canvas()));
            Some(picture)
        };
        let live = Live {
            arrival: self.arrival(),
            screen,
            notices,
            counts: self.counts,
        };
        self.live.send_if_modified(|shown| {
            let same = |(a, b): (&Arc<Picture>, &Arc<Picture>)| Arc::ptr_eq(a, b);
            let modified = !shown.screen.iter().zip(&live.screen).any(same)
                || shown.arrival != live.arrival
                || shown.notices != live.notices;
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
            confirmed: self.guest.confirmed.clone(),
            notice: notices.first().map(|notice| notice.part),
            address: self.address.clone(),
            camera: self.capture.camera() != CameraState::Absent,
            night: is_night(&self.settings),
            screen: self.display.screen(),
        }
    }

    fn notices(&self) -> Vec<Notice> {
        let camera = match self.capture.camera() {
            CameraState::Fails(message) => Some(message),
            CameraState::Works | CameraState::Absent => None,
        };
        let passing = [
            (Part::Camera, camera),
            (Part::Display, self.display.error()),
            (Part::Buttons, self.buttons.error()),
            (Part::Catalogue, self.failure.clone()),
            (Part::Catalogue, self.settings_failure.clone()),
            (Part::Tag, self.tag.message(self.now())),
        ];
        let passing = (passing.into_iter())
            .filter_map(|(part, message)| message.map(|message| Notice { part, message }));
        self.standing.iter().cloned().chain(passing).collect()
    }

    fn arrival(&self) -> Arrival {
        let answer = self.checkin.answer();
        Arrival {
            stage: self.checkin.stage(),
            visit: self.guest.visit,
            verdict: answer.map(|answer| answer.verdict.kind()),
            candidates: answer.map_or_else(Vec::new, |answer| answer.named(&self.metadata)),
            selected: answer.map_or(0, |answer| answer.selected),
        }
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
