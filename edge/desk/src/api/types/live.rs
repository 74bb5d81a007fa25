//! What is on the screen at this moment.

use std::iter;

use catalogue::{AnimalId, VisitId};
use recognise::Language;
use screens::Locale;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::visits::{Candidate, Verdict};
use crate::kiosk;

/// What is on the screen.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    /// The arrival in focus: the one that the screen shows large, and that its buttons mean.
    arrival: Arrival,
    /// The other arrivals, oldest first.
    others: Vec<Arrival>,
    /// The id of the screen's picture: it changes with the pixels.
    screen: String,
    /// What is wrong or missing; empty when all is well.
    notices: Vec<Notice>,
    /// What happened since the kiosk started.
    counts: Counts,
}

impl From<&kiosk::Live> for Live {
    fn from(live: &kiosk::Live) -> Self {
        Self {
            arrival: (&live.arrival).into(),
            others: live.others.iter().map(Arrival::from).collect(),
            screen: live.screen_id().to_owned(),
            notices: live.notices.iter().map(Notice::from).collect(),
            counts: (&live.counts).into(),
        }
    }
}

/// How far an arrival has got.
#[derive(Serialize, ToSchema)]
pub(crate) struct Arrival {
    /// Its id, which no other arrival gets until the kiosk starts again; 0 where nobody is there.
    id: u64,
    /// Its number for people, from 1, which it has alone while it is there; 0 where nobody is there.
    number: u8,
    /// Where the animal is in the camera's picture: the left, top, right and bottom side of a
    /// rectangle, in shares of the picture's width and height. It is where the animal was when the
    /// rest last changed; the whole picture where the kiosk does not know.
    region: Vec<f32>,
    /// Its stage.
    stage: Stage,
    /// The number of its visit, once it is on record.
    #[schema(value_type = Option<i64>)]
    visit: Option<VisitId>,
    /// The visit's revision: it goes up with every change of its answer, breed or animal.
    revision: u32,
    /// The kind of answer; `null` until there is one.
    verdict: Option<Verdict>,
    /// The likeliest breeds, at most three, likeliest first.
    candidates: Vec<Candidate>,
    /// Those of the candidates that were learnt at this kiosk.
    learnt: Vec<LearntBreed>,
    /// Which animal it may be; `null` until there is an answer, and where it can be compared with none.
    guess: Option<Guess>,
    /// Which of the animals of `guess` is selected, on the screen and on every page: what the confirm
    /// button would confirm. `null` where a breed is selected.
    selected_guest: Option<usize>,
    /// Which of the candidates is selected: what the confirm button would confirm if no animal is.
    selected: usize,
}

impl From<&kiosk::Arrival> for Arrival {
    fn from(arrival: &kiosk::Arrival) -> Self {
        let candidates = arrival.candidates.iter().cloned();
        Self {
            id: arrival.id,
            number: arrival.number,
            region: arrival.region.corners().to_vec(),
            stage: arrival.stage.into(),
            visit: arrival.visit,
            revision: arrival.revision,
            verdict: arrival.verdict.map(Verdict::from),
            candidates: candidates.map(Candidate::from).collect(),
            learnt: (arrival.learnt.iter())
                .map(|(breed, pictures)| LearntBreed {
                    breed: breed.to_string(),
                    pictures: *pictures,
                })
                .collect(),
            guess: arrival.guess.as_deref().map(Guess::from),
            selected_guest: arrival.selected_guest,
            selected: arrival.selected,
        }
    }
}

/// A breed that was learnt at this kiosk.
#[derive(Serialize, ToSchema)]
struct LearntBreed {
    /// The breed's id.
    breed: String,
    /// From how many pictures it was learnt.
    pictures: usize,
}

/// Which animal an arrival may be.
#[derive(Serialize, ToSchema)]
struct Guess {
    /// The likeliest animals, at most three, likeliest first.
    guests: Vec<LikelyGuest>,
    /// The probability that it was never here before, 0 to 1.
    new: f32,
}

/// An animal that an arrival may be.
#[derive(Serialize, ToSchema)]
struct LikelyGuest {
    /// The animal's number.
    #[schema(value_type = i64)]
    animal: AnimalId,
    /// Its name.
    name: String,
    /// How probable it is that the arrival is this animal, 0 to 1.
    probability: f32,
    /// Its newest visit with a photograph, if one is stored.
    #[schema(value_type = Option<i64>)]
    visit: Option<VisitId>,
    /// The site of the chain where it is known, while it was never here; `null` for a guest of this
    /// daycare.
    known_at: Option<String>,
}

impl From<&catalogue::Guess> for Guess {
    fn from(guess: &catalogue::Guess) -> Self {
        let guests = guess.guests.iter().map(|guest| LikelyGuest {
            animal: guest.animal.id,
            name: guest.animal.fields.name.clone(),
            probability: guest.probability,
            visit: guest.visit,
            known_at: guest.animal.known_at.clone(),
        });
        Self {
            guests: guests.collect(),
            new: guess.new,
        }
    }
}

/// The stages of an arrival.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Nobody is there.
    Empty,
    /// Somebody came in front of the camera.
    Somebody,
    /// The network is at work.
    Looking,
    /// There is an answer, for staff to confirm or correct.
    Answered,
    /// Staff confirmed or corrected it, and it is on disk.
    Settled,
    /// Thank you.
    Thanks,
}

impl Stage {
    /// Its name in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Somebody => "somebody",
            Self::Looking => "looking",
            Self::Answered => "answered",
            Self::Settled => "settled",
            Self::Thanks => "thanks",
        }
    }
}

impl From<checkin::Stage> for Stage {
    fn from(stage: checkin::Stage) -> Self {
        match stage {
            checkin::Stage::Empty => Self::Empty,
            checkin::Stage::Somebody => Self::Somebody,
            checkin::Stage::Predicting => Self::Looking,
            checkin::Stage::Answered => Self::Answered,
            checkin::Stage::Confirmed => Self::Settled,
            checkin::Stage::Thanks => Self::Thanks,
        }
    }
}

/// Something that does not work as it should, while the kiosk goes on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notice {
    /// Which part of the kiosk.
    part: Part,
    /// What is the matter, in one line of English.
    message: String,
}

impl From<&kiosk::Notice> for Notice {
    fn from(notice: &kiosk::Notice) -> Self {
        Self {
            part: notice.part.into(),
            message: Locale::of(Language::English).message(&notice.message),
        }
    }
}

/// The parts of the kiosk that may fail while the others go on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// The camera at the entrance.
    Camera,
    /// The screen at the desk.
    Display,
    /// Buttons, keypad and scanner.
    Buttons,
    /// The catalogue and its photographs.
    Catalogue,
    /// The network.
    Model,
    /// A tag that was scanned.
    Tag,
    /// The automatic backups.
    Backup,
    /// The page.
    Page,
    /// The page's certificate.
    Https,
    /// Who may log in.
    Access,
    /// The hub of the chain.
    Hub,
    /// The MQTT broker.
    Mqtt,
    /// The last update of the program.
    Update,
    /// The settings at the start, `kiosk.toml`.
    Settings,
}

impl From<kiosk::Part> for Part {
    fn from(part: kiosk::Part) -> Self {
        match part {
            kiosk::Part::Camera => Self::Camera,
            kiosk::Part::Display => Self::Display,
            kiosk::Part::Buttons => Self::Buttons,
            kiosk::Part::Catalogue => Self::Catalogue,
            kiosk::Part::Model => Self::Model,
            kiosk::Part::Tag => Self::Tag,
            kiosk::Part::Backup => Self::Backup,
            kiosk::Part::Page => Self::Page,
            kiosk::Part::Https => Self::Https,
            kiosk::Part::Access => Self::Access,
            kiosk::Part::Hub => Self::Hub,
            kiosk::Part::Mqtt => Self::Mqtt,
            kiosk::Part::Update => Self::Update,
            kiosk::Part::Settings => Self::Settings,
        }
    }
}

/// What happened since the kiosk started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Frames that came from the camera.
    frames: u64,
    /// Predictions of the network.
    looks: u64,
    /// Arrivals that got an answer.
    answers: u64,
    /// Mean time of a prediction in milliseconds.
    look_ms: f64,
    /// Seconds since the start.
    uptime_s: f64,
}

impl From<&kiosk::Counts> for Counts {
    fn from(counts: &kiosk::Counts) -> Self {
        Self {
            frames: counts.frames,
            looks: counts.predictions,
            answers: counts.answers,
            look_ms: counts.prediction_ms,
            uptime_s: counts.uptime_s,
        }
    }
}

/// The buttons at the screen.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Button {
    /// Confirm the breed that is shown.
    Confirm,
    /// Show the next candidate.
    Next,
    /// Start over with another animal.
    New,
}

impl From<Button> for screens::Button {
    fn from(button: Button) -> Self {
        match button {
            Button::Confirm => Self::Confirm,
            Button::Next => Self::Next,
            Button::New => Self::New,
        }
    }
}

/// What was on the screen when a button was pressed. A press is refused if that has changed; what is
/// left out is taken as it is when the request arrives.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Press {
    /// The id of the arrival that the press is for; the one in focus if it is left out.
    arrival: Option<u64>,
    /// Its visit; `null` where none was on record.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    visit: Option<Option<VisitId>>,
    /// The visit's revision.
    revision: Option<u32>,
    /// Which of the animals of the guess was selected; `null` where a breed was. It matters to
    /// `confirm` alone.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<usize>)]
    selected_guest: Option<Option<usize>>,
    /// Which of the candidates was selected. It matters to `confirm` alone.
    selected: Option<usize>,
}

/// Tells a `null` from a field that is left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl Press {
    /// A press of a button on a page that showed this arrival, visit, revision and selection.
    pub(crate) fn new(
        arrival: Option<u64>,
        visit: Option<Option<VisitId>>,
        revision: Option<u32>,
        selected_guest: Option<Option<usize>>,
        selected: Option<usize>,
    ) -> Self {
        Self {
            arrival,
            visit,
            revision,
            selected_guest,
            selected,
        }
    }

    /// What the press is for, where `live` is on the screen; `None` if its arrival is gone.
    pub(crate) fn shown(self, live: &kiosk::Live) -> Option<kiosk::Shown> {
        let arrival = match self.arrival {
            Some(id) => iter::once(&live.arrival)
                .chain(&live.others)
                .find(|arrival| arrival.id == id)?,
            None => &live.arrival,
        };
        let now = arrival.shown();
        // Of another revision it may be another animal or breed, but then the press is refused anyway.
        let animal = |place: usize| {
            let guess = arrival.guess.as_deref()?;
            Some(guess.guests.get(place)?.animal.id)
        };
        let breed = |place: usize| {
            let candidate = arrival.candidates.get(place)?;
            Some(candidate.breed.clone())
        };
        let (breed, animal) = match (self.selected_guest, self.selected) {
            (None, None) => (now.breed, now.animal),
            (Some(Some(place)), _) => (None, animal(place)),
            (None | Some(None), place) => (breed(place.unwrap_or(arrival.selected)), None),
        };
        Some(kiosk::Shown {
            arrival: now.arrival,
            visit: self.visit.unwrap_or(now.visit),
            revision: self.revision.or(now.revision),
            breed,
            animal,
        })
    }
}

/// A press that was refused, and what is on the screen now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refusal {
    /// Why, in one line.
    error: String,
    #[serde(flatten)]
    live: Live,
}

impl Refusal {
    pub(crate) fn new(error: &kiosk::CommandError, live: &kiosk::Live) -> Self {
        Self {
            error: error.to_string(),
            live: live.into(),
        }
    }
}
