//! Files that are not backups, or not ours: they are refused and change nothing.

use std::fs;
use std::io::Read;

use catalogue::CatalogueError;
use rusqlite::Connection;
use tar::{EntryType, Header};

use super::older::first_version;
use super::{all_of, backed_up, files, photographed};

#[test]
fn a_wrong_file_is_refused_and_changes_nothing() {
    let good = backed_up();
    let archive = fs::read(good.backup_file()).unwrap();
    let daycare = backed_up();
    daycare.arrives(&photographed("breed", "siamese", 16));
    let before = all_of(&daycare.catalogue);
    let wrong = daycare.at("wrong.tar");
    fs::write(&wrong, "").unwrap();
    let left = files(daycare.folder.path());

    let check = |what: &str, bytes: &[u8]| {
        fs::write(&wrong, bytes).unwrap();
        let error = daycare.catalogue.restore(&wrong).expect_err(what);
        let message = error.to_string();
        assert!(
            matches!(
                error,
                CatalogueError::NotABackup { .. } | CatalogueError::Newer { .. }
            ),
            "{what}: {message}"
        );
        assert!(
            message.contains("wrong.tar") && !message.contains('\n'),
            "{what}: {message}"
        );
        for content in ["holiday", "escaped", "readme", "0123456789abcdef", "Dear"] {
            assert!(!message.contains(content), "{what}: {message}");
        }
        assert_eq!(all_of(&daycare.catalogue), before, "{what}");
        assert_eq!(files(daycare.folder.path()), left, "{what}");
        message
    };
    check("empty", b"");
    check("text", b"Dear sir or madam");
    check("zeros", &[0; 4096]);
    check(
        "a database",
        &fs::read(good.at("catalogue.sqlite")).unwrap(),
    );
    check(
        "another archive",
        &tar(&[("holiday.jpg", EntryType::Regular, b"sea")]),
    );
    // The last block of the last entry may be cut in its padding, which nobody misses.
    for length in (100..archive.len() - 1536).step_by(1500) {
        check(&format!("cut at {length}"), &archive[..length]);
    }
    let entries = entries(&archive);
    let with = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut entries = entries.clone();
        change(&mut entries);
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, bytes)| (&**name, EntryType::Regular, &**bytes))
            .collect();
        tar(&entries)
    };
    for name in [
        "photographs/../../escaped.jpg",
        "../20260501T080000Z-0123456789abcdef.jpg",
        "/tmp/20260501T080000Z-0123456789abcdef.jpg",
        "photographs/readme.txt",
        "photographs/",
        "catalogue.sqlite",
    ] {
        let evil = with(&|entries| entries.insert(1, (name.to_owned(), b"x".to_vec())));
        check(name, &evil);
    }
    check(
        "a photograph less",
        &with(&|entries| drop(entries.remove(1))),
    );
    check(
        "a photograph twice",
        &with(&|entries| entries.insert(1, entries[1].clone())),
    );
    check("no manifest", &with(&|entries| drop(entries.pop())));
    check("no database", &with(&|entries| drop(entries.remove(0))));
    check(
        "a strange manifest",
        &with(&|entries| entries.last_mut().unwrap().1 = b"[1]".to_vec()),
    );
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Fifo,
    ] {
        let link = "photographs/20260501T080000Z-0123456789abcdef.jpg";
        let first = (&*entries[0].0, EntryType::Regular, &*entries[0].1);
        check("a link", &tar(&[first, (link, kind, b"")]));
    }

    let database = |change: &dyn Fn(&Connection)| {
        let file = daycare.folder.path().with_extension("sqlite");
        fs::write(&file, &entries[0].1).unwrap();
        change(&Connection::open(&file).unwrap());
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        with(&|entries| entries[0].1.clone_from(&bytes))
    };
    let sql = |sql: &'static str| database(&|database| database.execute_batch(sql).unwrap());
    let message = check("newer", &sql("PRAGMA user_version = 99"));
    assert!(message.contains("update the kiosk"), "{message}");
    check("another program's", &sql("PRAGMA application_id = 7"));
    check(
        "a path for a name",
        &sql("PRAGMA ignore_check_constraints = 1; UPDATE visit SET photograph = '1/../x.jpg'"),
    );
    check(
        "an orphan",
        &sql("PRAGMA foreign_keys = 0; DELETE FROM animal"),
    );
    let torn = with(&|entries| {
        let bytes = &mut entries[0].1;
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0xAA);
    });
    check("torn pages", &torn);

    let error = daycare
        .catalogue
        .restore(&daycare.at("nowhere.tar"))
        .unwrap_err();
    assert!(matches!(error, CatalogueError::Io { .. }), "{error}");
    let error = daycare
        .catalogue
        .restore(daycare.folder.path())
        .unwrap_err();
    assert!(
        matches!(error, CatalogueError::NotABackup { .. }),
        "{error}"
    );
    // The right file is still accepted.
    daycare.catalogue.restore(&good.backup_file()).unwrap();
}

/// What another program could add to our tables, or put in their place.
const FOREIGN: [&str; 18] = [
    "CREATE TABLE more (x)",
    "CREATE TABLE more (x, y AS (zeroblob(900000000)) STORED)",
    "CREATE TABLE more (x, y AS (zeroblob(2200000000)) VIRTUAL)",
    "CREATE VIRTUAL TABLE more USING fts5 (x)",
    "CREATE VIEW more AS SELECT * FROM visit",
    "CREATE INDEX more ON visit (source)",
    "CREATE INDEX more ON visit (abs(at))",
    "CREATE TRIGGER more AFTER INSERT ON visit BEGIN DELETE FROM visit; END",
    "ALTER TABLE change ADD COLUMN more BLOB AS (zeroblob(9))",
    "ALTER TABLE visit DROP COLUMN photograph_since",
    "DROP TRIGGER visit_counted",
    "DROP TRIGGER visit_counted;
     CREATE TRIGGER visit_counted AFTER INSERT ON visit BEGIN DELETE FROM animal; END",
    "DROP TABLE expected;
     CREATE VIEW expected AS SELECT '2026-05-01' AS day, id AS animal FROM animal",
    // Names that SQLite reserves, which takes a writable schema to use.
    "CREATE TRIGGER more AFTER UPDATE ON visit BEGIN DELETE FROM animal; END;
     PRAGMA writable_schema = 1;
     UPDATE sqlite_schema SET name = 'sqlite_evil',
         sql = replace(sql, 'TRIGGER more', 'TRIGGER sqlite_evil') WHERE name = 'more'",
    "CREATE VIEW more AS SELECT 1;
     PRAGMA writable_schema = 1;
     UPDATE sqlite_schema SET name = 'sqlite_evil', tbl_name = 'sqlite_evil',
         sql = replace(sql, 'VIEW more', 'VIEW sqlite_evil') WHERE name = 'more'",
    // A view that would hide all others from whoever looks for them.
    "CREATE VIEW more AS SELECT * FROM sqlite_master WHERE name <> 'sqlite_schema';
     PRAGMA writable_schema = 1;
     UPDATE sqlite_schema SET name = 'sqlite_schema', tbl_name = 'sqlite_schema',
         sql = replace(sql, 'VIEW more', 'VIEW sqlite_schema') WHERE name = 'more'",
    // A table that SQLite reads when it opens the file.
    "CREATE TABLE more (tbl, idx, x, stat AS (zeroblob(900000000)));
     INSERT INTO more (tbl, idx) VALUES ('visit', 'visit_at');
     PRAGMA writable_schema = 1;
     UPDATE sqlite_schema SET name = 'sqlite_stat1', tbl_name = 'sqlite_stat1',
         sql = replace(sql, 'TABLE more', 'TABLE sqlite_stat1') WHERE name = 'more'",
    "PRAGMA writable_schema = 1;
     UPDATE sqlite_schema SET sql = replace(sql, 'said <>', 'zeroblob(900000000) <>')",
];

#[test]
fn a_backup_with_another_schema_is_refused_whatever_its_version() {
    let daycare = backed_up();
    let archive = fs::read(daycare.backup_file()).unwrap();
    let entries = entries(&archive);
    let before = all_of(&daycare.catalogue);
    let file = daycare.at("database");
    let wrong = daycare.at("wrong.tar");
    let restore = || {
        let database = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let with_database: Vec<_> = (entries.iter())
            .map(|(name, bytes)| match &**name {
                "catalogue.sqlite" => (&**name, EntryType::Regular, &*database),
                _ => (&**name, EntryType::Regular, &**bytes),
            })
            .collect();
        fs::write(&wrong, tar(&with_database)).unwrap();
        daycare.catalogue.restore(&wrong)
    };
    let check = |what: &str| {
        let error = restore().unwrap_err();
        assert!(
            matches!(error, CatalogueError::NotABackup { .. }),
            "{what}: {error}"
        );
        assert_eq!(all_of(&daycare.catalogue), before, "{what}");
    };
    for sql in FOREIGN {
        fs::write(&file, &entries[0].1).unwrap();
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        check(sql);
        // The same in a file of the first version, which has no column to drop.
        if !sql.contains("photograph_since") {
            first_version(&file);
            Connection::open(&file).unwrap().execute_batch(sql).unwrap();
            check(sql);
        }
    }
    // A file of this version that claims to be older.
    fs::write(&file, &entries[0].1).unwrap();
    let database = Connection::open(&file).unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
    drop(database);
    check("an older version's number");
    // What SQLite itself keeps about the tables is no other program's.
    fs::write(&file, &entries[0].1).unwrap();
    let database = Connection::open(&file).unwrap();
    database.execute_batch("ANALYZE").unwrap();
    drop(database);
    restore().unwrap();
    assert_eq!(all_of(&daycare.catalogue), before);
}

/// An archive's entry: its name and what is in it.
pub(super) type Entry = (String, Vec<u8>);

/// The entries of an archive.
pub(super) fn entries(archive: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(archive);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    entries.collect()
}

/// An archive of these entries, whatever their names.
pub(super) fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}
