//! `trainer train --tensorboard`: event files, read back by the format's own rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message;
use tempfile::TempDir;

use crate::common::{QUICK, draw_breeds};

/// An event file.
pub(crate) struct EventFile {
    bytes: Vec<u8>,
    events: Vec<Event>,
}

/// TensorFlow's messages of these names, as far as the trainer writes them.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

impl EventFile {
    /// The epochs in it.
    pub(crate) fn steps(&self) -> Vec<i64> {
        let summaries = self.events.iter().filter(|event| event.summary.is_some());
        summaries.map(|event| event.step).collect()
    }
}

/// Reads all event files of a folder, the earliest first, and checks their lengths and checksums.
pub(crate) fn read(folder: &Path) -> Vec<EventFile> {
    let entries = fs::read_dir(folder).expect("a folder of event files");
    let mut paths: Vec<PathBuf> = entries.map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    let files = paths.iter().map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with("events.out.tfevents."), "{name}");
        let bytes = fs::read(path).expect("an event file");
        let events = records(&bytes)
            .into_iter()
            .map(|record| Event::decode(record).expect("an event, whatever else is in the record"));
        EventFile {
            events: events.collect(),
            bytes: bytes.clone(),
        }
    });
    files.collect()
}

/// The content of the records of a TFRecord file: length, its checksum, content, its checksum.
fn records(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_at(8);
        let after = checked(length, after);
        let length = u64::from_le_bytes(length.try_into().expect("8 bytes"));
        let (content, after) = after.split_at(length as usize);
        rest = checked(content, after);
        records.push(content);
    }
    records
}

/// What follows the checksum of some bytes.
fn checked<'a>(bytes: &[u8], after: &'a [u8]) -> &'a [u8] {
    let (checksum, after) = after.split_at(4);
    // CRC-32C bit by bit.
    let crc = !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 * (crc & 1))
        })
    });
    let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
    assert_eq!(checksum, masked.to_le_bytes());
    after
}

#[test]
fn tensorboard_gets_the_figures_of_every_epoch() {
    let folder = TempDir::new().expect("a temporary folder");
    draw_breeds(&folder.path().join("data"), 10);
    fs::write(folder.path().join("quick.toml"), QUICK).expect("a temporary file");
    let run = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .current_dir(folder.path())
        .args(["train", "--data", "data", "--out", "run", "--init", "none"])
        .args(["--recipe", "quick.toml", "--epochs", "2"])
        .args(["--tensorboard", "in/a new folder"])
        .output()
        .expect("the trainer starts");
    assert!(run.status.success(), "{run:?}");

    let files = read(&folder.path().join("in/a new folder"));
    let [file] = &files[..] else {
        panic!("{} files", files.len());
    };
    // So begins every event file of TensorFlow's, whose first event is as long.
    assert_eq!(
        file.bytes[..12],
        [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]
    );
    let version = file.events[0].file_version.as_deref();
    assert_eq!(version, Some("brain.Event:2"));
    assert_eq!(file.steps(), [1, 2]);

    let mut table = csv::Reader::from_path(folder.path().join("run/metrics.csv")).expect("a table");
    let head = table.headers().expect("a header").clone();
    let column = |name: &str| head.iter().position(|it| it == name).expect("a column");
    let rows = table.records().map(|row| row.expect("a row"));
    for (row, event) in rows.zip(&file.events[1..]) {
        assert!(event.wall_time >= file.events[0].wall_time && event.wall_time > 1.7e9);
        let scalars = &event.summary.as_ref().expect("a summary").value;
        for (tag, name) in [
            ("loss/training", "train_loss"),
            ("loss/validation", "validation_loss"),
            ("accuracy/top-1", "top1"),
            ("accuracy/mean per class", "mean_per_class"),
            ("learning rate", "rate"),
        ] {
            let scalar = scalars.iter().find(|it| it.tag == tag).expect(tag);
            let value: f64 = row[column(name)].parse().expect("a number");
            assert_eq!(scalar.simple_value, Some(value as f32), "{tag}");
        }
        assert_eq!(scalars.len(), 5, "crops are measured only with boxes");
    }

    // It has no more epochs.
    let again = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .current_dir(folder.path())
        .args(["train", "--data", "data", "--out", "run", "--resume"])
        .args(["--tensorboard", "in/a new folder"])
        .output()
        .expect("the trainer starts");
    assert!(again.status.success(), "{again:?}");
    assert_eq!(read(&folder.path().join("in/a new folder")).len(), 1);
}
