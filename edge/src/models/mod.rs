//! The model bundles in the kiosk's data folder, and which of them the kiosk runs.
//!
//! `models/current.onnx` is the installed bundle and `models/former.onnx` the one before it; where one
//! of them is missing, it is the built-in bundle. A bundle that was just installed is on probation: if
//! it cannot be used, or the kiosk dies with it, the one before it takes its place again by itself.
//! Nothing is lost by that: what was taken back stays there as `models/rejected.onnx`.

pub mod install;
mod state;
pub mod trial;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use recognise::error::Fault;
use recognise::{Bundle, BundleError, Recogniser, printable};
use rustix::fs::OFlags;
use rustix::process::geteuid;
use screens::locale::Message;
use tempfile::NamedTempFile;
use thiserror::Error;

pub use state::{Probation, Stamp, State, TakenBack};

/// The names of files that are not whole yet begin with this.
const SCRATCH: &str = "new-";

/// The model bundles of a data folder.
#[derive(Clone, Debug)]
pub struct Models {
    data: PathBuf,
    folder: PathBuf,
}

/// The bundle that the kiosk runs.
#[derive(Debug)]
pub struct Chosen {
    /// What recognises.
    pub recogniser: Recogniser,
    /// Which bundle it is, for people.
    pub model: Message,
    /// Why it is not the one that was chosen, if it is not.
    pub notice: Option<Message>,
    /// The installed bundle at that time; `None` if there was none, or it was not asked for.
    pub stamp: Option<Stamp>,
    /// Whether it is the installed bundle, and on probation.
    pub is_on_probation: bool,
}

/// Why the bundles of a data folder could not be changed.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// A file could not be read or written.
    #[error("{path}: {source}; the kiosk's user must be able to write there", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to go back to.
    #[error("no model bundle was ever installed: there is none to go back to")]
    NoFormer,
}

impl Models {
    /// Those of a data folder, which need not exist.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            folder: data.join("models"),
        }
    }

    /// Where the installed bundle is, if there is one.
    #[must_use]
    pub fn current(&self) -> PathBuf {
        self.folder.join("current.onnx")
    }

    /// Where the bundle before the installed one is, if there is one.
    #[must_use]
    pub fn former(&self) -> PathBuf {
        self.folder.join("former.onnx")
    }

    /// Where the bundle is that was taken back last, if there is one.
    #[must_use]
    pub fn rejected(&self) -> PathBuf {
        self.folder.join("rejected.onnx")
    }

    /// What is known about the installed bundle.
    #[must_use]
    pub fn state(&self) -> State {
        let file = self.state_file();
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, file = %file.display(), "cannot be read");
                }
                return State::default();
            }
        };
        toml::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(error = error.message(), file = %file.display(), "damaged");
            State::default()
        })
    }

    /// Why the bundle that was installed last was taken back, while that bundle is kept.
    #[must_use]
    pub fn taken_back(&self) -> Option<TakenBack> {
        let why = self.state().taken_back;
        why.filter(|_| self.rejected().exists())
    }

    /// Which bundle of the hub was installed last, whatever became of it since.
    #[must_use]
    pub fn from_hub(&self) -> Option<String> {
        fs::read_to_string(self.hub_file()).ok()
    }

    /// Notes which bundle of the hub was installed last.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn note_from_hub(&self, version: &str) -> Result<(), ModelsError> {
        self.locked(|| {
            self.replace(&self.hub_file(), version)?;
            self.sync()
        })
    }

    /// Tells the installed bundle from others; `None` if there is none.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let about = fs::metadata(self.current()).ok()?;
        Some(Stamp::of(&about))
    }

    /// How the installed bundle does; `None` if it has proved itself, or there is none.
    #[must_use]
    pub fn probation(&self) -> Option<Probation> {
        let stamp = self.stamp()?;
        let probation = self.state().probation;
        probation.filter(|probation| probation.bundle == stamp)
    }

    /// Prepares the bundle that runs: the one in the file that is configured, else the installed one,
    /// else the built-in one. A file that cannot be used is replaced by the built-in bundle: a desk
    /// without the newest network is better than none.
    ///
    /// # Errors
    /// If the built-in bundle cannot be used either.
    pub fn choose(&self, file: Option<&Path>) -> Result<Chosen, BundleError> {
        let Some(path) = file else {
            return self.choose_installed();
        };
        match Bundle::read(path).and_then(Recogniser::new) {
            Ok(recogniser) => Ok(Chosen {
                recogniser,
                model: Message::new("model-file").with("file", printable(path)),
                notice: None,
                stamp: None,
                is_on_probation: false,
            }),
            Err(error) => {
                tracing::error!(
                    %error,
                    "the model bundle cannot be used; the built-in one runs instead"
                );
                let notice = Message::new("notice-model-replaced").with("reason", error);
                Chosen::built_in(Some(notice), None)
            }
        }
    }

    /// Prepares the installed bundle, or the built-in one where there is none. One that cannot be
    /// used, or with which the kiosk died, is taken back before.
    ///
    /// # Errors
    /// If the built-in bundle cannot be used either.
    pub(crate) fn choose_installed(&self) -> Result<Chosen, BundleError> {
        // Each round takes a bundle away, and there are at most two.
        while let Some(stamp) = self.stamp() {
            let why = match self.load() {
                Ok(recogniser) => {
                    return Ok(Chosen {
                        recogniser,
                        model: Message::new("model-installed"),
                        notice: self.notice(),
                        stamp: Some(stamp),
                        is_on_probation: self.probation().is_some(),
                    });
                }
                Err(why) => why,
            };
            let kept = match &why {
                // That may pass, and says nothing about the bundle.
                Failure::Unreadable(_) => true,
                Failure::Useless(why) => match self.take_back(why) {
                    Ok(()) => false,
                    Err(error) => {
                        tracing::warn!(%error, "the model bundle cannot be taken back");
                        true
                    }
                },
            };
            if kept {
                let reason = why.reason();
                tracing::error!(
                    reason,
                    "the model bundle cannot be used; the built-in one runs instead"
                );
                let notice = Message::new("notice-model-replaced").with("reason", reason);
                return Chosen::built_in(Some(notice), Some(stamp));
            }
        }
        Chosen::built_in(self.notice(), None)
    }

    /// A file for a bundle that is to be installed, which only the kiosk's user may read. What former
    /// attempts left is removed.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn scratch(&self) -> Result<NamedTempFile, ModelsError> {
        let failed = about(&self.folder);
        self.locked(|| {
            for entry in fs::read_dir(&self.folder).map_err(&failed)? {
                let entry = entry.map_err(&failed)?;
                if entry
                    .file_name()
                    .as_encoded_bytes()
                    .starts_with(SCRATCH.as_bytes())
                {
                    fs::remove_file(entry.path()).map_err(&failed)?;
                }
            }
            NamedTempFile::with_prefix_in(SCRATCH, &self.folder).map_err(&failed)
        })
    }

    /// Installs a bundle, which must be on disk as a [scratch file](Models::scratch), on probation.
    /// The one that was installed before becomes the former one.
    ///
    /// # Errors
    /// If the folder cannot be written; then the former bundle is still installed.
    pub fn install(&self, bundle: NamedTempFile) -> Result<(), ModelsError> {
        let (current, former) = (self.current(), self.former());
        self.locked(|| {
            self.give_to_owner(bundle.as_file())
                .map_err(about(bundle.path()))?;
            let described = bundle.as_file().metadata().map_err(about(bundle.path()))?;
            // The counters come first: without them a bundle that kills the kiosk would stay.
            self.write(&State {
                probation: Some(Probation::of(Stamp::of(&described))),
                taken_back: None,
            })?;
            if current.exists() {
                rename(&self.linked(&current)?, &former)?;
            } else if former.exists() {
                fs::remove_file(&former).map_err(about(&former))?;
            }
            let installed = bundle.persist(&current);
            installed.map_err(|error| about(&current)(error.error))?;
            self.sync()
        })
    }

    /// Exchanges the installed bundle and the one before it.
    ///
    /// # Errors
    /// [`ModelsError::NoFormer`] if both are the built-in one, or if the folder cannot be written.
    pub fn roll_back(&self) -> Result<(), ModelsError> {
        let (current, former) = (self.current(), self.former());
        self.locked(|| {
            match (current.exists(), former.exists()) {
                (false, false) => return Err(ModelsError::NoFormer),
                (true, false) => rename(&current, &former)?,
                (false, true) => rename(&former, &current)?,
                (true, true) => {
                    let link = self.linked(&current)?;
                    rename(&former, &current)?;
                    rename(&link, &former)?;
                }
            }
            // What ran before needs no probation.
            self.write(&State::default())?;
            self.sync()
        })
    }

    /// Takes the installed bundle back: the one before it is installed again.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn take_back(&self, why: &TakenBack) -> Result<(), ModelsError> {
        tracing::error!(?why, "the installed model bundle is taken back");
        let (current, former) = (self.current(), self.former());
        self.locked(|| {
            rename(&self.linked(&current)?, &self.rejected())?;
            if former.exists() {
                rename(&former, &current)?;
            } else {
                fs::remove_file(&current).map_err(about(&current))?;
            }
            self.write(&State {
                probation: None,
                taken_back: Some(why.clone()),
            })?;
            self.sync()
        })
    }

    /// The kiosk has ended as it was told to: that does not speak against the bundle.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn ended(&self) -> Result<(), ModelsError> {
        self.change_probation(|mut probation| {
            probation.end();
            Some(probation)
        })
    }

    /// The bundle has proved itself.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn passed(&self) -> Result<(), ModelsError> {
        self.change_probation(|_| None)
    }

    /// The installed bundle, ready to run.
    fn load(&self) -> Result<Recogniser, Failure> {
        if let Some(mut probation) = self.probation() {
            probation.begin();
            if let Some(times) = probation.too_many_ends() {
                return Err(Failure::Useless(TakenBack::Died(times)));
            }
            if let Err(error) = self.change_probation(|_| Some(probation)) {
                tracing::warn!(%error, "nobody counts how often the kiosk dies with its new model bundle");
            }
        }
        let loaded = Bundle::read(&self.current()).and_then(Recogniser::new);
        loaded.map_err(|error| match error.fault {
            Fault::Unreadable(_) => Failure::Unreadable(error),
            _ => Failure::Useless(TakenBack::Failed(error.to_string())),
        })
    }

    /// What people are told about a bundle that was taken back.
    fn notice(&self) -> Option<Message> {
        self.taken_back().map(|why| match why {
            TakenBack::Died(times) => Message::new("notice-model-died").with("times", times),
            TakenBack::Failed(reason) => {
                Message::new("notice-model-taken-back").with("reason", reason)
            }
        })
    }

    /// Changes what is known of the installed bundle, if it is on probation.
    fn change_probation(
        &self,
        change: impl FnOnce(Probation) -> Option<Probation>,
    ) -> Result<(), ModelsError> {
        if self.probation().is_none() {
            return Ok(());
        }
        self.locked(|| match self.probation() {
            Some(probation) => self.write(&State {
                probation: change(probation),
                ..self.state()
            }),
            None => Ok(()),
        })
    }

    /// Does something that no other process may do at the same time.
    fn locked<T>(&self, work: impl FnOnce() -> Result<T, ModelsError>) -> Result<T, ModelsError> {
        let failed = about(&self.folder);
        fs::create_dir_all(&self.folder).map_err(&failed)?;
        // Root must not be led to another folder, by a link that somebody put there.
        let folder = File::options()
            .read(true)
            .custom_flags((OFlags::DIRECTORY | OFlags::NOFOLLOW).bits() as i32)
            .open(&self.folder)
            .map_err(&failed)?;
        self.give_to_owner(&folder).map_err(&failed)?;
        if let Err(error) = folder.lock() {
            // Not every file system has locks.
            tracing::warn!(%error, "the folder of the model bundles cannot be locked");
        }
        work()
    }

    /// A second name of a file, which is renamed next: so a file moves without being gone meanwhile.
    fn linked(&self, file: &Path) -> Result<PathBuf, ModelsError> {
        let link = self.folder.join("link");
        // One that an attempt left that was cut short.
        let _ = fs::remove_file(&link);
        // Not every file system has links.
        let made = fs::hard_link(file, &link).or_else(|_| fs::copy(file, &link).map(drop));
        made.map_err(about(&link))?;
        Ok(link)
    }

    fn write(&self, state: &State) -> Result<(), ModelsError> {
        let path = self.state_file();
        let text = toml::to_string(state);
        let text = text.map_err(|error| about(&path)(io::Error::other(error)))?;
        self.replace(&path, &text)
    }

    /// Replaces a small file of the folder.
    fn replace(&self, path: &Path, text: &str) -> Result<(), ModelsError> {
        let failed = about(path);
        let mut file = NamedTempFile::with_prefix_in(SCRATCH, &self.folder).map_err(&failed)?;
        file.write_all(text.as_bytes()).map_err(&failed)?;
        file.as_file().sync_all().map_err(&failed)?;
        self.give_to_owner(file.as_file()).map_err(&failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Gives a file to the owner of the data folder: what root installs must be the kiosk's to read.
    fn give_to_owner(&self, file: &File) -> io::Result<()> {
        if !geteuid().is_root() {
            return Ok(());
        }
        let owner = fs::metadata(&self.data)?;
        fchown(file, Some(owner.uid()), Some(owner.gid()))
    }

    fn sync(&self) -> Result<(), ModelsError> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(about(&self.folder))
    }

    fn state_file(&self) -> PathBuf {
        self.folder.join("state.toml")
    }

    fn hub_file(&self) -> PathBuf {
        self.folder.join("hub.version")
    }
}

impl Chosen {
    /// The built-in bundle, and why it is not another one.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn built_in(notice: Option<Message>, stamp: Option<Stamp>) -> Result<Self, BundleError> {
        Ok(Self {
            recogniser: Recogniser::new(Bundle::embedded()?)?,
            model: Message::new("model-built-in"),
            notice,
            stamp,
            is_on_probation: false,
        })
    }
}

/// Why the installed bundle does not run.
enum Failure {
    Unreadable(BundleError),
    Useless(TakenBack),
}

impl Failure {
    fn reason(&self) -> String {
        match self {
            Self::Unreadable(error) => error.to_string(),
            Self::Useless(TakenBack::Died(_)) => "the kiosk died with it".to_owned(),
            Self::Useless(TakenBack::Failed(reason)) => reason.clone(),
        }
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), ModelsError> {
    fs::rename(from, to).map_err(about(to))
}

/// The error for a file that could not be read or written.
fn about(path: &Path) -> impl Fn(io::Error) -> ModelsError + use<> {
    let path = path.to_owned();
    move |source| ModelsError::Io {
        path: path.clone(),
        source,
    }
}
