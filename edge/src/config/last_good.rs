//! The text of `kiosk.toml` with which the kiosk last started well: what it goes on with while the file itself
//! cannot be used.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{self, Path, PathBuf};

use super::Config;

/// The file that the text is kept in.
const KEPT: &str = "kiosk.toml.last-good";

/// The same while it is written. Its name is fixed: what a power cut leaves of it is written over.
const UNFINISHED: &str = "kiosk.toml.last-good.new";

/// What is kept of one configuration file, in a folder of the kiosk's user.
#[derive(Debug)]
pub struct LastGood {
    folder: PathBuf,
    path: PathBuf,
}

impl LastGood {
    /// What is kept of the file at `path` in the folder that systemd gives a service for its state. `None`
    /// where there is none: a person who starts it in a terminal reads what is wrong with the file.
    #[must_use]
    pub fn of_service(path: &Path) -> Option<Self> {
        let folders = env::var_os("STATE_DIRECTORY")?;
        let first = env::split_paths(&folders).next();
        let folder = first.filter(|folder| !folder.as_os_str().is_empty())?;
        Some(Self::at(folder, path))
    }

    /// What is kept in `folder` of the file at `path`.
    #[must_use]
    pub fn at(folder: PathBuf, path: &Path) -> Self {
        let path = path.to_owned();
        Self { folder, path }
    }

    /// The settings that are kept. `None` where there are none of this file, or where this version of the
    /// kiosk does not understand them.
    #[must_use]
    pub fn config(&self) -> Option<Config> {
        let kept = fs::read_to_string(self.folder.join(KEPT)).ok()?;
        let text = kept.strip_prefix(&self.head())?;
        Config::parse(&self.path, text).ok()
    }

    /// Keeps a text of the file, in place of the former one: whatever happens, one of them is there, whole.
    /// It may have passwords in it, and only the kiosk's user may read it.
    ///
    /// # Errors
    /// If it cannot be written. Then the former one is still there.
    pub fn keep(&self, text: &str) -> io::Result<()> {
        let whole = self.head() + text;
        let kept = self.folder.join(KEPT);
        if fs::read(&kept).is_ok_and(|former| former == whole.as_bytes()) {
            return Ok(());
        }
        let unfinished = self.folder.join(UNFINISHED);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(whole.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, &kept)?;
        File::open(&self.folder)?.sync_all()
    }

    /// The first line of what is kept: which file it is of. Another file's settings are no substitute.
    fn head(&self) -> String {
        let path = path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        format!(
            "# {path:?}, as it was when the kiosk last started well; change that file, not this one\n"
        )
    }
}
