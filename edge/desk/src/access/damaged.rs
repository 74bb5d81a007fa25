//! Begins a new file of accounts in place of one that is damaged.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::password::FILE;
use super::{Access, AccessError, Role};

impl Access {
    /// Sets the password of the account `owner` in a new file, in place of a damaged one. That is kept
    /// beside it, with all other accounts; returns where. At every moment one of the two is in place:
    /// a kiosk without passwords would let in anyone who reads the login link in its log.
    ///
    /// # Errors
    /// As [`Access::set_password`]. Then the damaged file is still in place.
    pub fn replace_damaged(folder: &Path, password: &str) -> Result<PathBuf, AccessError> {
        let path = folder.join(FILE);
        let unwritable = |error| AccessError::Unwritable {
            path: path.clone(),
            error,
        };
        let scratch = TempDir::with_prefix_in(".access-", folder).map_err(unwritable)?;
        Self::open(scratch.path())?.set_password(Role::Owner, password)?;

        let mut number = 1;
        let mut kept = path.clone();
        while kept.exists() {
            kept = folder.join(format!("{FILE}.damaged-{number}"));
            number += 1;
        }
        fs::copy(&path, &kept)
            .and_then(|_| File::open(&kept)?.sync_all())
            .and_then(|()| fs::rename(scratch.path().join(FILE), &path))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(unwritable)?;
        Self::at(folder).record_password_at_terminal(Role::Owner.name());
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_replaced_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let replace = |password| Access::replace_damaged(folder.path(), password);
        for (times, password) in [(1, "four words of Anna"), (2, "five words of somebody")] {
            fs::write(&path, "no = TOML").unwrap();
            assert!(Access::open(folder.path()).is_err());
            let refused = replace("short");
            assert!(matches!(refused, Err(AccessError::Length(5))));
            assert_eq!(fs::read(&path).unwrap(), b"no = TOML");

            let kept = replace(password).unwrap();
            assert_eq!(fs::read(kept).unwrap(), b"no = TOML");
            let access = Access::open(folder.path()).unwrap();
            assert_eq!(access.verify(password).unwrap(), Some(Role::Owner));
            // The file itself, the record of what people did, and each damaged file.
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 2 + times);
            let record = fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
            assert_eq!(record.matches("terminal").count(), times, "{record}");
        }
    }
}
