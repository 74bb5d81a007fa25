//! From what happens to what the screen shows.

use std::sync::Arc;

use image::RgbImage;

use super::Part;
use checkin::Stage;
use screens::Screen;
use screens::locale::Locale;
use recognise::Metadata;
use recognise::metadata::Species;
use screens::{self, Candidate, Canvas, Scene, View};
use recognise::verdict::Verdict;

/// All that decides what the screen shows. Equal faces show equal pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Face {
    pub(super) stage: Stage,
    /// How far the looking has got, in tenths.
    pub(super) tenths: u8,
    /// The picture that was recognised, or that is being looked at.
    pub(super) picture: Option<Arc<RgbImage>>,
    /// The guest's name, once staff have said who it is.
    pub(super) guest: Option<String>,
    /// The breed that staff said, once they have.
    pub(super) said: Option<String>,
    /// The part that does not work as it should.
    pub(super) notice: Option<Part>,
    /// Whether a camera looks.
    pub(super) camera: bool,
    pub(super) address: Option<String>,
    pub(super) night: bool,
    /// What it is shown on.
    pub(super) screen: Screen,
}

impl Face {
    /// Its pixels.
    pub(super) fn draw(&self, metadata: &Metadata, locale: &'static Locale) -> Canvas {
        let Screen {
            width,
            height,
            depth,
        } = self.screen;
        let mut canvas = Canvas::new(width, height, depth);
        let offered = self.offered(metadata, locale);
        let candidates: Vec<Candidate<'_>> = offered
            .iter()
            .map(|(name, species, probability)| Candidate {
                name,
                species: *species,
                probability: *probability,
            })
            .collect();
        let settled = self.settled(metadata, locale);
        let notice = self
            .notice
            .map(|part| locale.text(&format!("notice-{part}")));
        let guest = self.guest.as_deref();
        let view = View {
            scene: match &self.stage {
                Stage::Empty => Scene::Empty {
                    camera: self.camera,
                },
                Stage::Somebody => Scene::Somebody,
                Stage::Looking => Scene::Looking {
                    progress: f32::from(self.tenths) / 10.0,
                },
                Stage::Answered(answer) => {
                    let (candidates, selected) = (&candidates, answer.selected);
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
                Stage::Settled(_) => Scene::Settled {
                    name: &settled.name,
                    species: settled.species,
                    guest,
                    corrected: settled.corrected,
                },
                Stage::Thanks(_) => Scene::Thanks { guest },
            },
            picture: self.picture.as_deref(),
            notice: notice.as_deref(),
            address: self.address.as_deref(),
            night: self.night,
            locale,
        };
        screens::draw(&view, &mut canvas);
        canvas
    }

    /// Names, species and probabilities of the breeds that are offered.
    fn offered(&self, metadata: &Metadata, locale: &Locale) -> Vec<(String, Species, f32)> {
        let Stage::Answered(answer) = &self.stage else {
            return Vec::new();
        };
        let candidates = answer.candidates.iter();
        candidates
            .map(|&(breed, probability)| {
                let breed = &metadata.breeds[breed];
                (locale.breed(&breed.id), breed.species, probability)
            })
            .collect()
    }

    fn settled(&self, metadata: &Metadata, locale: &Locale) -> Decision {
        let (Stage::Settled(answer), Some(said)) = (&self.stage, &self.said) else {
            return Decision::default();
        };
        let known = metadata.breeds.iter().find(|breed| breed.id == *said);
        let answered = answer
            .verdict
            .breed()
            .map(|breed| &metadata.breeds[breed].id);
        Decision {
            name: locale.breed(said),
            species: known.map(|breed| breed.species),
            corrected: answered != Some(said),
        }
    }
}

/// What staff said.
#[derive(Default)]
struct Decision {
    name: String,
    species: Option<Species>,
    corrected: bool,
}
