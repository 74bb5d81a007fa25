//! A daycare whose catalogue is tested, and what arrives there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::{AnimalFields, AnimalId, Catalogue, Decision, NewVisit, Replace, VisitId};
use image::{Rgb, RgbImage};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use recognise::metadata::Species;
use recognise::{Candidate, Source};
use tempfile::TempDir;

/// A daycare with an empty catalogue.
pub(crate) struct Daycare {
    pub(crate) folder: TempDir,
    pub(crate) catalogue: Catalogue,
    /// A folder elsewhere, for backups.
    pub(crate) elsewhere: TempDir,
}

impl Daycare {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(folder.path()).unwrap();
        Self {
            folder,
            catalogue,
            elsewhere: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the daycare keeps a backup.
    pub(crate) fn backup_file(&self) -> PathBuf {
        self.elsewhere.path().join("backup.tar")
    }

    /// Writes a backup there.
    pub(crate) fn backs_up(&self) {
        let file = self.backup_file();
        self.catalogue.backup(&file, Replace::Backup).unwrap();
    }

    /// The same catalogue, opened once more as another process would.
    pub(crate) fn again(&self) -> Catalogue {
        Catalogue::open(self.folder.path()).unwrap()
    }

    pub(crate) fn arrives(&self, arrival: &NewVisit) -> VisitId {
        let recorded = self.catalogue.record(arrival).unwrap();
        assert!(recorded.photograph_lost.is_none(), "{recorded:?}");
        recorded.visit
    }

    pub(crate) fn confirms(&self, visit: VisitId, breed: &str, animal: Option<AnimalId>) {
        let decision = decision(breed, animal);
        self.catalogue.confirm(visit, &decision).unwrap();
    }

    pub(crate) fn adds(&self, animal: &AnimalFields) -> AnimalId {
        self.catalogue.add_animal(animal, "ana").unwrap()
    }

    /// Lets the system's clock go on and tidies the catalogue twice a day.
    pub(crate) fn clock_goes_on(&self, from: Timestamp, to: Timestamp) {
        let mut now = from;
        while now < to {
            self.catalogue.tidy(now).unwrap();
            now += 12.hours();
        }
        self.catalogue.tidy(to).unwrap();
    }

    pub(crate) fn photographs(&self) -> BTreeSet<String> {
        files(&self.at("photographs"))
    }

    /// The training examples: `pug/NAME.jpg`, ...
    pub(crate) fn training(&self) -> BTreeSet<String> {
        files(&self.at("training"))
    }
}

/// All files below a folder, by their paths from there.
pub(crate) fn files(folder: &Path) -> BTreeSet<String> {
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

/// All files below a folder with their content, by their paths from there.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let content = |name: String| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        (name, bytes)
    };
    files(folder).into_iter().map(content).collect()
}

/// Closes the catalogue. Returns its folder, and the one for backups.
pub(crate) fn close(daycare: Daycare) -> (TempDir, TempDir) {
    (daycare.folder, daycare.elsewhere)
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn decision(breed: &str, animal: Option<AnimalId>) -> Decision {
    Decision {
        breed: breed.into(),
        breed_name: None,
        animal,
        by: "ana".to_owned(),
        at: time("2026-05-01T08:05:00Z"),
        revision: None,
    }
}

/// An arrival without a photograph.
pub(crate) fn arrival(verdict: &str, breed: &str) -> NewVisit {
    let candidate = |breed: &str, probability| Candidate {
        breed: breed.into(),
        probability,
    };
    NewVisit {
        at: time("2026-05-01T08:00:00.123Z"),
        photograph: None,
        verdict: verdict.parse().unwrap(),
        candidates: vec![candidate(breed, 0.75), candidate("beagle", 0.125)],
        confidence: 0.75,
        embedding: embedding(1),
        model: "v1".to_owned(),
        source: Source::Camera,
    }
}

/// An arrival with a photograph of `side` by `side` pixels that compresses badly.
pub(crate) fn photographed(verdict: &str, breed: &str, side: u32) -> NewVisit {
    let noise = |x: u32, y: u32| (x ^ y.rotate_left(7)).wrapping_mul(0x9E37_79B1);
    NewVisit {
        photograph: Some(RgbImage::from_fn(side, side, |x, y| {
            let [r, g, b, _] = (noise(x, y) ^ (noise(y, x) >> 15)).to_le_bytes();
            Rgb([r, g, b])
        })),
        ..arrival(verdict, breed)
    }
}

/// The embedding of an animal. Those of two animals are nearly orthogonal.
pub(crate) fn embedding(animal: u32) -> Vec<f32> {
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

pub(crate) fn pug(name: &str) -> AnimalFields {
    AnimalFields::new(name, Species::Dog, "pug")
}

/// The day on which all arrive.
pub(crate) const DAY: Date = date(2026, 5, 1);

/// A daycare with an animal, a visit of that animal and another visit, and a backup of it all.
pub(crate) fn backed_up() -> Daycare {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    daycare.catalogue.expect(rex, DAY).unwrap();
    let visit = daycare.arrives(&photographed("unsure", "boxer", 24));
    daycare.confirms(visit, "pug", Some(rex));
    daycare.arrives(&photographed("breed", "beagle", 32));
    daycare.backs_up();
    daycare
}

/// All records of a catalogue, as JSON.
pub(crate) fn all_of(catalogue: &Catalogue) -> String {
    let mut json = Vec::new();
    catalogue.export_json(&mut json).unwrap();
    String::from_utf8(json).unwrap()
}
