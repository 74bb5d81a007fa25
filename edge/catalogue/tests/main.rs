//! The catalogue, as the front desk uses it.

mod animals;
mod backup;
mod command;
mod damage;
mod export;
mod finding;
mod older;
mod retention;
mod tags;
mod visits;
mod wrong_backup;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::{AnimalFields, AnimalId, Catalogue, NewVisit, Decision, VisitId};
use recognise::Candidate;
use recognise::metadata::Species;
use image::{Rgb, RgbImage};
use jiff::{Timestamp, ToSpan};
use jiff::civil::{Date, date};
use tempfile::TempDir;

/// A daycare with an empty catalogue.
struct Daycare {
    folder: TempDir,
    catalogue: Catalogue,
}

impl Daycare {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(folder.path()).unwrap();
        Self { folder, catalogue }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same catalogue, as another process would open it.
    fn again(&self) -> Catalogue {
        Catalogue::open(self.folder.path()).unwrap()
    }

    fn arrives(&self, arrival: &NewVisit) -> VisitId {
        let recorded = self.catalogue.record(arrival).unwrap();
        assert!(recorded.photograph_lost.is_none(), "{recorded:?}");
        recorded.visit
    }

    fn says(&self, visit: VisitId, breed: &str, animal: Option<AnimalId>) {
        self.catalogue.confirm(visit, &said(breed, animal)).unwrap();
    }

    fn adds(&self, animal: &AnimalFields) -> AnimalId {
        self.catalogue.add_animal(animal, "ana").unwrap()
    }

    /// The clock goes on, and the photographs are looked after twice a day.
    fn clock_goes_on(&self, from: Timestamp, to: Timestamp) {
        let mut now = from;
        while now < to {
            self.catalogue.tidy(now).unwrap();
            now += 12.hours();
        }
        self.catalogue.tidy(to).unwrap();
    }

    fn photographs(&self) -> BTreeSet<String> {
        files(&self.at("photographs"))
    }

    /// `pug/NAME.jpg`, ...
    fn training(&self) -> BTreeSet<String> {
        files(&self.at("training"))
    }
}

/// All files below a folder, by their paths from there.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|below| format!("{name}/{below}")));
        } else {
            found.insert(name.to_owned());
        }
    }
    found
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn said(breed: &str, animal: Option<AnimalId>) -> Decision {
    Decision {
        breed: breed.to_owned(),
        animal,
        by: "ana".to_owned(),
        at: time("2026-05-01T08:05:00Z"),
    }
}

/// An arrival without a photograph.
fn arrival(verdict: &str, breed: &str) -> NewVisit {
    let candidate = |breed: &str, probability| Candidate {
        breed: breed.to_owned(),
        probability,
    };
    NewVisit {
        at: time("2026-05-01T08:00:00.123Z"),
        photograph: None,
        verdict: verdict.to_owned(),
        candidates: vec![candidate(breed, 0.75), candidate("beagle", 0.125)],
        confidence: 0.75,
        embedding: looks(1),
        model: "v1".to_owned(),
        source: "camera".to_owned(),
    }
}

/// The same with a photograph of this many pixels a side, which compresses badly.
fn photographed(verdict: &str, breed: &str, side: u32) -> NewVisit {
    let noise = |x: u32, y: u32| (x ^ y.rotate_left(7)).wrapping_mul(0x9E37_79B1);
    NewVisit {
        photograph: Some(RgbImage::from_fn(side, side, |x, y| {
            let [r, g, b, _] = (noise(x, y) ^ (noise(y, x) >> 15)).to_le_bytes();
            Rgb([r, g, b])
        })),
        ..arrival(verdict, breed)
    }
}

/// An embedding: what one animal looks like. Two of different animals are nearly orthogonal.
fn looks(animal: u32) -> Vec<f32> {
    (0..128u32)
        .map(|index| {
            let bits = (animal * 131 + index).wrapping_mul(0x85EB_CA6B);
            if (bits >> 16).is_multiple_of(2) {
                0.088
            } else {
                -0.088
            }
        })
        .collect()
}

fn animal(name: &str, species: Species, breed: &str) -> AnimalFields {
    AnimalFields {
        name: name.to_owned(),
        species,
        breed: breed.to_owned(),
        notes: String::new(),
        contact: String::new(),
        warnings: String::new(),
        vaccinated_until: None,
        tag: None,
    }
}

fn pug(name: &str) -> AnimalFields {
    animal(name, Species::Dog, "pug")
}

/// The day on which all arrive.
const DAY: Date = date(2026, 5, 1);

/// A daycare with an animal, a visit of its own and another, and the backup of it all.
fn backed_up() -> Daycare {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    daycare.catalogue.expect(rex, DAY).unwrap();
    let visit = daycare.arrives(&photographed("unsure", "boxer", 24));
    daycare.says(visit, "pug", Some(rex));
    daycare.arrives(&photographed("breed", "beagle", 32));
    daycare.catalogue.backup(&daycare.at("backup.tar")).unwrap();
    daycare
}

/// All that can be asked of a catalogue, but for the photographs' bytes.
fn all_of(catalogue: &Catalogue) -> String {
    let mut json = Vec::new();
    catalogue.export_json(&mut json).unwrap();
    String::from_utf8(json).unwrap()
}
