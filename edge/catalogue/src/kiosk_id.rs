//! Tells a kiosk from all others of a chain, and in what it says to other systems.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::photographs::new_unfinished;
use crate::{Catalogue, CatalogueError, outbox};

/// Only one thread at a time makes it: a thread that found none must not take one that another has just
/// made for damaged.
static MAKING: Mutex<()> = Mutex::new(());

/// The file in the data folder.
pub(crate) const KIOSK_ID: &str = "kiosk-id";

/// The name of one that is still being written begins with this. The process that writes it holds a lock
/// on it.
pub(crate) const UNFINISHED: &str = ".kiosk-id-";

impl Catalogue {
    /// This kiosk's UUID. It is made when it is first asked for. It belongs to the data folder, so a backup
    /// that is restored to another one does not bring it along.
    ///
    /// # Errors
    /// When the file `kiosk-id` in the data folder cannot be read or written.
    pub fn kiosk_id(&self) -> Result<String, CatalogueError> {
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.folder.join(KIOSK_ID);
        of(&self.folder, &file).map_err(CatalogueError::io(&file))
    }
}

fn of(folder: &Path, file: &Path) -> io::Result<String> {
    if let Some(id) = read(file)? {
        return Ok(id);
    }
    // It is whole before it takes its name, and does not replace one that somebody else has made
    // meanwhile.
    let mut made = new_unfinished(UNFINISHED, folder)?;
    writeln!(made, "{}", outbox::new_uid())?;
    made.as_file().sync_all()?;
    let made = if file.exists() {
        tracing::warn!(file = %file.display(), "the kiosk's UUID is damaged; a new one is made");
        made.persist(file)
    } else {
        made.persist_noclobber(file)
    };
    match made {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error.error);
        }
        _ => File::open(folder)?.sync_all()?,
    }
    read(file)?.ok_or_else(|| io::Error::other("it has no UUID; remove the file"))
}

/// The UUID in a file. `None` where there is no such file, or no UUID in it.
fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read(file) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Ok(Uuid::try_parse(text.trim()).ok().map(|id| id.to_string()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
