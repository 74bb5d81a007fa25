//! Looks after the catalogue: checks it and backs it up, each once a day, on a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, LeftOut};
use desk::kiosk::{Backups, Notice, Part};
use jiff::{SignedDuration, Timestamp};
use screens::locale::Message;
use tokio::sync::watch;

use super::{mounts, notices, rounds};
use crate::config::BackupPlace;

/// Between two rounds.
const INTERVAL: Duration = Duration::from_secs(60);

/// How often it is asked whether the records have changed, while they are known to be damaged.
const PAUSE: Duration = Duration::from_secs(1);

/// Between two checks, and between two backups.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// After a backup that failed: it may have written gigabytes.
const RETRY: SignedDuration = SignedDuration::from_hours(1);

/// The desk is told of a newest backup that is this old.
pub(crate) const OVERDUE: SignedDuration = SignedDuration::from_hours(48);

/// What the kiosk's thread and the page are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Upkeep {
    /// What is known of the automatic backups; `None` where there are to be none.
    pub backups: Option<Backups>,
    /// What is wrong with the catalogue or its backups.
    pub notices: Vec<Notice>,
    /// Whether the last check of the catalogue, or that of a backup, has found damage.
    pub is_damaged: bool,
}

/// Looks after the catalogue, now and every minute, until it is closed. Where it is damaged, also once a backup is
/// restored on the page: the person who did that checks whether all is well.
pub(super) fn start(
    catalogue: &Arc<Catalogue>,
    place: Option<BackupPlace>,
) -> watch::Receiver<Upkeep> {
    let (told, upkeep) = watch::channel(Upkeep::default());
    let has_news = Arc::new(AtomicBool::default());
    let news = Arc::clone(&has_news);
    catalogue.on_outbox(move || news.store(true, Ordering::Relaxed));
    let catalogue = Arc::downgrade(catalogue);
    let mut daily = DailyRounds::new(place);
    // Until the next round, whatever happens.
    let mut left = Duration::ZERO;
    rounds::start("check and backup of the catalogue", move || {
        let catalogue = catalogue.upgrade()?;
        // What happens during the round is news for the next one.
        if has_news.swap(false, Ordering::Relaxed) || left.is_zero() {
            told.send_replace(daily.round(&catalogue, Timestamp::now()));
            left = INTERVAL;
        }
        let is_damaged = told.borrow().is_damaged;
        let pause = if is_damaged { PAUSE } else { INTERVAL };
        left = left.saturating_sub(pause);
        Some(pause)
    });
    upkeep
}

/// Knows what was done when, and what came of it.
#[derive(Debug)]
pub struct DailyRounds {
    /// `None` where there are to be no automatic backups.
    place: Option<BackupPlace>,
    backups: Backups,
    /// When a backup was last tried in vain.
    failed: Option<Timestamp>,
    /// When the catalogue was last checked.
    checked: Option<Timestamp>,
    /// What was found to be wrong with it.
    damage: Option<CatalogueError>,
    /// What the last backup found to be wrong with it: that looks more closely than the check.
    damage_in_backup: Option<CatalogueError>,
    /// The folders of damaged logs that were kept at a start.
    damaged_logs: Vec<PathBuf>,
}

impl DailyRounds {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(place: Option<BackupPlace>) -> Self {
        Self {
            place,
            backups: Backups::default(),
            failed: None,
            checked: None,
            damage: None,
            damage_in_backup: None,
            damaged_logs: Vec::new(),
        }
    }

    /// Does what is due at `now`, the system's time, and says what is known then.
    pub fn round(&mut self, catalogue: &Catalogue, now: Timestamp) -> Upkeep {
        // Somebody may restore a backup of a damaged catalogue at any moment.
        if self.damage.is_some() || is_past(self.checked, DAY, now) {
            self.checked = Some(now);
            self.check(catalogue);
        }
        // Until somebody removes them. What cannot be looked at now can be later.
        if let Ok(kept) = catalogue.damaged_logs() {
            self.damaged_logs = kept;
        }
        // That only reads; a backup would write all of it each minute.
        if self.damage_in_backup.is_some() && matches!(catalogue.is_damaged(), Ok(false)) {
            (self.damage_in_backup, self.failed) = (None, None);
        }
        self.backups.is_encrypted = catalogue.encrypts_backups();
        if let Some(place) = self.place.clone()
            && let Err(failure) = self.back_up(catalogue, &place, now)
        {
            self.backups.failure = Some(failure);
        }
        Upkeep {
            backups: self.place.is_some().then(|| self.backups.clone()),
            notices: self.notices(now),
            is_damaged: [&self.damage, &self.damage_in_backup]
                .into_iter()
                .any(|damage| matches!(damage, Some(CatalogueError::Corrupt { .. }))),
        }
    }

    fn check(&mut self, catalogue: &Catalogue) {
        let checked = catalogue.check();
        if let Err(error) = &checked
            && self.damage.is_none()
        {
            tracing::error!("{error}");
        }
        self.damage = checked.err();
    }

    /// Writes a backup if it is time. Otherwise sees which there are.
    fn back_up(
        &mut self,
        catalogue: &Catalogue,
        place: &BackupPlace,
        now: Timestamp,
    ) -> Result<(), Message> {
        let folder = folder_of(place)?;
        let made = catalogue.automatic_backups(&folder);
        let former = self.backups.newest;
        self.note(&made.map_err(|error| notices::of_catalogue(&error))?, now);
        if self.backups.newest != former {
            self.backups.left_out = left_out_of(catalogue, &folder, self.backups.newest);
        }
        if !is_past(self.backups.newest, DAY, now) {
            self.backups.failure = None;
            return Ok(());
        }
        if !is_past(self.failed, RETRY, now) {
            return Ok(());
        }
        match catalogue.back_up_into(&folder, now) {
            Ok(backup) => {
                tracing::info!(folder = %folder.display(), "the catalogue was backed up");
                self.note(&backup.kept, now);
                self.backups.left_out = backup.left_out;
                self.failed = None;
                self.damage_in_backup = None;
                self.backups.failure = None;
                Ok(())
            }
            Err(error) => {
                tracing::error!("no backup: {error}");
                self.failed = Some(now);
                let failure = notices::of_catalogue(&error);
                if matches!(error, CatalogueError::Corrupt { .. }) {
                    self.damage_in_backup = Some(error);
                }
                Err(failure)
            }
        }
    }

    /// Notes which backups there are. Those of the future were made by a wrong clock.
    fn note(&mut self, made: &[Timestamp], now: Timestamp) {
        self.backups.count = made.len();
        self.backups.newest = made.iter().rev().find(|made| **made <= now).copied();
    }

    fn notices(&self, now: Timestamp) -> Vec<Notice> {
        let of = |part, message| Notice { part, message };
        let mut notices = Vec::new();
        if let Some(damage) = self.damage.as_ref().or(self.damage_in_backup.as_ref()) {
            notices.push(of(Part::Catalogue, notices::of_catalogue(damage)));
        }
        // Not the catalogue's: of that, the screen would say that nothing can be saved.
        notices.extend(self.damaged_logs.iter().map(|kept| {
            let message = Message::new("notice-catalogue-log").with("folder", kept.display());
            of(Part::Backup, message)
        }));
        notices.extend((self.backups.lacking()).map(|lacking| of(Part::Backup, lacking)));
        let Some(failure) = &self.backups.failure else {
            return notices;
        };
        let age = match self.backups.newest {
            Some(newest) if now.duration_since(newest) < OVERDUE => return notices,
            Some(newest) => {
                let days = now.duration_since(newest).as_hours() / 24;
                Message::new("notice-backup-overdue").with("days", days)
            }
            None => Message::new("notice-backup-missing"),
        };
        notices.extend([age, failure.clone()].map(|message| of(Part::Backup, message)));
        notices
    }
}

/// What the newest backup lacks, which may be of an earlier run of the program.
fn left_out_of(catalogue: &Catalogue, folder: &Path, newest: Option<Timestamp>) -> Vec<LeftOut> {
    let Some(newest) = newest else {
        return Vec::new();
    };
    catalogue
        .left_out_of(folder, newest)
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "whether the newest backup lacks photographs is not known");
            Vec::new()
        })
}

/// The folder that backups go to. It is never made: one that is missing may be on a disk that is.
pub(crate) fn folder_of(place: &BackupPlace) -> Result<PathBuf, Message> {
    match place {
        BackupPlace::Label(label) => mounts::folder_of(label),
        BackupPlace::Folder(folder) if folder.is_dir() => Ok(folder.clone()),
        BackupPlace::Folder(folder) => {
            Err(Message::new("notice-backup-no-folder").with("folder", folder.display()))
        }
    }
}

/// Whether at least `time` has passed since something was last done, or it was never done. A clock that
/// was set back does not delay it.
fn is_past(last: Option<Timestamp>, time: SignedDuration, now: Timestamp) -> bool {
    last.is_none_or(|last| now.duration_since(last).abs() >= time)
}
