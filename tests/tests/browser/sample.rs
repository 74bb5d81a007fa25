//! A small catalogue for tests of the pages, with texts of all lengths.

use std::path::Path;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, Decision, NewVisit, OTHER_BREED, Settings, VisitId,
};
use image::{Rgb, RgbImage};
use jiff::{Timestamp, Zoned};
use recognise::metadata::Species;
use recognise::{Candidate, Source, VerdictKind};

/// Every page that needs a login.
pub(crate) const PAGES: [&str; 25] = [
    "/",
    "/?visit=1",
    "/?visit=2",
    "/?visit=3",
    "/?done=1",
    "/queue",
    "/today",
    "/today?day=2020-02-29",
    "/visits/1",
    "/visits/2",
    "/visits/3",
    "/animals",
    "/animals?q=nobody",
    "/animals/new",
    "/animals/1",
    "/animals/1/edit",
    "/animals/2",
    "/animals/2/edit",
    "/animals/2/merge",
    "/animals/2/merge?other=1",
    "/expected",
    "/export",
    "/settings",
    "/settings/programs",
    "/status",
];

/// A breed in the words of staff, as long as some are.
const LONG_BREED: &str =
    "Nederlandse Kooikerhondje / Petit chien hollandais de chasse au gibier d’eau";

/// A name without a space.
const LONG_NAME: &str = "Rhababerbarbarabarbarbarenbartbarbierbierbar";

/// Fills a catalogue: visit 1 is of animal 1, which has a warning; visit 2 is open; visit 3 is of
/// animal 2, whose name and breed are long, as is the name of the daycare.
pub(crate) fn fill(folder: &Path) {
    let catalogue = Catalogue::open(folder).expect("a catalogue");
    let settings = Settings {
        name: "Garderie pour chiens et chats du Grand-Saint-Bernard".to_owned(),
        ..Settings::default()
    };
    let changed = catalogue.set_settings(&settings, "owner");
    changed.expect("settings");
    let overdue = "2020-01-01".parse().expect("a day");
    let eclair = AnimalFields {
        name: "Éclair".to_owned(),
        species: Species::Cat,
        breed: "bengal".into(),
        breed_name: None,
        notes: "Sleeps after lunch.\nLikes boxes.".to_owned(),
        contact: "Hélène Müller, 079 000 00 00".to_owned(),
        warnings: "Bites when the vacuum cleaner runs".to_owned(),
        vaccinated_until: Some(overdue),
        tag: Some("CH-756-0042".to_owned()),
    };
    let long = AnimalFields {
        name: LONG_NAME.to_owned(),
        species: Species::Dog,
        breed: OTHER_BREED.into(),
        breed_name: Some(LONG_BREED.to_owned()),
        contact: format!("{LONG_NAME}@{LONG_NAME}.example"),
        notes: LONG_BREED.to_owned(),
        warnings: LONG_NAME.to_owned(),
        tag: None,
        ..eclair.clone()
    };
    let verdicts = [VerdictKind::Breed, VerdictKind::Unsure, VerdictKind::Unsure];
    let visits = verdicts.map(|verdict| visit(&catalogue, verdict));
    for (animal, visit) in [(eclair, visits[0]), (long, visits[2])] {
        let id = catalogue.add_animal(&animal, "owner").expect("an animal");
        confirm(&catalogue, visit, &animal, id);
        let today = Zoned::now().date();
        catalogue.expect(id, today).expect("an expected animal");
    }
}

fn visit(catalogue: &Catalogue, verdict: VerdictKind) -> VisitId {
    let candidates = [("bengal", 0.6), ("egyptian_mau", 0.3), ("abyssinian", 0.1)];
    let visit = NewVisit {
        at: Timestamp::now(),
        photograph: Some(RgbImage::from_pixel(64, 48, Rgb([180, 120, 60]))),
        verdict,
        candidates: candidates
            .map(|(breed, probability)| Candidate {
                breed: breed.into(),
                probability,
            })
            .to_vec(),
        confidence: 0.6,
        embedding: vec![1.0; 128],
        model: "2026-01-31".to_owned(),
        source: Source::Camera,
    };
    catalogue.record(&visit).expect("a visit").visit
}

/// The visit is of that animal, but of another breed than was recognised.
fn confirm(catalogue: &Catalogue, visit: VisitId, animal: &AnimalFields, id: AnimalId) {
    let (breed, breed_name) = match &animal.breed_name {
        Some(name) => (OTHER_BREED.into(), Some(name.clone())),
        None => ("egyptian_mau".into(), None),
    };
    let decision = Decision {
        breed,
        breed_name,
        animal: Some(id),
        by: "owner".to_owned(),
        at: Timestamp::now(),
        revision: None,
    };
    let confirmed = catalogue.confirm(visit, &decision);
    confirmed.expect("a confirmed visit");
}
