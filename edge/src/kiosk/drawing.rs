//! Collects what the screen shows, and draws it.

use std::sync::Arc;

use checkin::{Answer, Stage};
use desk::kiosk::{Notice, Part};
use image::RgbImage;
use recognise::{BreedId, Candidate, Language, Metadata, Verdict};
use screens::locale::Message;
use screens::{Canvas, Locale, Scene, Screen, View};

/// Everything that decides what the screen shows. Equal drawings have equal pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub(super) stage: Stage,
    pub(super) answer: Option<Answer>,
    /// How far the predictions have got towards an answer, in tenths.
    pub(super) tenths: u8,
    /// The picture that the answer is, or will be, given for.
    pub(super) picture: Option<Arc<RgbImage>>,
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
    pub(super) night: bool,
    pub(super) language: Language,
    /// The size and depth of the display.
    pub(super) screen: Screen,
}

impl Drawing {
    /// Its pixels.
    pub(super) fn draw(&self, metadata: &Metadata) -> Canvas {
        let locale = Locale::of(self.language);
        let answer = self.answer.as_ref();
        let candidates = answer.map_or_else(Vec::new, |answer| answer.named(metadata));
        let notice = (self.notice.as_ref()).map(|notice| locale.message(&in_short(notice)));
        let is_confirmed = self.stage == Stage::Confirmed;
        let care = self.care.as_ref().filter(|_| is_confirmed);
        let tag = care.or(self.tag.as_ref()).map(|line| locale.message(line));
        let view = View {
            scene: self.scene(&candidates, metadata),
            breeds: &metadata.breeds,
            picture: self.picture.as_deref(),
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

    fn scene<'a>(&'a self, candidates: &'a [Candidate], metadata: &Metadata) -> Scene<'a> {
        let guest = self.guest.as_deref();
        match (self.stage, &self.answer, &self.confirmed) {
            (Stage::Somebody, ..) => Scene::Somebody,
            (Stage::Predicting, ..) => Scene::Predicting {
                progress: f32::from(self.tenths) / 10.0,
            },
            (Stage::Answered, Some(answer), _) => answered(answer, candidates, guest),
            (Stage::Confirmed, Some(answer), Some(breed)) => {
                let answered = answer.verdict.breed();
                Scene::Confirmed {
                    breed,
                    guest,
                    corrected: answered.map(|breed| &metadata.breeds[breed].id) != Some(breed),
                }
            }
            (Stage::Thanks, ..) => Scene::Thanks { guest },
            // There is an answer from `Stage::Answered` on, and a breed once it is confirmed.
            (Stage::Empty | Stage::Answered | Stage::Confirmed, ..) => Scene::Empty {
                camera: self.camera,
            },
        }
    }
}

fn answered<'a>(answer: &Answer, candidates: &'a [Candidate], guest: Option<&'a str>) -> Scene<'a> {
    let selected = answer.selected;
    match answer.verdict {
        Verdict::Breed { .. } => Scene::Breed {
            candidates,
            selected,
            guest,
        },
        Verdict::Species { species, .. } => Scene::Species {
            species,
            candidates,
            selected,
        },
        Verdict::Unsure { .. } => Scene::Unsure {
            candidates,
            selected,
        },
        Verdict::NotOurs { .. } => Scene::NotOurs,
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
        Part::Access => "notice-access",
    };
    Message {
        key,
        arguments: notice.message.arguments.clone(),
    }
}
