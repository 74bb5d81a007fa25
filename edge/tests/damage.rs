//! Damage to a catalogue that the real program says: as it starts, on the page while it goes on, or when somebody
//! asks for a thorough check. Never is a damaged catalogue taken for a new one.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::daycare::{backed_up, close, files};
use crate::run::{Running, program};

/// How long the kiosk may take to say it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where damage is said, and a part of what is said.
#[derive(Clone, Copy)]
enum Said {
    /// At the start, and visits go to another catalogue.
    InRescue(&'static str),
    /// On the page, and the catalogue is used on.
    OnPage(&'static str),
    /// By `kiosk catalogue verify`, which finds all of it, alone.
    Verifying(&'static str),
}

use Said::{InRescue, OnPage, Verifying};

/// What becomes of the catalogue in a folder.
type Damage = fn(&Path);

const DAMAGES: [(&str, Damage, Said); 22] = [
    (
        "other bytes",
        |data| write(data, &[7; 10_000]),
        InRescue("file is not a database"),
    ),
    (
        "zeros",
        |data| write(data, &[0; 8192]),
        InRescue("file is not a database"),
    ),
    (
        "emptied",
        |data| write(data, b""),
        InRescue("is missing or empty"),
    ),
    ("removed", remove, InRescue("is missing or empty")),
    (
        "cut in half",
        |data| {
            let bytes = read(data);
            write(data, &bytes[..bytes.len() / 2]);
        },
        InRescue("malformed"),
    ),
    (
        "its first page overwritten",
        |data| {
            let mut bytes = read(data);
            bytes[100..4096].fill(0xAA);
            write(data, &bytes);
        },
        InRescue("malformed"),
    ),
    (
        "a folder in its place",
        |data| {
            remove(data);
            fs::create_dir(data.join(FILE)).unwrap();
        },
        InRescue("it is a folder"),
    ),
    (
        "the mark of another program",
        |data| run(data, "PRAGMA application_id = 7"),
        InRescue("another program's tables"),
    ),
    (
        "the database of another program",
        |data| {
            remove(data);
            run(data, "CREATE TABLE contacts (name)");
        },
        InRescue("another program's tables"),
    ),
    (
        "that of a newer kiosk",
        |data| run(data, "PRAGMA user_version = 99"),
        InRescue("written by a newer kiosk"),
    ),
    (
        "a database without tables",
        |data| {
            remove(data);
            run(data, "CREATE TABLE t (x); DROP TABLE t");
        },
        InRescue("is missing or empty"),
    ),
    (
        "nothing left but its log",
        |data| {
            remove(data);
            for folder in ["photographs", "training"] {
                fs::remove_dir_all(data.join(folder)).unwrap();
            }
            fs::write(data.join(LOG), [0x5A; 8192]).unwrap();
        },
        InRescue("catalogue.sqlite-wal"),
    ),
    (
        "a damaged page of a table",
        |data| damage_page(data, "change"),
        OnPage("is damaged, or no catalogue"),
    ),
    (
        "a damaged page of an index",
        |data| damage_page(data, "animal_tag"),
        OnPage("is damaged, or no catalogue"),
    ),
    (
        "a record that refers to none",
        |data| {
            let day = "INSERT INTO expected (day, animal) VALUES ('2026-05-01', 77)";
            run(data, &format!("PRAGMA foreign_keys = 0; {day}"));
        },
        OnPage("refers to a missing animal"),
    ),
    (
        "a log that is none",
        |data| fs::write(data.join(LOG), [0x5A; 8192]).unwrap(),
        OnPage("log was damaged"),
    ),
    (
        "a value that cannot be",
        |data| {
            let wrong = "UPDATE animal SET species = 'cow'";
            run(
                data,
                &format!("PRAGMA ignore_check_constraints = 1; {wrong}"),
            );
        },
        OnPage("CHECK constraint failed"),
    ),
    (
        "a table of another program",
        |data| run(data, "CREATE TABLE more (x)"),
        OnPage("not those of a catalogue"),
    ),
    (
        "photographs removed",
        |data| photographs(data, |_| None),
        Verifying("is missing"),
    ),
    (
        "photographs cut short",
        |data| photographs(data, |bytes| Some(bytes[..100].to_vec())),
        Verifying("is 100 bytes long instead of"),
    ),
    (
        "photographs of zeros",
        |data| photographs(data, |bytes| Some(vec![0; bytes.len()])),
        Verifying("is no JPEG"),
    ),
    (
        "photographs that are zeros at their end",
        |data| {
            photographs(data, |mut bytes| {
                let whole = bytes.len() * 2 / 3;
                bytes[whole..].fill(0);
                Some(bytes)
            });
        },
        Verifying("is damaged"),
    ),
];

const FILE: &str = "catalogue.sqlite";
const LOG: &str = "catalogue.sqlite-wal";

fn read(data: &Path) -> Vec<u8> {
    fs::read(data.join(FILE)).unwrap()
}

fn write(data: &Path, bytes: &[u8]) {
    fs::write(data.join(FILE), bytes).unwrap();
}

fn remove(data: &Path) {
    fs::remove_file(data.join(FILE)).unwrap();
}

fn run(data: &Path, sql: &str) {
    let database = Connection::open(data.join(FILE)).unwrap();
    database.execute_batch(sql).unwrap();
}

/// Damages the first page of a table or of an index.
pub(crate) fn damage_page(data: &Path, name: &str) {
    let database = Connection::open(data.join(FILE)).unwrap();
    let select = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: usize = database
        .query_row(select, [name], |row| row.get(0))
        .unwrap();
    drop(database);
    let mut bytes = read(data);
    bytes[(page - 1) * 4096..page * 4096].fill(0x5A);
    write(data, &bytes);
}

/// Puts something in the place of each photograph, or nothing.
fn photographs(data: &Path, damage: fn(Vec<u8>) -> Option<Vec<u8>>) {
    let folder = data.join("photographs");
    for name in files(&folder) {
        let photograph = folder.join(name);
        match damage(fs::read(&photograph).unwrap()) {
            Some(bytes) => fs::write(photograph, bytes).unwrap(),
            None => fs::remove_file(photograph).unwrap(),
        }
    }
}

/// What the page says soon, if it has this in it.
fn said_on_page(running: &Running, part: &str) -> Result<String, String> {
    let start = Instant::now();
    loop {
        let live = running.page("/api/v1/live");
        if live.contains(part) {
            return Ok(live);
        }
        if start.elapsed() > PATIENCE {
            return Err(live);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// What `kiosk catalogue verify` says of a catalogue, which is not well.
fn verified(data: &Path, what: &str) -> String {
    let mut program = program();
    let output = program.args(["catalogue", "verify", "--data"]).arg(data);
    let output = output.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

#[test]
fn twenty_two_kinds_of_damage_to_a_catalogue_are_said() {
    for (what, damage, said) in DAMAGES {
        let (folder, _elsewhere) = close(backed_up());
        let data = folder.path();
        damage(data);
        let (part, is_in_rescue) = match said {
            InRescue(part) => (part, true),
            OnPage(part) => (part, false),
            Verifying(part) => {
                let said = verified(data, what);
                assert!(said.contains(part), "{what}: {said}");
                continue;
            }
        };
        let running = Running::new(data, &[]);
        let live = said_on_page(&running, part);
        let live = live.unwrap_or_else(|live| panic!("{what}: {live}"));
        assert_eq!(
            live.contains("visits go to"),
            is_in_rescue,
            "{what}: {live}"
        );
        drop(running);
        verified(data, what);
    }
}
