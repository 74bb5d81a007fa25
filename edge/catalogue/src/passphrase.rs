//! The passphrase that backups are encrypted with.
//!
//! It is kept in the data folder, so that the backups of the night need nobody. Anyone who has that
//! folder has the catalogue anyway; backups lie elsewhere. It is part of no backup.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};

use crate::backup::folder;
use crate::photographs::{new_unfinished, remove};
use crate::values::check_line;
use crate::{Catalogue, CatalogueError, FieldError};

/// The file in the data folder.
pub(crate) const PASSPHRASE: &str = "backup-passphrase";

/// The names of files with a new one that are still being written begin with this. As with photographs,
/// the process that writes one holds a lock on it.
pub(crate) const UNFINISHED: &str = ".backup-passphrase-";

/// How many characters a new passphrase has at least: anyone who finds a backup can try passphrases
/// as fast as machines allow.
const SHORTEST: usize = 12;

/// The longest new passphrase, in characters.
const LONGEST: usize = 200;

/// The longest line that is read as a passphrase, in bytes.
const LINE_BYTES: u64 = 64 << 10;

/// A passphrase that backups are encrypted with. What prints it for debugging does not show its text.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// A passphrase with this text, whatever it is: that of a file from elsewhere may be short.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.to_owned()))
    }

    /// The first line of a file, its end left out.
    ///
    /// # Errors
    /// If the file cannot be read, or its first line is empty.
    pub fn read(file: &Path) -> io::Result<Self> {
        let mut line = String::new();
        BufReader::new(File::open(file)?.take(LINE_BYTES)).read_line(&mut line)?;
        match line.trim_end_matches(['\r', '\n']) {
            "" => Err(io::Error::other(
                "its first line should be a passphrase, and is empty",
            )),
            text => Ok(Self::new(text)),
        }
    }

    /// Whether the catalogue in `folder` has its backups encrypted.
    #[must_use]
    pub fn is_kept_in(folder: &Path) -> bool {
        folder.join(PASSPHRASE).exists()
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// Refuses a new passphrase that is too short, too long, or has control characters.
    fn check(&self) -> Result<(), CatalogueError> {
        let text = self.0.expose_secret();
        check_line("passphrase", text, LONGEST)?;
        if text.chars().count() < SHORTEST {
            let reason = FieldError::TooShort { shortest: SHORTEST };
            return Err(CatalogueError::invalid("passphrase", reason));
        }
        Ok(())
    }

    /// Replaces the file at `path`, which only this user can read. Whatever happens, one of them is
    /// there, whole.
    fn keep(&self, path: &Path) -> io::Result<()> {
        let mut file = new_unfinished(UNFINISHED, folder(path))?;
        writeln!(file, "{}", self.0.expose_secret())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

impl Catalogue {
    /// The same catalogue, whose backups are encrypted as those of the catalogue in `folder`: for one
    /// that takes its place while that cannot be used.
    #[must_use]
    pub fn with_passphrase_of(self, folder: &Path) -> Self {
        Self {
            passphrase: folder.join(PASSPHRASE),
            ..self
        }
    }

    /// Whether backups are encrypted.
    #[must_use]
    pub fn encrypts_backups(&self) -> bool {
        self.passphrase.exists()
    }

    /// Encrypts all backups from now on with this passphrase, or none. Existing ones stay as they
    /// are.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for one of less than 12 or more than 200 characters or with control
    /// characters, or if the file `backup-passphrase` in the data folder cannot be written.
    pub fn set_backup_passphrase(
        &self,
        passphrase: Option<&Passphrase>,
    ) -> Result<(), CatalogueError> {
        let file = &self.passphrase;
        match passphrase {
            Some(passphrase) => {
                passphrase.check()?;
                passphrase.keep(file).map_err(CatalogueError::io(file))?;
            }
            None => remove(file)?,
        }
        File::open(folder(file))
            .and_then(|folder| folder.sync_all())
            .map_err(CatalogueError::io(file))
    }

    /// The passphrase that backups are encrypted with. One that cannot be read is an error: a backup
    /// that should be encrypted is never written without.
    pub(crate) fn backup_passphrase(&self) -> Result<Option<Passphrase>, CatalogueError> {
        kept(&self.passphrase)
    }
}

/// The passphrase in a [file](PASSPHRASE); `None` where there is no such file.
pub(crate) fn kept(file: &Path) -> Result<Option<Passphrase>, CatalogueError> {
    match Passphrase::read(file) {
        Ok(passphrase) => Ok(Some(passphrase)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(CatalogueError::Unreadable {
                file: file.to_owned(),
            })
        }
        Err(error) => Err(CatalogueError::io(file)(error)),
    }
}
