//! Writes the results of a run's epochs as TensorBoard reads them: an event file, which is a TFRecord file of protobuf
//! messages. The messages have the field numbers of TensorFlow's `event.proto` and `summary.proto`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISCSI, Crc};
use jiff::Timestamp;
use prost::Message;

use super::history::Epoch;

/// What TensorBoard knows event files by.
const PREFIX: &str = "events.out.tfevents";
/// The first event of a file.
const VERSION: &str = "brain.Event:2";
/// The checksum of TFRecord, CRC-32C, and what is added to it.
static CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
const MASK: u32 = 0xa282_ead8;

/// An event file to which epochs are added.
pub(super) struct Events {
    pub(super) path: PathBuf,
    file: File,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    /// In seconds since 1970.
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
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    /// Optional, so that zero is written, too.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

impl Events {
    /// Begins a file in the folder, which is created if it does not exist. Files of earlier runs stay: TensorBoard joins
    /// those of one folder, so that a resumed run goes on with its curves.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // In the order of their names, files are in the order of time.
        let time = Timestamp::now().as_microsecond();
        let path = folder.join(format!("{PREFIX}.{time:016}.{}", std::process::id()));
        let file = File::create_new(&path)?;
        let mut events = Self { path, file };
        events.add(&Event {
            wall_time: now(),
            file_version: Some(VERSION.to_owned()),
            ..Event::default()
        })?;
        Ok(events)
    }

    /// Adds the results of an epoch, whose number is the step.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(super) fn write(&mut self, epoch: &Epoch) -> io::Result<()> {
        let scalars = [
            ("loss/training", Some(epoch.train_loss)),
            ("loss/validation", Some(epoch.validation_loss)),
            ("accuracy/top-1", Some(epoch.top1)),
            ("accuracy/top-1 of crops", epoch.crop_top1),
            ("accuracy/mean per class", Some(epoch.mean_per_class)),
            ("learning rate", Some(epoch.rate)),
        ];
        let value = scalars.into_iter().filter_map(|(tag, scalar)| {
            Some(Value {
                tag: tag.to_owned(),
                simple_value: Some(scalar? as f32),
            })
        });
        self.add(&Event {
            wall_time: now(),
            step: epoch.epoch as i64,
            summary: Some(Summary {
                value: value.collect(),
            }),
            ..Event::default()
        })
    }

    /// Adds a record: its length, its checksum, the message, and its checksum.
    fn add(&mut self, event: &Event) -> io::Result<()> {
        let message = event.encode_to_vec();
        let length = (message.len() as u64).to_le_bytes();
        let record = [
            &length[..],
            &masked(&length).to_le_bytes(),
            &message,
            &masked(&message).to_le_bytes(),
        ];
        self.file.write_all(&record.concat())
    }
}

/// The masked checksum. A plain one of data that has checksums in it would be too regular.
fn masked(bytes: &[u8]) -> u32 {
    let checksum = CHECKSUM.checksum(bytes);
    checksum.rotate_right(15).wrapping_add(MASK)
}

/// Seconds since 1970.
fn now() -> f64 {
    Timestamp::now().as_millisecond() as f64 / 1000.0
}
