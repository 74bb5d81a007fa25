//! The kiosk at work: a camera of drawn pictures, the real catalogue, and what stands on the screen.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::{AnimalFields, AnimalId, Catalogue, Decision, NoVisit, Visit, VisitId};
use checkin::Stage;
use desk::kiosk::{Command, Kiosk, Live, Machine};
use desk::setup::Setup;
use devices::buttons::Settings;
use devices::camera::{Camera, CameraError, Frame};
use devices::display::{Choice, Output};
use edge::kiosk::Parts;
use image::{Rgb, RgbImage};
use jiff::{Timestamp, Zoned};
use recognise::metadata::Species;
use recognise::{BreedId, Bundle, Language, Recogniser, Source, VerdictKind};
use screens::{Button, Locale, Screen};
use tempfile::TempDir;

use crate::common::Draft;

pub(crate) const RED: [u8; 3] = [250, 20, 20];
pub(crate) const GREEN: [u8; 3] = [20, 250, 20];

/// A camera whose picture a test sets; `None` is a camera that fails.
#[derive(Clone)]
struct Staged(Arc<Mutex<Option<RgbImage>>>);

impl Camera for Staged {
    fn frame(&mut self, _: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(Duration::from_millis(20));
        let picture = self.0.lock().unwrap().clone();
        let picture = picture.ok_or_else(|| CameraError::Missing("/dev/video0".into()))?;
        Ok(Some(Frame::new(picture, Source::Camera)))
    }
}

/// A desk of planks, with an animal of one colour before it.
pub(crate) fn entrance(animal: Option<[u8; 3]>) -> RgbImage {
    RgbImage::from_fn(320, 240, |x, y| {
        let plank = [60 + ((x / 20 + y / 30) % 2 * 40) as u8; 3];
        let inside = (30..290).contains(&x) && (20..220).contains(&y);
        Rgb(animal.filter(|_| inside).unwrap_or(plank))
    })
}

/// A kiosk on a folder of its own, that knows a red cat, a green dog and a blue one.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    camera: Staged,
    /// The wizard, which is closed at first.
    setup: Setup,
    pub(crate) kiosk: Kiosk,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(&Draft::default())
    }

    /// One with the network of a bundle.
    pub(crate) fn with(draft: &Draft) -> Self {
        Self::on(TempDir::new().unwrap(), draft)
    }

    /// One on this folder.
    pub(crate) fn on(folder: TempDir, draft: &Draft) -> Self {
        let camera = Staged(Arc::new(Mutex::new(Some(entrance(None)))));
        let setup = Setup::default();
        let kiosk = start(folder.path(), camera.clone(), draft, setup.clone());
        let house = Self {
            folder,
            camera,
            setup,
            kiosk,
        };
        // The desk must be known before somebody comes.
        house.wait("frames", |live| live.counts.frames > 0);
        thread::sleep(Duration::from_millis(700));
        house
    }

    pub(crate) fn show(&self, picture: Option<RgbImage>) {
        *self.camera.0.lock().unwrap() = picture;
    }

    /// What stands on the screen once it is as it should be.
    pub(crate) fn wait(&self, what: &str, mut is: impl FnMut(&Live) -> bool) -> Arc<Live> {
        let start = Instant::now();
        loop {
            let live = Arc::clone(&self.kiosk.live().borrow());
            if is(&live) {
                return live;
            }
            let waited = start.elapsed();
            assert!(waited < Duration::from_secs(20), "no {what}: {live:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn stage(&self, stage: Stage) -> Arc<Live> {
        self.wait(&format!("{stage:?}"), |live| live.arrival.stage == stage)
    }

    /// An animal of the catalogue with a tag.
    fn adds(&self, name: &str, breed: &str, tag: &str) -> AnimalId {
        let fields = AnimalFields {
            tag: Some(tag.to_owned()),
            ..AnimalFields::new(name, Species::Dog, breed)
        };
        self.kiosk.catalogue.add_animal(&fields, "staff").unwrap()
    }

    fn scan(&self, tag: &str) {
        self.kiosk.tell(Command::Tag(tag.to_owned())).unwrap();
    }

    /// Staff say on the page that a visit, as they saw it in that revision, is that of a blue dog.
    fn says_blue_dog(&self, visit: VisitId, revision: Option<u32>) -> Visit {
        let said = Decision {
            breed: "blue_dog".into(),
            breed_name: None,
            animal: None,
            by: "staff".to_owned(),
            at: Timestamp::now(),
            revision,
        };
        self.kiosk.catalogue.confirm(visit, &said).unwrap()
    }

    /// The breeds that staff confirmed today, of a catalogue that is opened again.
    pub(crate) fn confirmed(&self) -> Vec<Option<BreedId>> {
        let catalogue = Catalogue::open(self.folder.path()).unwrap();
        let visits = catalogue.visits_on(Zoned::now().date(), 10, 0).unwrap();
        visits
            .into_iter()
            .rev()
            .map(|visit| visit.confirmed_breed)
            .collect()
    }
}

/// What the first notice says.
fn english(live: &Live) -> String {
    Locale::of(Language::English).message(&live.notices[0].message)
}

fn picture(live: &Live) -> &[u8] {
    live.screen.as_ref().unwrap().png()
}

/// What a kiosk is made of, all of it sound.
pub(crate) fn parts(folder: &Path, camera: impl Camera + 'static, draft: &Draft) -> Parts {
    let bundle = Bundle::from_bytes(&draft.bytes(), "drawn").unwrap();
    Parts {
        camera: Box::new(camera),
        recogniser: Recogniser::new(bundle).unwrap(),
        model: None,
        model_watch: None,
        catalogue: Arc::new(Catalogue::open(folder).unwrap()),
        rescue: None,
        display: Output::start(Choice::None, None, Screen::default()),
        buttons: Settings::default(),
        pulse: Box::new(|_| {}),
        find_notices: Box::new(Vec::new),
        find_machine: Box::new(Machine::default),
        setup: Setup::default(),
        backup: None,
        links: None,
        notices: Vec::new(),
    }
}

fn start(folder: &Path, camera: impl Camera + 'static, draft: &Draft, setup: Setup) -> Kiosk {
    edge::kiosk::start(Parts {
        setup,
        ..parts(folder, camera, draft)
    })
}

#[test]
fn the_set_up_is_on_the_screen_until_somebody_comes_and_its_figures_are_not_on_the_page() {
    let house = House::new();
    let empty = picture(&house.stage(Stage::Empty)).to_vec();
    house.setup.open_again();
    let waiting = house.wait("the set-up", |live| picture(live) != empty);
    assert_eq!(waiting.arrival.stage, Stage::Empty);

    house.show(Some(entrance(Some(RED))));
    let live = house.stage(Stage::Answered);
    assert_ne!(
        picture(&live),
        picture(&waiting),
        "arrivals are shown as always"
    );
    house.kiosk.tell(Command::Press(Button::Confirm)).unwrap();
    house.stage(Stage::Thanks);
    house.show(Some(entrance(None)));
    house.stage(Stage::Empty);

    // Other figures change nothing of the picture that the page has.
    let first = house.setup.code();
    house.setup.open_again();
    assert_ne!(house.setup.code(), first, "one chance in a million to fail");
    let now = house.wait("the set-up", |live| picture(live) == picture(&waiting));
    assert_eq!(now.arrival.stage, Stage::Empty);
    house.setup.close();
    house.wait("the idle screen", |live| picture(live) == empty);
}

#[test]
fn before_the_kiosk_is_set_up_no_animal_is_recorded() {
    let camera = Staged(Arc::new(Mutex::new(Some(entrance(Some(RED))))));
    let (folder, setup) = (TempDir::new().unwrap(), Setup::new(true));
    let kiosk = start(
        folder.path(),
        camera.clone(),
        &Draft::default(),
        setup.clone(),
    );
    let house = House {
        folder,
        camera,
        setup,
        kiosk,
    };
    // An answer takes less.
    let live = house.wait("two seconds", |live| live.counts.uptime_s > 2.0);
    let stage = live.arrival.stage;
    assert_eq!((live.counts.frames, stage), (0, Stage::Empty));
    for command in [
        Command::Press(Button::Confirm),
        Command::Tag("756012345678901".to_owned()),
    ] {
        house.kiosk.tell(command).unwrap();
    }
    let live = house.wait("another second", |live| live.counts.uptime_s > 3.0);
    assert_eq!((&live.notices, &live.tag), (&Vec::new(), &None));
    assert!(house.confirmed().is_empty());

    house.setup.close();
    house.wait("frames", |live| live.counts.frames > 0);
}

#[test]
fn an_animal_is_recognised_recorded_and_confirmed_at_the_button() {
    let house = House::new();
    let empty = house.stage(Stage::Empty);
    house.show(Some(entrance(Some(RED))));
    let live = house.stage(Stage::Answered);
    assert_eq!(live.arrival.candidates[0].breed, "red_cat");
    assert_ne!(picture(&live), picture(&empty), "the screen shows it");
    let visit = live
        .arrival
        .visit
        .expect("a record as soon as there is an answer");
    assert_eq!(house.confirmed(), [None]);

    house.kiosk.tell(Command::Press(Button::Confirm)).unwrap();
    let confirmed = house.stage(Stage::Confirmed);
    assert_eq!(confirmed.arrival.visit, Some(visit));
    assert_eq!(house.confirmed(), [Some("red_cat".into())]);
    house.stage(Stage::Thanks);
    house.show(Some(entrance(None)));
    house.stage(Stage::Empty);
}

#[test]
fn what_staff_say_on_the_page_stands_on_the_screen() {
    let house = House::new();
    house.show(Some(entrance(Some(GREEN))));
    let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
    // Of another visit: nothing happens.
    house
        .kiosk
        .tell(Command::Confirmed(VisitId(visit.0 + 1)))
        .unwrap();
    house.says_blue_dog(visit, Some(0));
    house.kiosk.tell(Command::Confirmed(visit)).unwrap();
    house.stage(Stage::Confirmed);
    assert_eq!(house.confirmed(), [Some("blue_dog".into())]);
}

#[test]
fn one_animal_after_another_is_one_visit_each() {
    let house = House::new();
    for animal in [RED, GREEN] {
        house.show(Some(entrance(Some(animal))));
        house.wait("the breed", |live| {
            let breed = live
                .arrival
                .candidates
                .first()
                .map(|first| first.breed.as_str());
            breed
                == Some(if animal == RED {
                    "red_cat"
                } else {
                    "green_dog"
                })
        });
    }
    assert_eq!(house.confirmed(), [None, None]);
}

#[test]
fn an_answer_that_gets_better_is_the_same_visit_with_the_better_picture() {
    let house = House::new();
    house.show(Some(entrance(Some([130; 3]))));
    let live = house.stage(Stage::Answered);
    assert_eq!(live.arrival.revision, 0);
    let visit = live.arrival.visit.unwrap();
    let verdict = |visit| house.kiosk.catalogue.visit(visit).unwrap().verdict;
    assert_eq!(verdict(visit), VerdictKind::NotOurs);
    house.show(Some(entrance(Some(RED))));
    let live = house.wait("a breed", |live| {
        live.arrival.verdict == Some(VerdictKind::Breed)
    });
    assert_eq!(live.arrival.visit, Some(visit));
    let revision = house.kiosk.catalogue.visit(visit).unwrap().revision;
    assert_eq!((live.arrival.revision, revision > 0), (revision, true));
    assert_eq!(verdict(visit), VerdictKind::Breed);
    let photograph = house.kiosk.catalogue.photograph(visit).unwrap().unwrap();
    let photograph = recognise::photo::decode(&photograph).unwrap();
    let [red, green, _] = photograph.get_pixel(160, 120).0;
    assert!(red > 200 && green < 60, "{red} {green}");
}

#[test]
fn a_visit_that_staff_have_decided_about_gets_no_better_answer() {
    for is_deleted in [false, true] {
        let house = House::new();
        house.show(Some(entrance(Some([130; 3]))));
        let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
        // The kiosk has not heard of it yet when the network runs again.
        let decided = if is_deleted {
            let why = NoVisit::Mistake;
            house
                .kiosk
                .catalogue
                .delete_visit(visit, why, None, "staff")
                .unwrap();
            None
        } else {
            Some(house.says_blue_dog(visit, None))
        };
        house.show(Some(entrance(Some(RED))));
        let live = match decided {
            Some(decided) => {
                let live = house.stage(Stage::Confirmed);
                assert_eq!(live.arrival.revision, decided.revision);
                assert_eq!(house.confirmed(), [Some("blue_dog".into())]);
                live
            }
            None => house.stage(Stage::Empty),
        };
        assert!(live.notices.is_empty(), "{live:?}");
    }
}

#[test]
fn a_photograph_of_the_page_goes_the_same_way_as_a_frame() {
    let house = House::new();
    let photo = RgbImage::from_pixel(300, 300, Rgb(RED));
    house.kiosk.tell(Command::Photograph(photo)).unwrap();
    let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
    let visit = house.kiosk.catalogue.visit(visit).unwrap();
    assert_eq!(visit.source, Source::Page);
    assert!(visit.has_photograph);
}

#[test]
fn a_camera_that_fails_is_said_and_comes_back() {
    let house = House::new();
    house.show(None);
    let live = house.wait("a notice", |live| !live.notices.is_empty());
    assert!(english(&live).contains("/dev/video0"), "{live:?}");
    house.show(Some(entrance(None)));
    house.wait("the end of it", |live| live.notices.is_empty());
    house.show(Some(entrance(Some(RED))));
    house.stage(Stage::Answered);
}

#[test]
fn the_kiosk_works_on_when_photographs_cannot_be_kept() {
    let house = House::new();
    // A file in the way of the folder.
    let photographs = house.folder.path().join("photographs");
    std::fs::remove_dir_all(&photographs).unwrap();
    std::fs::write(&photographs, "in the way").unwrap();
    house.show(Some(entrance(Some(RED))));
    let live = house.wait("the answer, and a notice", |live| {
        live.arrival.stage == Stage::Answered && !live.notices.is_empty()
    });
    assert!(
        live.arrival.visit.is_some(),
        "recorded without its photograph"
    );
    house.kiosk.tell(Command::Press(Button::Confirm)).unwrap();
    house.stage(Stage::Confirmed);
    let visit = house.kiosk.catalogue.visit(live.arrival.visit.unwrap());
    assert_eq!(visit.unwrap().confirmed_breed.as_deref(), Some("red_cat"));
}

#[test]
fn a_tag_says_which_animal_is_before_the_camera() {
    for is_confirmed in [false, true] {
        let house = House::new();
        let luna = house.adds("Luna", "blue_dog", "CH-42");
        house.show(Some(entrance(Some(GREEN))));
        let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
        if is_confirmed {
            house.kiosk.tell(Command::Press(Button::Confirm)).unwrap();
            house.stage(Stage::Confirmed);
        }
        let before = house.kiosk.live().borrow().clone();
        house.scan("ch-42");
        let live = house.wait("her name on the screen", |live| {
            live.tag.is_some() && picture(live) != picture(&before)
        });
        let read = Locale::of(Language::English).message(live.tag.as_ref().unwrap());
        assert_eq!(read, "ch-42 (Luna)", "the tag as it was read");
        let visit = house.kiosk.catalogue.visit(visit).unwrap();
        assert_eq!(visit.animal, Some((luna, "Luna".to_owned())));
        assert_eq!(visit.confirmed_breed.as_deref(), Some("blue_dog"));
        assert_eq!(visit.confirmed_by.as_deref(), Some("screen"));
        assert_eq!(house.confirmed().len(), 1);
    }
}

#[test]
fn a_tag_that_is_scanned_first_waits_for_its_animal_and_for_no_other() {
    let house = House::new();
    let luna = house.adds("Luna", "green_dog", "42");
    house.scan("42");
    house.show(Some(entrance(Some(GREEN))));
    let visit = house.stage(Stage::Confirmed).arrival.visit.unwrap();
    let guest = house.kiosk.catalogue.visit(visit).unwrap().animal;
    assert_eq!(guest, Some((luna, "Luna".to_owned())));
    // Whoever comes next is somebody else.
    house.show(Some(entrance(Some(RED))));
    let next = house.wait("the next visit", |live| {
        live.arrival.visit.is_some_and(|next| next != visit)
    });
    assert_eq!(next.arrival.stage, Stage::Answered);
    assert_eq!(house.confirmed(), [Some("green_dog".into()), None]);
}

#[test]
fn the_button_for_a_new_guest_takes_a_tag_back() {
    let house = House::new();
    house.adds("Luna", "green_dog", "42");
    house.scan("42");
    house.kiosk.tell(Command::Press(Button::New)).unwrap();
    house.show(Some(entrance(Some(GREEN))));
    let live = house.wait("a visit", |live| live.arrival.visit.is_some());
    assert_eq!(live.arrival.stage, Stage::Answered);
    assert_eq!(house.confirmed(), [None]);
}

#[test]
fn a_tag_that_no_animal_has_is_said_for_a_moment() {
    let house = House::new();
    house.scan("1234");
    let live = house.wait("a notice", |live| !live.notices.is_empty());
    assert!(english(&live).contains("No animal has the tag 1234"));
    let french = Locale::of(Language::French).message(&live.notices[0].message);
    assert!(
        french.contains("1234") && french != english(&live),
        "{french}"
    );
    house.wait("the end of it", |live| live.notices.is_empty());
}

#[test]
fn a_code_that_is_no_tag_is_not_taken_for_the_tag_that_it_contains() {
    let house = House::new();
    house.adds("Luna", "green_dog", "AB12");
    house.show(Some(entrance(Some(GREEN))));
    house.stage(Stage::Answered);
    for code in [
        "AB/12",
        "AB.12",
        "AB_12",
        "#AB12",
        "(AB12)",
        "AB\u{fffd}12",
        "AB12…",
        "HTTPS://PET.TAG/AB12",
    ] {
        house.scan(code);
        let says = format!("No animal has the tag {code}.");
        let live = house.wait(&says, |live| {
            !live.notices.is_empty() && english(live).starts_with(&says)
        });
        assert_eq!((live.arrival.stage, &live.tag), (Stage::Answered, &None));
    }
    assert_eq!(house.confirmed(), [None]);
    // Only spaces may stand between its characters, as on the page.
    house.scan("AB 12");
    house.stage(Stage::Confirmed);
}
