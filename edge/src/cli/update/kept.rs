//! Keeps what an update needs until it has ended, and its state, in a folder of root's.

use std::fmt;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::programs::WATCH;

/// Where the package in use and all that belongs to an update is kept.
pub(in crate::cli) const FOLDER: &str = "/var/lib/breed-kiosk-update";

/// The folder of the last update.
pub(in crate::cli) struct Kept {
    folder: PathBuf,
}

/// The last update: what is under way, or how it ended. It is on disk before anything is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct State {
    pub(in crate::cli) step: Step,
    /// The previous version.
    pub(super) former: String,
    /// The version that takes its place.
    pub(super) new: String,
    /// Where the page is served, by the previous settings.
    pub(super) listen: SocketAddr,
    /// The data folder, by the same settings.
    pub(super) data: PathBuf,
    /// For how many seconds the kiosk is watched.
    pub(super) seconds: u64,
    /// How often the watch has begun, since the machine may be switched off meanwhile.
    pub(super) starts: u32,
    /// Whether visits went to a rescue catalogue already before.
    pub(super) had_rescue: bool,
    /// Whether the previous package is kept.
    pub(super) has_way_back: bool,
    /// Why the former version was not ready, if it was not: the new one may be no better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unready: Option<String>,
    /// Why the new version does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// Whether the backup made before the update is still needed, since it could not be restored.
    pub(super) needs_backup: bool,
    /// What became of the catalogue, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) catalogue: Option<String>,
}

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Step {
    /// dpkg installs the new package, or is about to.
    Installing,
    /// The new one is installed, and the kiosk is watched.
    Watching,
    /// The former one is installed again.
    GoingBack,
    /// The new version has proved itself.
    Done,
    /// The former version runs again.
    WentBack,
    /// The new version is no good, and there is none to go back to.
    Stuck,
}

impl Step {
    /// Whether there is more to do.
    pub(super) fn is_pending(self) -> bool {
        matches!(self, Self::Installing | Self::Watching | Self::GoingBack)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { former, new, .. } = self;
        match self.step {
            Step::Installing => write!(f, "version {new} is being installed in place of {former}"),
            Step::Watching => write!(
                f,
                "version {new} is installed; for {} seconds the kiosk is watched, and {former} \
                 installed again if it does not work",
                self.seconds
            ),
            Step::GoingBack => write!(f, "version {former} is being installed again"),
            Step::Done => write!(f, "version {new} works; before, it was {former}"),
            Step::WentBack => write!(
                f,
                "version {new} did not work, and {former} is installed again"
            ),
            Step::Stuck => write!(
                f,
                "version {new} does not work, and there is no package of {former} to go back to"
            ),
        }?;
        if let Some(why) = &self.why {
            write!(f, ": {why}")?;
        }
        if let Some(catalogue) = &self.catalogue {
            write!(f, "; the catalogue: {catalogue}")?;
        }
        Ok(())
    }
}

impl Kept {
    /// The folder of that name, which need not exist.
    pub(in crate::cli) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The package that is in use, as far as it is known.
    pub(super) fn in_use(&self) -> PathBuf {
        self.folder.join("in-use.deb")
    }

    /// The package that is to be installed.
    pub(super) fn new_package(&self) -> PathBuf {
        self.folder.join("new.deb")
    }

    /// The previous program.
    pub(super) fn program(&self) -> PathBuf {
        self.folder.join("kiosk")
    }

    /// The unit that makes the update.
    pub(super) fn unit(&self) -> PathBuf {
        self.folder.join(WATCH)
    }

    /// A folder for files of a moment.
    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// The folder of the backup, which belongs to the kiosk's user.
    pub(super) fn backups(&self) -> PathBuf {
        self.folder.join("catalogue")
    }

    /// The backup of the catalogue made before the update.
    pub(super) fn backup(&self) -> PathBuf {
        self.backups().join("before.tar")
    }

    /// Makes the folder where there is none, and locks it, since one update is made at a time. The lock
    /// is held as long as the file that is returned.
    ///
    /// # Errors
    /// If another update is at work, or this user may not write there.
    pub(super) fn claim(&self) -> anyhow::Result<File> {
        let place = self.folder.display();
        // Nothing in it is secret but the backup, and the kiosk's user has to reach that.
        let made = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::set_permissions(&self.folder, Permissions::from_mode(0o755)));
        made.with_context(|| format!("{place}: cannot be made; run this as root, with sudo"))?;
        let folder = File::open(&self.folder).with_context(|| place.to_string())?;
        match folder.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("an update is at work; `kiosk update --show` says how far it is")
            }
            Err(TryLockError::Error(error)) => return Err(error).context(place.to_string()),
        }
        if let Some(state) = self.state()? {
            // One that never began has changed nothing.
            ensure!(
                !state.step.is_pending() || state.starts == 0,
                "the last update has not ended: sudo systemctl start {WATCH}"
            );
            ensure!(
                !state.needs_backup || !self.backup().exists(),
                "the last update could not put {} back: do that (see TROUBLESHOOTING.md, After an update), \
                 or remove this file",
                self.backup().display()
            );
        }
        Ok(folder)
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// If there is no folder.
    pub(super) fn lock(&self) -> io::Result<File> {
        let folder = File::open(&self.folder)?;
        folder.lock()?;
        Ok(folder)
    }

    /// What is known of the last update; `None` if there was none.
    ///
    /// # Errors
    /// If that cannot be read.
    pub(in crate::cli) fn state(&self) -> anyhow::Result<Option<State>> {
        let file = self.state_file();
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        let state = toml::from_str::<State>(&text);
        let damaged = || format!("{}: damaged; remove it", file.display());
        Ok(Some(state.with_context(damaged)?))
    }

    /// When that was noted last.
    ///
    /// # Errors
    /// If there was no update, or nobody can tell.
    pub(super) fn noted(&self) -> io::Result<SystemTime> {
        fs::metadata(self.state_file())?.modified()
    }

    /// Notes how far the update is. It is on disk when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn note(&self, state: &State) -> anyhow::Result<()> {
        let text = toml::to_string(state)?;
        self.put(&self.state_file(), text.as_bytes(), 0o644)
    }

    /// Forgets the last update.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(super) fn forget(&self) -> io::Result<()> {
        remove(&self.state_file())?;
        self.sync()
    }

    /// Writes a file of the folder. It is whole and on disk when it gets its name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn put(&self, path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
        let written = NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file()
                .set_permissions(Permissions::from_mode(mode))?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            self.sync()
        });
        written.with_context(|| format!("{}: cannot be written", path.display()))
    }

    /// Keeps a second name of a program: dpkg puts another file in its place and leaves this one.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub(super) fn keep_program(&self, program: &Path) -> anyhow::Result<()> {
        let kept = self.program();
        remove(&kept)?;
        // Another disk has no links to it.
        let made = fs::hard_link(program, &kept).or_else(|_| {
            fs::copy(program, &kept)?;
            File::open(&kept)?.sync_all()
        });
        made.and_then(|()| self.sync())
            .with_context(|| format!("{}: cannot be written", kept.display()))
    }

    /// Marks the new package as the one in use.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(super) fn adopt_new(&self) -> anyhow::Result<()> {
        // It has been done already where the end was cut off.
        if self.new_package().exists() {
            fs::rename(self.new_package(), self.in_use()).context("the new package")?;
            self.sync()?;
        }
        Ok(())
    }

    /// Removes what only an update that is under way needs. The backup above all, which has in it what
    /// families may ask to be forgotten.
    pub(super) fn tidy(&self) {
        let state = self.state().ok().flatten();
        let needs_backup = state.is_some_and(|state| state.needs_backup);
        let backups = Some(self.backups()).filter(|_| !needs_backup);
        let others = [
            self.scratch(),
            self.new_package(),
            self.program(),
            self.unit(),
        ];
        for path in backups.into_iter().chain(others) {
            if let Err(error) = remove(&path) {
                tracing::warn!(file = %path.display(), %error, "cannot be removed");
            }
        }
    }

    fn state_file(&self) -> PathBuf {
        self.folder.join("update.toml")
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// Removes a file or a folder, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
