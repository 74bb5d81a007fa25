//! The catalogue of a daycare, on which input is tried and of which backups are made.

use std::fs;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, Decision, NoVisit, OwnerChoice, OwnerFields,
    Recurrence, Replace, Settings, StayNotes, VisitId,
};
use jiff::Timestamp;
use jiff::civil::date;
use recognise::metadata::Species;
use serde_json::json;
use tempfile::TempDir;

use crate::faults;

/// The tag of the animal in the catalogue.
pub(super) const TAG: &str = "CH-1";

/// The name of the animal in the catalogue.
pub(super) const NAME: &str = "Rex";

/// Who enters all of it.
const STAFF: &str = "fuzz";

/// A catalogue with one animal, and its folder.
pub(super) struct Daycare {
    pub(super) folder: TempDir,
    pub(super) catalogue: Catalogue,
}

impl Daycare {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the catalogue");
        let catalogue = Catalogue::open(folder.path()).expect("a new catalogue");
        let fields = json!({ "name": NAME, "species": "dog", "breed": "pug", "tag": TAG });
        let fields: AnimalFields = serde_json::from_value(fields).expect("the fields of an animal");
        let added = catalogue.add_animal(&fields, STAFF);
        added.expect("an animal of the catalogue");
        Self { folder, catalogue }
    }

    /// One with something in most tables.
    pub(super) fn full() -> Self {
        let daycare = Self::new();
        faults::record_visits(daycare.folder.path(), 3);
        daycare.fill().expect("the records of a daycare");
        daycare
    }

    /// Adds animals with an owner and with bookings, what staff said about the visits, and settings.
    fn fill(&self) -> Result<(), CatalogueError> {
        let catalogue = &self.catalogue;
        let rex = AnimalId(1);
        let owner = OwnerFields {
            name: "Anna".to_owned(),
            phones: vec!["079 555 01 02".to_owned()],
            ..OwnerFields::default()
        };
        let bella = AnimalFields::new("Bella", Species::Cat, "siamese");
        let bella = catalogue.add_owned_animal(&bella, &[OwnerChoice::New(owner)], STAFF)?;
        let again = AnimalFields::new("Bela", Species::Cat, "siamese");
        let again = catalogue.add_animal(&again, STAFF)?;
        catalogue.merge_animals(bella, again, STAFF)?;

        for breed in ["beagle", "pug"] {
            let decision = Decision {
                breed: breed.into(),
                breed_name: None,
                animal: Some(rex),
                by: STAFF.to_owned(),
                at: Timestamp::now(),
                revision: None,
            };
            catalogue.confirm(VisitId(1), &decision)?;
        }
        let notes = StayNotes {
            belongings: "lead\nbowl".to_owned(),
            run: "3".to_owned(),
        };
        catalogue.set_stay_notes(VisitId(1), &notes, None, STAFF)?;
        let no_animal = NoVisit::NoAnimal {
            keep_photograph: true,
        };
        catalogue.delete_visit(VisitId(3), no_animal, None, STAFF)?;

        let day = date(2026, 5, 4);
        catalogue.expect(rex, day)?;
        catalogue.book(rex, &Recurrence::daily(day), STAFF)?;
        catalogue.forget_breed(&"lurcher".into(), STAFF)?;
        let settings = Settings {
            name: "Paws".to_owned(),
            contact_months: Some(24),
            ..Settings::default()
        };
        catalogue.set_settings(&settings, STAFF).map(drop)
    }

    /// The catalogue as a backup.
    pub(super) fn back_up(&self) -> Vec<u8> {
        let elsewhere = TempDir::new().expect("a folder for the backup");
        let file = elsewhere.path().join("backup.tar");
        let done = self.catalogue.backup(&file, Replace::Backup);
        done.expect("a backup");
        fs::read(file).expect("the backup")
    }
}
