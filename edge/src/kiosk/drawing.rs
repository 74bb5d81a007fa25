//! Collects what the screen shows, and draws it.

use std::sync::Arc;

use checkin::Stage;
use desk::kiosk::{Notice, Part};
use image::RgbImage;
use recognise::{BreedId, Language, Metadata, Region, VerdictKind};
use screens::locale::Message;
use screens::{
    Canvas, Framed, Guest, Locale, Named, Other, OtherState, Scene, Screen, Seen, Several, Short,
    View,
};

use super::offers::{Choice, Offers};

/// Everything that decides what the screen shows. Equal drawings have equal pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub(super) stage: Stage,
    /// The answer, and what staff choose from.
    pub(super) offers: Option<Offers>,
    /// How far the predictions have got towards an answer, in tenths.
    pub(super) tenths: u8,
    /// The picture that the answer is, or will be, given for.
    pub(super) picture: Option<Pictured>,
    /// Which known animal it may be.
    pub(super) who: Who,
    /// The number of the arrival.
    pub(super) number: u8,
    /// The other arrivals, in the order of their numbers.
    pub(super) others: Vec<Beside>,
    /// The animals in the picture.
    pub(super) framed: Vec<Framed>,
    /// The guest's name, once staff have said who it is.
    pub(super) guest: Option<String>,
    /// What staff must know about the guest.
    pub(super) care: Option<Message>,
    /// The breed that staff confirmed.
    pub(super) confirmed: Option<BreedId>,
    /// What does not work as it should.
    pub(super) notice: Option<Notice>,
    /// The tag that was just read and its animal.
    pub(super) tag: Option<Message>,
    /// Whether there is a camera.
    pub(super) camera: bool,
    pub(super) address: Option<String>,
    /// The same by numbers, where others open it too.
    pub(super) numeric: Option<String>,
    /// The figures with which the kiosk is set up, in place of everything else.
    pub(super) setup: Option<String>,
    pub(super) night: bool,
    pub(super) language: Language,
    /// The size and depth of the display.
    pub(super) screen: Screen,
}

/// A picture, and where in it the animal is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pictured {
    pub(super) picture: Arc<RgbImage>,
    pub(super) region: Region,
}

/// Which known animal an arrival may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    /// There is nothing to say about it.
    Unknown,
    /// None that was here before.
    NewHere,
    /// Perhaps the one of this name.
    Perhaps(String),
    /// Surely this one.
    Sure {
        name: String,
        probability: f32,
        breed: Option<BreedId>,
        /// The site where it is known, if it was never here.
        known_at: Option<String>,
    },
    /// One of these.
    OneOf {
        guests: Vec<Familiar>,
        selected: usize,
    },
}

/// A known animal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Familiar {
    pub(super) name: String,
    pub(super) probability: f32,
    pub(super) portrait: Option<Arc<RgbImage>>,
    /// The site where it is known, if it was never here.
    pub(super) known_at: Option<String>,
}

/// An arrival that the buttons do not mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Beside {
    pub(super) number: u8,
    pub(super) picture: Option<Pictured>,
    pub(super) progress: Progress,
}

/// How far it has got.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Progress {
    /// There is no answer yet.
    Predicting,
    /// The answer is an animal of this name.
    Named(String),
    /// The answer is a breed, or less.
    Answered(Offers),
    /// Staff have confirmed it.
    Confirmed {
        name: Option<String>,
        breed: Option<BreedId>,
    },
}

impl Drawing {
    /// Its pixels.
    pub(super) fn draw(&self, metadata: &Metadata) -> Canvas {
        let locale = Locale::of(self.language);
        let notice = (self.notice.as_ref()).map(|notice| locale.message(&in_short(notice)));
        let is_confirmed = self.stage == Stage::Confirmed;
        let care = self.care.as_ref().filter(|_| is_confirmed);
        let tag = care.or(self.tag.as_ref()).map(|line| locale.message(line));
        let guests = self.who.named();
        let others: Vec<Other<'_>> = self.others.iter().map(Beside::other).collect();
        let several = Several {
            number: self.number,
            others: &others,
            animals: &self.framed,
        };
        let view = View {
            scene: self.scene(),
            guest: self.who.guest(&guests),
            several: (!others.is_empty() && self.setup.is_none()).then_some(several),
            breeds: &metadata.breeds,
            picture: self.picture.as_ref().map(Pictured::seen),
            notice: notice.as_deref(),
            tag: tag.as_deref(),
            address: self.address.as_deref(),
            night: self.night,
            locale,
        };
        let Screen {
            width,
            height,
            depth,
        } = self.screen;
        let mut canvas = Canvas::new(width, height, depth);
        screens::draw(&view, &mut canvas);
        canvas
    }

    /// The same for the page, where it differs: the figures of the set-up are for the person in front of
    /// the kiosk.
    pub(super) fn without_figures(&self) -> Option<Self> {
        let code = self.setup.as_ref()?;
        Some(Self {
            setup: Some("*".repeat(code.len())),
            ..self.clone()
        })
    }

    fn scene(&self) -> Scene<'_> {
        if let Some(code) = &self.setup {
            let numeric = self.numeric.as_deref();
            return Scene::SetUp { code, numeric };
        }
        let guest = self.guest.as_deref();
        match (self.stage, &self.offers, &self.confirmed) {
            (Stage::Somebody, ..) => Scene::Somebody,
            (Stage::Predicting, ..) => Scene::Predicting {
                progress: f32::from(self.tenths) / 10.0,
            },
            (Stage::Answered, Some(offers), _) => answered(offers),
            (Stage::Confirmed, Some(offers), Some(breed)) => Scene::Confirmed {
                breed,
                guest,
                corrected: named(offers) != Some(breed),
            },
            (Stage::Thanks, ..) => Scene::Thanks { guest },
            // There is an answer from `Stage::Answered` on, and a breed once it is confirmed.
            (Stage::Empty | Stage::Answered | Stage::Confirmed, ..) => Scene::Empty {
                camera: self.camera,
            },
        }
    }
}

impl Pictured {
    fn seen(&self) -> Seen<'_> {
        Seen {
            picture: &self.picture,
            region: self.region,
        }
    }
}

impl Who {
    /// The animals that it may be one of.
    fn named(&self) -> Vec<Named<'_>> {
        let Self::OneOf { guests, .. } = self else {
            return Vec::new();
        };
        let named = guests.iter().map(|guest| Named {
            name: &guest.name,
            probability: guest.probability,
            picture: guest.portrait.as_deref().map(Seen::whole),
            known_at: guest.known_at.as_deref(),
        });
        named.collect()
    }

    /// The same for the screen; `named` are those of [`Who::named`].
    fn guest<'a>(&'a self, named: &'a [Named<'a>]) -> Guest<'a> {
        match self {
            Self::Unknown => Guest::Unknown,
            Self::NewHere => Guest::NewHere,
            Self::Perhaps(name) => Guest::Perhaps(name),
            Self::Sure {
                name,
                probability,
                breed,
                known_at,
            } => Guest::Sure {
                name,
                probability: *probability,
                breed: breed.as_ref(),
                known_at: known_at.as_deref(),
            },
            Self::OneOf { selected, .. } => Guest::OneOf {
                guests: named,
                selected: *selected,
            },
        }
    }
}

impl Beside {
    fn other(&self) -> Other<'_> {
        Other {
            number: self.number,
            picture: self.picture.as_ref().map(Pictured::seen),
            state: self.progress.state(),
        }
    }
}

impl Progress {
    fn state(&self) -> OtherState<'_> {
        match self {
            Self::Predicting => OtherState::Predicting,
            Self::Named(name) => OtherState::Answered(Short::Name(name)),
            Self::Answered(offers) => OtherState::Answered(short(offers)),
            Self::Confirmed { name, breed } => OtherState::Confirmed(match (name, breed) {
                (Some(name), _) => Short::Name(name),
                (None, Some(breed)) => Short::Breed(breed),
                (None, None) => Short::Unsure,
            }),
        }
    }
}

/// The breed that the kiosk named.
fn named(offers: &Offers) -> Option<&BreedId> {
    let first = offers.candidates.first()?;
    (offers.kind == VerdictKind::Breed).then_some(&first.breed)
}

/// An answer in one or two words.
fn short(offers: &Offers) -> Short<'_> {
    match (named(offers), offers.species) {
        (Some(breed), _) => Short::Breed(breed),
        (None, Some(species)) if offers.kind == VerdictKind::Species => Short::Species(species),
        _ => Short::Unsure,
    }
}

fn answered(offers: &Offers) -> Scene<'_> {
    let candidates = &offers.candidates[..];
    let selected = match offers.choice() {
        Some(Choice::Breed(place)) => place,
        Some(Choice::Guest(_)) | None => 0,
    };
    match (offers.kind, offers.species) {
        (VerdictKind::Breed, _) => Scene::Breed {
            candidates,
            selected,
        },
        (VerdictKind::Species, Some(species)) => Scene::Species {
            species,
            candidates,
            selected,
        },
        (VerdictKind::Species | VerdictKind::Unsure, _) => Scene::Unsure {
            candidates,
            selected,
        },
        (VerdictKind::NotOurs, _) => Scene::NotOurs,
    }
}

/// A notice in one short line.
fn in_short(notice: &Notice) -> Message {
    let key = match notice.part {
        Part::Camera => "notice-camera",
        Part::Display => "notice-display",
        Part::Buttons => "notice-buttons",
        Part::Catalogue => "notice-catalogue",
        Part::Model => "notice-model",
        Part::Tag => "notice-tag",
        Part::Backup => "notice-backup",
        Part::Page => "notice-page",
        Part::Https => "notice-https",
        Part::Access => "notice-access",
        Part::Hub => "notice-hub",
        Part::Mqtt => "notice-mqtt",
        Part::Update => "notice-update",
        Part::Settings => "notice-settings",
    };
    Message {
        key,
        arguments: notice.message.arguments.clone(),
    }
}
