//! A small catalogue for tests of the pages, with texts of all lengths.

use std::fs;
use std::path::Path;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CheckOut, Decision, NewVisit, OTHER_BREED, OwnerChoice,
    OwnerFields, Settings, StayNotes, Vaccination, VisitId,
};
use image::{Rgb, RgbImage};
use jiff::{Timestamp, ToSpan, Zoned};
use recognise::metadata::Species;
use recognise::{Candidate, Source, VerdictKind};
use tests::browser::Browser;

/// A breed in the words of staff, as long as some are.
const LONG_BREED: &str =
    "Nederlandse Kooikerhondje / Petit chien hollandais de chasse au gibier d’eau";

/// A name without a space.
const LONG_NAME: &str = "Rhababerbarbarabarbarbarenbartbarbierbierbar";

/// Fills a catalogue: visit 1 is of animal 1, which has a warning and has left; visit 2 is open; visit
/// 3 is of animal 2, whose texts are long, as is the name of the daycare; so is visit 4, of a former
/// day.
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
        notes: "Sleeps after lunch.\nLikes boxes.".to_owned(),
        contact: "Hélène Müller, 079 000 00 00".to_owned(),
        warnings: "Bites when the vacuum cleaner runs".to_owned(),
        feeding: "Twice, soaked".to_owned(),
        vaccinated_until: Some(overdue),
        tag: Some("CH-756-0042".to_owned()),
        ..AnimalFields::new("Éclair", Species::Cat, "bengal")
    };
    let long = AnimalFields {
        name: LONG_NAME.to_owned(),
        species: Species::Dog,
        breed: OTHER_BREED.into(),
        breed_name: Some(LONG_BREED.to_owned()),
        contact: format!("{LONG_NAME}@{LONG_NAME}.example"),
        notes: LONG_BREED.to_owned(),
        warnings: LONG_NAME.to_owned(),
        medication: LONG_NAME.to_owned(),
        vaccinations: vec![Vaccination {
            name: LONG_NAME.to_owned(),
            ..Vaccination::until(overdue)
        }],
        tag: None,
        ..eclair.clone()
    };
    let now = Timestamp::now();
    let visits = [
        (VerdictKind::Breed, now),
        (VerdictKind::Unsure, now),
        (VerdictKind::Unsure, now),
        (VerdictKind::Unsure, now - 48.hours()),
    ];
    let visits = visits.map(|(verdict, at)| visit(&catalogue, verdict, at));
    for (animal, owner, visits) in [
        (eclair, "Hélène Müller", &visits[..1]),
        (long, LONG_NAME, &visits[2..]),
    ] {
        let owner = OwnerChoice::New(owner_called(owner));
        let added = catalogue.add_owned_animal(&animal, &[owner], "owner");
        let id = added.expect("an animal");
        for visit in visits {
            confirm(&catalogue, *visit, &animal, id);
        }
        let today = Zoned::now().date();
        catalogue.expect(id, today).expect("an expected animal");
        let days = "2026-01-05/ 2W MO,TU,TH".parse().expect("days");
        catalogue.book(id, &days, "owner").expect("a booking");
    }
    let check_out = CheckOut {
        visit: Some(visits[0]),
        left_at: None,
        by: "owner".to_owned(),
        at: Timestamp::now(),
    };
    let left = catalogue.check_out(AnimalId(1), &check_out);
    left.expect("an animal that has left");
    let notes = StayNotes {
        belongings: LONG_BREED.to_owned(),
        run: LONG_NAME.to_owned(),
    };
    let noted = catalogue.set_stay_notes(visits[2], &notes, None, "owner");
    noted.expect("a stay");
}

fn owner_called(name: &str) -> OwnerFields {
    OwnerFields {
        name: name.to_owned(),
        phones: vec!["+41 79 000 00 00".to_owned(), "022 000 00 00".to_owned()],
        email: format!("{LONG_NAME}@{LONG_NAME}.example"),
        address: LONG_BREED.to_owned(),
        notes: String::new(),
    }
}

/// Opens what an import would change in the filled catalogue: a day for each animal, and a row that
/// fits none.
pub(crate) async fn preview_import(browser: &Browser, page: &str) {
    let folder = tempfile::tempdir().expect("a folder for a table");
    let table = folder.path().join("bookings.csv");
    let rows = ["Éclair", LONG_NAME, "Nobody"].map(|name| format!("{name},2030-02-03\n"));
    let written = fs::write(&table, format!("name,day\n{}", rows.concat()));
    written.expect("a table is written");
    browser.open(&format!("{page}/expected/import")).await;
    browser
        .fill("#bookings", &table.display().to_string())
        .await;
    browser.tap("form[action='/expected/import'] button").await;
    browser.find("form[action='/expected/import/write']").await;
}

fn visit(catalogue: &Catalogue, verdict: VerdictKind, at: Timestamp) -> VisitId {
    let candidates = [("bengal", 0.6), ("egyptian_mau", 0.3), ("abyssinian", 0.1)];
    let visit = NewVisit {
        at,
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
