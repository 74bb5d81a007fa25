//! The backups of what is kept, and what was put beside the catalogue.

use std::env;
use std::path::Path;

use ::catalogue::{Catalogue, Passphrase};
use jiff::Timestamp;
use recognise::Language;
use screens::Locale;

use super::Finding;
use super::data::entries;
use crate::cli::run::rescues;
use crate::config::{BackupPlace, Config};
use crate::kiosk::backups;

/// How the names of folders begin with a catalogue that was damaged, or that a newer kiosk has changed.
const ASIDE: [&str; 2] = ["damaged", "newer-"];

/// The folder of temporary files of the service, as its unit says.
const SERVICE_TEMPORARY: &str = "/run/breed-kiosk";

/// Examines the automatic backups, and what is in the data folder beside the catalogue.
pub(super) fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let data = &config.data;
    let automatic = match &config.backup {
        Some(place) => automatic(data, place, now),
        None => Finding::unknown("backups", "none are made, since no place for them is set").advise(
            "under [backup] in kiosk.toml, name a stick or a folder on another disk; --config names \
             that file",
        ),
    };
    let mut findings = vec![automatic, encryption(data)];
    findings.extend(rescue(data));
    findings.extend(aside(data));
    findings
}

/// How old the newest backup of this catalogue is. Those of other kiosks may be in the same folder.
fn automatic(data: &Path, place: &BackupPlace, now: Timestamp) -> Finding {
    let folder = match backups::folder_of(place) {
        Ok(folder) => folder,
        Err(message) => {
            let found = Locale::of(Language::English).message(&message);
            return Finding::wrong(
                "backups",
                found,
                "plug that disk in, or name another place under [backup] in kiosk.toml",
            );
        }
    };
    let made = match Catalogue::automatic_backups_of(data, &folder) {
        Ok(made) => made,
        Err(error) => return Finding::wrong("backups", error, "check that disk"),
    };
    let place = folder.display();
    let Some(oldest) = made.first() else {
        return Finding::wrong(
            "backups",
            format!("{place}: there is none of this kiosk"),
            "the kiosk makes one within a minute of its start; its log says why it did not",
        );
    };
    let Some(newest) = made.iter().rev().find(|made| **made <= now) else {
        let found = format!("{place}: they are of the future, from {oldest} on");
        return Finding::unknown("backups", found).advise("see to the clock");
    };
    let age = now.duration_since(*newest);
    let found = format!("{place}: the newest is {} hours old", age.as_hours());
    if age < backups::OVERDUE {
        return Finding::right("backups", found);
    }
    Finding::wrong("backups", found, "the kiosk's log says why")
}

/// Whether anyone who finds a backup can read it.
fn encryption(folder: &Path) -> Finding {
    let found = if Passphrase::is_kept_in(folder) {
        "new backups are encrypted with a passphrase"
    } else {
        "backups are not encrypted: whoever has one can read it"
    };
    Finding::right("encryption", found)
}

/// What was recorded while the catalogue could not be used, and is not in it yet.
fn rescue(folder: &Path) -> Option<Finding> {
    let mut rescues = [env::temp_dir(), SERVICE_TEMPORARY.into()]
        .into_iter()
        .flat_map(|temporary| rescues(folder, &temporary));
    let rescue = rescues.find(|rescue| Catalogue::exists(rescue))?;
    let place = rescue.display();
    let found = format!("{place}: visits went there, since the catalogue could not be used");
    Some(Finding::wrong(
        "rescue",
        found,
        "the kiosk adds them to the catalogue once that works; the page and the log say why it does not",
    ))
}

/// What is left of former catalogues. Only people know whether they still need it.
fn aside(folder: &Path) -> Option<Finding> {
    let folders = entries(folder).filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut aside: Vec<String> = names
        .filter(|name| ASIDE.iter().any(|begins| name.starts_with(begins)))
        .collect();
    aside.sort();
    if aside.is_empty() {
        return None;
    }
    let found = format!("{}: {}", folder.display(), aside.join(", "));
    Some(Finding::unknown("aside", found).advise(
        "a former catalogue, or what was left of it, with all families in it: remove it once you need \
         nothing of it",
    ))
}
