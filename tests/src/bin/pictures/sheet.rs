//! Draws the screens, each at its size, as the kiosk shows them for Chelsea.

use devices::camera::clip::{Clip, FRAMES};
use devices::camera::demo::chelsea;
use image::RgbImage;
use recognise::verdict::{Evidence, Finding, top};
use recognise::{BreedId, Bundle, Candidate, Language, Metadata, Recogniser, Region, Verdict};
use screens::{Canvas, Depth, Guest, Locale, Scene, Screen, View};

use crate::side_by_side::{below, beside};

const OLED: Screen = screen(128, 64, Depth::OneBit);
const SQUARE: Screen = screen(240, 240, Depth::Colour);
const SMALL: Screen = screen(320, 240, Depth::Colour);
const UPRIGHT: Screen = screen(240, 320, Depth::Colour);
const MEDIUM: Screen = screen(480, 320, Depth::Colour);

/// How many breeds the kiosk offers.
const OFFERED: usize = 3;

/// The screens for Chelsea: the answer while nobody knows her, her greeting where the kiosk knows her with
/// this probability, and what they show once staff have confirmed who she is. Beside them the empty desk.
pub(crate) fn draw(probability: f32) -> RgbImage {
    let bundle = Bundle::embedded().expect("the built-in bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let photograph = chelsea().expect("the demo's photograph");
    let cat = Seen::new(&recogniser, &Clip::new(&photograph, 0));

    let breed: BreedId = "domestic_shorthair".into();
    let name = "Chelsea";
    let guest = Some(name);
    let confirmed = Scene::Confirmed {
        breed: &breed,
        guest,
        corrected: true,
    };
    let thanks = Scene::Thanks { guest };
    let empty = Scene::Empty { camera: true };
    let metadata = recogniser.metadata();
    let greeting = View {
        guest: Guest::Sure {
            name,
            probability,
            breed: Some(&breed),
            known_at: None,
        },
        ..cat.view(cat.scene(), metadata)
    };
    let upper = [
        show(SMALL, &cat.view(cat.scene(), metadata)),
        show(SMALL, &greeting),
        show(SQUARE, &cat.view(confirmed, metadata)),
        show(SQUARE, &at_night(cat.view(thanks, metadata))),
        below(
            &[cat.scene(), confirmed, thanks].map(|scene| show(OLED, &cat.view(scene, metadata))),
        ),
    ];
    let lower = [
        show(MEDIUM, &cat.view(cat.scene(), metadata)),
        show(MEDIUM, &cat.view(empty, metadata)),
        show(UPRIGHT, &cat.view(cat.scene(), metadata)),
    ];
    below(&[beside(&upper), beside(&lower)])
}

/// An arrival as the camera sees it, and the answer to it.
struct Seen {
    picture: RgbImage,
    region: Region,
    verdict: Verdict,
    candidates: Vec<Candidate>,
}

impl Seen {
    /// Recognises the animal of a clip as the kiosk does, from the frames in which it is there.
    fn new(recogniser: &Recogniser, clip: &Clip) -> Self {
        let metadata = recogniser.metadata();
        let mut evidence = Evidence::default();
        let answered = (FRAMES / 3..FRAMES).find_map(|index| {
            let picture = clip.frame(index)?;
            let found = recogniser.locate(&picture).expect("what is found");
            let animal = found.into_iter().next()?;
            let recognition = recogniser.recognise_in(&picture, animal.region);
            evidence.add(recognition.expect("a prediction").prediction);
            let finding = evidence.finding_of(metadata, Some(animal.species))?;
            Some((picture, animal.region, finding))
        });
        let (picture, region, finding) = answered.expect("an answer");
        let Finding {
            verdict,
            prediction,
        } = finding;
        let candidates = top(&prediction.probabilities, OFFERED).into_iter();
        let candidates = candidates.map(|(breed, probability)| Candidate {
            breed: metadata.breeds[breed].id.clone(),
            probability,
        });
        Self {
            picture,
            region,
            verdict,
            candidates: candidates.collect(),
        }
    }

    /// The answer, as the kiosk shows it.
    fn scene(&self) -> Scene<'_> {
        let (candidates, selected) = (&*self.candidates, 0);
        match self.verdict {
            Verdict::Breed { .. } => Scene::Breed {
                candidates,
                selected,
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

    fn view<'a>(&'a self, scene: Scene<'a>, metadata: &'a Metadata) -> View<'a> {
        View {
            scene,
            guest: Guest::Unknown,
            several: None,
            breeds: &metadata.breeds,
            picture: Some(screens::Seen {
                picture: &self.picture,
                region: self.region,
            }),
            notice: None,
            tag: None,
            address: Some("http://kiosk.local:8080"),
            night: false,
            locale: Locale::of(Language::English),
        }
    }
}

const fn screen(width: u32, height: u32, depth: Depth) -> Screen {
    Screen {
        width,
        height,
        depth,
    }
}

fn at_night(view: View<'_>) -> View<'_> {
    View {
        night: true,
        ..view
    }
}

/// What a screen shows of a view.
fn show(screen: Screen, view: &View<'_>) -> RgbImage {
    let mut canvas = Canvas::new(screen.width, screen.height, screen.depth);
    screens::draw(view, &mut canvas);
    canvas.pixels().clone()
}
