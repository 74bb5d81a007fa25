//! Files of secrets, which only the kiosk's user may read. They are replaced whole.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AccessError, private_file};

/// A TOML file that holds a `T`, or its default while there is no file. It is read again whenever it
/// has changed.
#[derive(Debug)]
pub(crate) struct SecretFile<T> {
    path: PathBuf,
    kind: Kind<T>,
    read: Mutex<Read<T>>,
    /// Held while the file is changed, from reading it until it is written.
    changing: Mutex<()>,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Kind<T> {
    /// What it holds, for messages: `passwords`.
    pub(crate) what: &'static str,
    /// What to do if the file is damaged.
    pub(crate) remedy: &'static str,
    /// What is wrong with content that could be read.
    pub(crate) check: fn(&T) -> Result<(), String>,
}

/// The file as it was read last.
#[derive(Debug, Default)]
struct Read<T> {
    /// When the file was written, and its length; `None` if there was none.
    stamp: Option<(SystemTime, u64)>,
    content: Arc<T>,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> SecretFile<T> {
    /// The file at this path, which need not exist.
    pub(crate) fn new(path: PathBuf, kind: Kind<T>) -> Self {
        Self {
            path,
            kind,
            read: Mutex::default(),
            changing: Mutex::default(),
        }
    }

    /// What the file holds. Every request asks: nothing is copied.
    ///
    /// # Errors
    /// If the file cannot be read, or holds something else.
    pub(crate) fn read(&self) -> Result<Arc<T>, AccessError> {
        let stamp = self.stamp()?;
        let mut read = lock(&self.read);
        if read.stamp != stamp {
            let content = match stamp {
                Some(_) => {
                    self.parse(&fs::read_to_string(&self.path).map_err(self.unreadable())?)?
                }
                None => T::default(),
            };
            *read = Read {
                stamp,
                content: Arc::new(content),
            };
        }
        Ok(Arc::clone(&read.content))
    }

    /// Changes what the file holds. When this returns, it is on disk.
    ///
    /// # Errors
    /// Those of `change`, after which the file is as before, and if the file cannot be read or
    /// written.
    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut T) -> Result<R, AccessError>,
    ) -> Result<R, AccessError> {
        let _changing = lock(&self.changing);
        let mut content = Arc::unwrap_or_clone(self.read()?);
        let done = change(&mut content)?;
        self.write(&content)
            .map_err(|error| AccessError::Unwritable {
                path: self.path.clone(),
                error,
            })?;
        // Two changes may be too quick for the file's time to tell them apart.
        let stamp = self.stamp()?;
        *lock(&self.read) = Read {
            stamp,
            content: Arc::new(content),
        };
        Ok(done)
    }

    fn stamp(&self) -> Result<Option<(SystemTime, u64)>, AccessError> {
        match fs::metadata(&self.path) {
            Ok(about) => {
                let written = about.modified().map_err(self.unreadable())?;
                Ok(Some((written, about.len())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unreadable()(error)),
        }
    }

    fn parse(&self, text: &str) -> Result<T, AccessError> {
        let parsed = toml::from_str(text).map_err(|error| error.message().to_owned());
        let checked = parsed.and_then(|content| (self.kind.check)(&content).map(|()| content));
        checked.map_err(|reason| AccessError::Damaged {
            path: self.path.clone(),
            what: self.kind.what,
            reason,
            remedy: self.kind.remedy,
        })
    }

    fn write(&self, content: &T) -> io::Result<()> {
        let text = toml::to_string(content).map_err(io::Error::other)?;
        private_file::replace(&self.path, &text)
    }

    fn unreadable(&self) -> impl FnOnce(io::Error) -> AccessError {
        let path = self.path.clone();
        |error| AccessError::Unreadable { path, error }
    }
}

/// Nothing that holds one of the locks leaves anything half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
