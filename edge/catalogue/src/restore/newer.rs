//! Goes back to a backup from a catalogue that a newer kiosk has changed.

use std::path::Path;

use super::damaged;
use super::staged::Staged;
use super::{BackupFile, Restored, Stop, place};
use crate::passphrase::{self, PASSPHRASE};
use crate::photographs::{Photographs, names};
use crate::private::NEWER;
use crate::{Catalogue, CatalogueError};

impl Catalogue {
    /// Restores a backup, which may be encrypted with the passphrase that is kept in `folder`, to the
    /// catalogue there if a newer kiosk has changed that so that this program cannot read it. Its
    /// database is moved to a folder of its own ([`Restored::damaged`]) with links to all photographs:
    /// there, a newer kiosk can read it. Returns `None` and restores nothing where this program can read
    /// the catalogue. No other process may have it open.
    ///
    /// # Errors
    /// As for [`Catalogue::restore`] and [`Catalogue::open`], or if a photograph cannot be linked. Then the
    /// catalogue is as it was. One that is lost is restored, too: the program may have been cut off while
    /// it did this.
    pub fn restore_if_newer(
        folder: &Path,
        backup: &Path,
    ) -> Result<Option<Restored>, CatalogueError> {
        match Self::open(folder) {
            Ok(_) => return Ok(None),
            Err(CatalogueError::Newer { .. } | CatalogueError::Lost { .. }) => {}
            Err(error) => return Err(error),
        }
        let photographs = Photographs::open(folder)?;
        let all = names(&folder.join("photographs"))?;
        let passphrase = if Self::is_encrypted_backup(backup)? {
            passphrase::kept(&folder.join(PASSPHRASE))?
        } else {
            None
        };
        let file = BackupFile::new(backup, passphrase.as_ref());
        let (backup, database) = Staged::read(file, &photographs, &Stop::default())?;
        drop(database);
        let (added, (catalogue, aside)) = place(&photographs, &backup, || {
            damaged::replace(folder, &backup.database(), NEWER, |aside| {
                // Those that no record of the backup names are soon set aside.
                let copies = Photographs::open(aside)?;
                all.iter()
                    .try_for_each(|name| photographs.link(name, &copies.path(name)))
            })
        })?;
        catalogue.finish(&backup, &added, aside).map(Some)
    }
}
