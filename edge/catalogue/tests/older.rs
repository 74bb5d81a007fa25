//! Catalogues and backups of older versions.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::{AnimalFields, AnimalId, Catalogue, CatalogueError, Replace, Vaccination};
use jiff::Timestamp;
use jiff::civil::date;
use rusqlite::Connection;

use super::{Daycare, all_of, pug};

/// Writes a catalogue of version 1 with the animal Zoé and one visit.
pub(super) fn first_version(file: &Path) {
    let database = Connection::open(file).unwrap();
    database
        .execute_batch(include_str!("../src/schema/1.sql"))
        .unwrap();
    database
        .execute_batch(
            "INSERT INTO animal (name, species, breed, notes, contact, warnings, created,
                                 vaccinated_until)
             VALUES ('Zoé', 'dog', 'pug', 'likes cheese', 'Dupont', '', 0, '2026-12-31');
             INSERT INTO visit (at, verdict, candidates, confidence, model, source, said)
             VALUES (0, 'breed', '[[\"pug\", 0.9]]', 0.9, 'v1', 'camera', 'pug');
             UPDATE visit SET animal = 1;
             PRAGMA application_id = 0x4B69736B;
             PRAGMA user_version = 1;",
        )
        .unwrap();
}

fn check(catalogue: &Catalogue) {
    let zoe = catalogue.animal(AnimalId(1)).unwrap();
    assert_eq!(
        (&*zoe.fields.name, zoe.fields.tag, zoe.visits),
        ("Zoé", None, 1)
    );
    // The end of its vaccination is that of one whose name nobody noted.
    assert_eq!(zoe.fields.vaccinated_until, Some(date(2026, 12, 31)));
    let vaccination = Vaccination::until(date(2026, 12, 31));
    assert_eq!(zoe.fields.vaccinations, [vaccination]);
    // Nobody has to check out who came before there were stays.
    let house = catalogue.house(Timestamp::now(), 9).unwrap();
    assert_eq!((house.present.len(), house.overdue_count), (0, 0));
    for query in ["zoe", "dup", "cheese"] {
        assert_eq!(catalogue.search(query, 9, 0).unwrap().len(), 1, "{query}");
    }
    // People in the pictures were not kept on purpose.
    assert!(!catalogue.settings().unwrap().whole_frames);
    // What was decided then cannot be undone: what was before is not on record.
    let visit = &catalogue.visits_of(AnimalId(1)).unwrap()[0];
    assert_eq!(visit.revision, 0);
    let result = catalogue.undo(visit.id, None, "ana");
    assert!(matches!(result, Err(CatalogueError::NothingToUndo(_))));
    // Newer features work for animals of the older version.
    let fields = AnimalFields {
        tag: Some("A-1".to_owned()),
        ..pug("Zoé")
    };
    catalogue
        .change_animal(AnimalId(1), &fields, "ana")
        .unwrap();
    assert!(catalogue.animal_by_tag("A-1").unwrap().is_some());
    assert_eq!(catalogue.search("a-1", 9, 0).unwrap().len(), 1);
    assert!(catalogue.search("cheese", 9, 0).unwrap().is_empty());
}

#[test]
fn a_catalogue_of_an_older_version_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    first_version(&folder.path().join("catalogue.sqlite"));
    let catalogue = Catalogue::open(folder.path()).unwrap();
    check(&catalogue);
    let again = Catalogue::open(folder.path()).unwrap();
    assert_eq!(all_of(&again), all_of(&catalogue));

    // Its backups can be restored.
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("backup.tar");
    catalogue.backup(&backup, Replace::Backup).unwrap();
    let fresh = Daycare::new();
    fresh.catalogue.restore(&backup).unwrap();
    assert_eq!(all_of(&fresh.catalogue), all_of(&catalogue));
}

/// What turned each version into the next, up to the one before this.
const LATER: [&str; 8] = [
    include_str!("../src/schema/2.sql"),
    include_str!("../src/schema/3.sql"),
    include_str!("../src/schema/4.sql"),
    include_str!("../src/schema/5.sql"),
    include_str!("../src/schema/6.sql"),
    include_str!("../src/schema/7.sql"),
    include_str!("../src/schema/8.sql"),
    include_str!("../src/schema/9.sql"),
];

#[test]
fn a_backup_of_each_older_version_can_be_restored() {
    for later in 0..=LATER.len() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("catalogue.sqlite");
        first_version(&database);
        let connection = Connection::open(&database).unwrap();
        for script in &LATER[..later] {
            connection.execute_batch(script).unwrap();
        }
        let version = u32::try_from(1 + later).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
        drop(connection);

        let daycare = Daycare::new();
        daycare.adds(&pug("Rex"));
        daycare.catalogue.restore(&packed(&database)).unwrap();
        assert_eq!(
            daycare.catalogue.totals().unwrap().animals,
            1,
            "version {version}"
        );
        check(&daycare.catalogue);
    }
}

/// Makes a backup of a database without photographs, beside it.
fn packed(database: &Path) -> PathBuf {
    let manifest = database.with_file_name("manifest.json");
    let about = r#"{"kiosk": "0.1.0", "made": "2026-05-01T08:00:00Z", "photographs": 0}"#;
    fs::write(&manifest, about).unwrap();
    let backup = database.with_file_name("backup.tar");
    let mut archive = tar::Builder::new(fs::File::create(&backup).unwrap());
    for (file, name) in [
        (database, "catalogue.sqlite"),
        (&*manifest, "manifest.json"),
    ] {
        archive.append_path_with_name(file, name).unwrap();
    }
    archive.finish().unwrap();
    backup
}
