//! The kiosk's own thread: takes frames and commands in, goes on with the arrival, keeps it, and
//! says what the screen shows.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use image::RgbImage;
use jiff::{Timestamp, Zoned};
use tokio::sync::watch;

use super::face::Face;
use super::feed::{Eye, Feed};
use super::scanned::Scanned;
use super::{
    Arrival, Button, Candidate, Command, Counts, Input, Live, Notice, Part, Picture, Stage,
};
use devices::buttons::Buttons;
use devices::camera::{Frame, Source};
use catalogue::{AnimalId, Catalogue, CatalogueError, NewVisit, Decision, Settings, VisitId};
use checkin::{self, Answer, Checkin, Effect, Event, Pace, Presence, Sight};
use devices::display::Output;
use recognise::{Recognition, Metadata, Recogniser};

/// What a button at the screen is called in the catalogue.
const BY: &str = "screen";

/// Time passes in steps of at most this, even when no frame comes.
const TICK: Duration = Duration::from_millis(200);

/// Between two looks at the settings, and two attempts at what could not be recorded.
const CHORES: Duration = Duration::from_secs(2);

/// What is behind the kiosk's thread.
pub(super) struct Worker {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) metadata: Arc<Metadata>,
    pub(super) recogniser: Recogniser,
    pub(super) feed: Arc<Feed>,
    pub(super) live: watch::Sender<Arc<Live>>,
    pub(super) display: Output,
    pub(super) buttons: Buttons,
    pub(super) address: Option<String>,
    pub(super) standing: Vec<Notice>,
    pub(super) pulse: Box<dyn FnMut() + Send>,
}

/// The arrival that is going on, beyond what [`Checkin`] knows of it.
#[derive(Default)]
struct Guest {
    visit: Option<VisitId>,
    /// What the answer was given for.
    seen: Option<Arc<Seen>>,
    /// What the network looked at last.
    latest: Option<Arc<Seen>>,
    name: Option<String>,
    said: Option<String>,
}

/// A picture, and what the network made of it.
struct Seen {
    picture: Arc<RgbImage>,
    source: Source,
    look: Recognition,
}

/// What changes while the thread runs.
struct State {
    start: Instant,
    /// Time that was spent looking.
    looking: Duration,
    checkin: Checkin,
    /// What the camera's desk looks like, and the page's photographs'.
    presence: [Presence; 2],
    guest: Guest,
    scanned: Scanned,
    settings: Settings,
    /// What went wrong when the arrival was last kept.
    trouble: Option<String>,
    /// Why the settings cannot be read.
    unread: Option<String>,
    counts: Counts,
    face: Option<Face>,
    chores: Option<Instant>,
}

impl State {
    /// The time of the arrival. It stands still during a look: on a slow machine nobody has left
    /// only because no frame was seen meanwhile.
    fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.looking)
    }
}

impl Worker {
    /// Works until the last handle of the kiosk is dropped.
    pub(super) fn run(&mut self, inputs: &Receiver<Input>) {
        let mut state = State {
            start: Instant::now(),
            looking: Duration::ZERO,
            checkin: Checkin::new(Arc::clone(&self.metadata), Pace::default()),
            presence: Default::default(),
            guest: Guest::default(),
            scanned: Scanned::default(),
            settings: Settings::default(),
            trouble: None,
            unread: None,
            counts: Counts::default(),
            face: None,
            chores: None,
        };
        // Handles hold the other end of `live`.
        while !self.live.is_closed() {
            (self.pulse)();
            self.feed
                .attend(*state.checkin.stage() != checkin::Stage::Empty);
            self.chores(&mut state);
            self.show(&mut state);
            match inputs.recv_timeout(TICK) {
                Ok(Input::Command(command)) => self.command(&mut state, command),
                Ok(Input::News) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            match self.feed.take() {
                Some(frame) => self.frame(&mut state, frame),
                None => self.tell(&mut state, Event::Seen(Sight::Empty)),
            }
        }
    }

    fn command(&self, state: &mut State, command: Command) {
        match command {
            Command::Press(Button::Confirm) => self.tell(state, Event::Confirm),
            Command::Press(Button::Next) => self.tell(state, Event::Next),
            Command::Press(Button::New) => {
                state.scanned = Scanned::Nothing;
                self.tell(state, Event::New);
            }
            Command::Photograph(photo) => {
                if !self.feed.play(&photo) {
                    state.trouble = Some("too many photographs wait; drop it again".to_owned());
                }
            }
            Command::Settled(visit) if state.guest.visit == Some(visit) => {
                self.settled(state, visit);
            }
            // A visit of before: the screen goes on with the arrival that it shows.
            Command::Settled(_) => {}
            Command::Tag(tag) => {
                let now = state.now();
                match Scanned::look_up(&self.catalogue, &tag, now) {
                    Ok(scanned) => state.scanned = scanned,
                    Err(error) => state.trouble = Some(error.to_string()),
                }
                self.settle_scanned(state);
            }
        }
    }

    fn frame(&self, state: &mut State, frame: Frame) {
        state.counts.frames += 1;
        let now = state.now();
        let presence = &mut state.presence[usize::from(frame.source == Source::Page)];
        let sight = presence.see(now, &frame.picture);
        self.tell_at(state, now, Event::Seen(sight));
        if !state.checkin.wants_look(now) {
            return;
        }
        let start = Instant::now();
        let look = self.recogniser.recognise(&frame.picture);
        state.looking += start.elapsed();
        match look {
            Ok(look) => {
                state.counts.looked(start.elapsed());
                let prediction = look.prediction.clone();
                let seen = Seen {
                    picture: Arc::new(frame.picture),
                    source: frame.source,
                    look,
                };
                state.guest.latest = Some(Arc::new(seen));
                if matches!(
                    state.checkin.stage(),
                    checkin::Stage::Somebody | checkin::Stage::Looking
                ) {
                    state.guest.seen = state.guest.latest.clone();
                }
                self.tell_at(state, now, Event::Looked(prediction));
            }
            Err(error) => state.trouble = Some(error.to_string()),
        }
    }

    fn tell(&self, state: &mut State, event: Event) {
        let now = state.now();
        self.tell_at(state, now, event);
    }

    fn tell_at(&self, state: &mut State, now: Duration, event: Event) {
        let effect = state.checkin.on(now, event);
        if matches!(
            state.checkin.stage(),
            checkin::Stage::Empty | checkin::Stage::Somebody
        ) {
            state.guest = Guest::default();
        }
        let done = match effect {
            None => return,
            Some(Effect::Record(answer)) => self.record(state, &answer),
            Some(Effect::Revise(answer)) => self.revise(state, &answer),
            Some(Effect::Settle(breed)) => self.confirm(state, breed),
        };
        state.trouble = done.err().map(|error| error.to_string());
        self.settle_scanned(state);
    }

    fn record(&self, state: &mut State, answer: &Answer) -> Result<(), CatalogueError> {
        let recorded = self.catalogue.record(&self.visit(state, answer))?;
        state.counts.answers += 1;
        state.guest.visit = Some(recorded.visit);
        recorded.photograph_lost.map_or(Ok(()), Err)
    }

    fn revise(&self, state: &mut State, answer: &Answer) -> Result<(), CatalogueError> {
        state.guest.seen = state.guest.latest.clone();
        let Some(visit) = state.guest.visit else {
            return self.record(state, answer);
        };
        let revised = self.catalogue.revise(visit, &self.visit(state, answer))?;
        revised.photograph_lost.map_or(Ok(()), Err)
    }

    /// Records an answer that could not be recorded when it came; `None` where there is none.
    fn record_late(&self, state: &mut State) -> Option<Result<(), CatalogueError>> {
        match state.checkin.stage() {
            checkin::Stage::Answered(answer) if state.guest.visit.is_none() => {
                let answer = answer.clone();
                Some(self.record(state, &answer))
            }
            _ => None,
        }
    }

    /// Settles the visit on disk, then on the screen. What could not be recorded before is recorded
    /// now.
    fn settle(&self, state: &mut State, breed: usize) -> Result<(), CatalogueError> {
        // Without its photograph it is a record all the same.
        let recorded = self.record_late(state);
        let Some(visit) = state.guest.visit else {
            return recorded.unwrap_or(Ok(()));
        };
        self.say(state, visit, &self.metadata.breeds[breed].id, None)
    }

    /// Settles the visit as that of the animal whose tag was scanned, as soon as there is a visit.
    /// What fails is tried again among the chores.
    fn settle_scanned(&self, state: &mut State) {
        let Some(animal) = state.scanned.animal(state.now()) else {
            return;
        };
        let (id, breed) = (animal.id, animal.fields.breed.clone());
        let Some(visit) = state.guest.visit else {
            return;
        };
        match self.say(state, visit, &breed, Some(id)) {
            Ok(()) => state.scanned = Scanned::Nothing,
            Err(error) => state.trouble = Some(error.to_string()),
        }
    }

    /// What was said at the screen, on disk and then on the screen.
    fn say(
        &self,
        state: &mut State,
        visit: VisitId,
        breed: &str,
        animal: Option<AnimalId>,
    ) -> Result<(), CatalogueError> {
        let said = Decision {
            breed: breed.to_owned(),
            animal,
            by: BY.to_owned(),
            at: Timestamp::now(),
        };
        self.catalogue.confirm(visit, &said)?;
        self.settled(state, visit);
        Ok(())
    }

    /// The catalogue has it: the screen may say so.
    fn settled(&self, state: &mut State, visit: VisitId) {
        match self.catalogue.visit(visit) {
            Ok(visit) => {
                state.guest.name = visit.animal.map(|(_, name)| name);
                state.guest.said = visit.confirmed_breed;
                state.checkin.on(state.now(), Event::Settled);
            }
            Err(error) => state.trouble = Some(error.to_string()),
        }
    }

    fn visit(&self, state: &State, answer: &Answer) -> NewVisit {
        let seen = state.guest.seen.as_deref();
        NewVisit {
            at: Timestamp::now(),
            photograph: seen.map(|seen| RgbImage::clone(&seen.picture)),
            verdict: answer.verdict.name().to_owned(),
            candidates: self.candidates(answer),
            confidence: answer.verdict.confidence(),
            embedding: seen.map(|seen| seen.look.embedding()).unwrap_or_default(),
            model: self.metadata.trained.when.clone(),
            source: match seen.map(|seen| seen.source) {
                Some(Source::Page) => "page".to_owned(),
                _ => "camera".to_owned(),
            },
        }
    }

    /// What is due now and then.
    fn chores(&self, state: &mut State) {
        if state.chores.is_some_and(|last| last.elapsed() < CHORES) {
            return;
        }
        state.chores = Some(Instant::now());
        state.unread = match self.catalogue.settings() {
            Ok(settings) => {
                state.settings = settings;
                None
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(recorded) = self.record_late(state) {
            state.trouble = recorded.err().map(|error| error.to_string());
        }
        self.settle_scanned(state);
    }

    /// Puts on the screen and the page what has changed.
    fn show(&self, state: &mut State) {
        let notices = self.notices(state);
        let face = self.face(state, &notices);
        let arrival = self.arrival(state);
        state.counts.uptime_s = state.start.elapsed().as_secs_f64();
        let screen = match &state.face {
            Some(shown) if *shown == face => self.live.borrow().screen.clone(),
            _ => {
                let locale = state.settings.language.locale();
                let picture = Arc::new(Picture::new(face.draw(&self.metadata, locale)));
                state.face = Some(face);
                self.display.show(Arc::clone(picture.canvas()));
                Some(picture)
            }
        };
        let live = Live {
            arrival,
            screen,
            notices,
            counts: state.counts,
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

    fn face(&self, state: &State, notices: &[Notice]) -> Face {
        let stage = state.checkin.stage().clone();
        let looking = stage == checkin::Stage::Looking;
        Face {
            tenths: match looking {
                true => (state.checkin.progress() * 10.0) as u8,
                false => 0,
            },
            picture: (state.guest.seen.as_ref()).map(|seen| Arc::clone(&seen.picture)),
            guest: state.guest.name.clone(),
            said: state.guest.said.clone(),
            notice: notices.first().map(|notice| notice.part),
            address: self.address.clone(),
            camera: self.feed.eye() != Eye::None,
            night: is_night(&state.settings),
            screen: self.display.screen(),
            stage,
        }
    }

    fn notices(&self, state: &State) -> Vec<Notice> {
        let notice =
            |part, message: Option<String>| message.map(|message| Notice { part, message });
        let blind = match self.feed.eye() {
            Eye::Trouble(trouble) => Some(trouble),
            Eye::Open | Eye::None => None,
        };
        let passing = [
            notice(Part::Camera, blind),
            notice(Part::Display, self.display.trouble()),
            notice(Part::Buttons, self.buttons.trouble()),
            notice(Part::Catalogue, state.trouble.clone()),
            notice(Part::Catalogue, state.unread.clone()),
            notice(Part::Tag, state.scanned.trouble(state.now())),
        ];
        let standing = self.standing.iter().cloned();
        standing.chain(passing.into_iter().flatten()).collect()
    }

    fn arrival(&self, state: &State) -> Arrival {
        let stage = state.checkin.stage();
        let answer = stage.answer();
        Arrival {
            stage: Stage::of(stage),
            visit: state.guest.visit,
            verdict: answer.map(|answer| answer.verdict.name().to_owned()),
            candidates: answer.map_or_else(Vec::new, |answer| self.candidates(answer)),
            selected: answer.map_or(0, |answer| answer.selected),
        }
    }

    fn candidates(&self, answer: &Answer) -> Vec<Candidate> {
        let candidates = answer.candidates.iter();
        candidates
            .map(|&(breed, probability)| Candidate {
                breed: self.metadata.breeds[breed].id.clone(),
                probability,
            })
            .collect()
    }
}

/// Whether the time of day is between the settings' two; they may lie on both sides of midnight.
fn is_night(settings: &Settings) -> bool {
    let (Some(from), Some(to)) = (settings.night_from, settings.night_to) else {
        return false;
    };
    let now = Zoned::now().time();
    match from <= to {
        true => from <= now && now < to,
        false => now >= from || now < to,
    }
}
