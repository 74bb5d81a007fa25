//! Digests of what records say, by which a change notices that somebody else saved first.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::CatalogueError;
use crate::animals::Animal;
use crate::owners::Owner;
use crate::stays::Stay;

/// A mark of what staff entered about an animal, an owner or a stay: 16 hexadecimal digits. Records that
/// say the same have the same mark. The default is that of no record.
///
/// An updated kiosk may make other marks than the one before. Then a form that was filled in meanwhile
/// is shown once more.
///
/// ```
/// use catalogue::{Catalogue, CatalogueError, OwnerFields};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let fields = OwnerFields { name: "Ana Lima".to_owned(), ..OwnerFields::default() };
/// let ana = catalogue.add_owner(&fields, "ben")?;
/// // Two people open the same form.
/// let seen = ana.mark();
/// let with_note = |note: &str| OwnerFields { notes: note.to_owned(), ..fields.clone() };
/// catalogue.change_owner(ana.id, &with_note("calls at noon"), Some(&seen), "ben")?;
/// let late = catalogue.change_owner(ana.id, &with_note("writes"), Some(&seen), "cleo");
/// assert!(matches!(late, Err(CatalogueError::Outdated)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark(String);

impl Animal {
    /// The mark of what staff entered about it, and of whose it is. Its visits do not change that.
    #[must_use]
    pub fn mark(&self) -> Mark {
        // In an order that no new name changes.
        let owners: BTreeSet<i64> = self.owners.iter().map(|owner| owner.id.0).collect();
        Mark::of(&(&self.fields, owners))
    }
}

impl Owner {
    /// The mark of what staff entered about the owner.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark::of(&self.fields)
    }
}

impl Stay {
    /// The mark of what staff noted about it.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark::of(&self.notes())
    }
}

impl Mark {
    fn of(record: &impl Serialize) -> Self {
        let mut hasher = DefaultHasher::new();
        // Records are written as JSON elsewhere, too: none of their fields can be refused.
        let text = serde_json::to_string(record).unwrap_or_default();
        text.hash(&mut hasher);
        Self(format!("{:016x}", hasher.finish()))
    }

    /// Refuses a change of what has changed since its author saw it, unless it was there already: a form
    /// that is sent twice is no change of somebody else.
    ///
    /// # Errors
    /// [`CatalogueError::Outdated`].
    pub(crate) fn check(
        seen: Option<&Self>,
        before: &Self,
        after: &Self,
    ) -> Result<(), CatalogueError> {
        if seen.is_none_or(|seen| seen == before) || before == after {
            Ok(())
        } else {
            Err(CatalogueError::Outdated)
        }
    }
}

impl From<String> for Mark {
    /// What somebody sent as a mark.
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
