//! Keeps in memory what search, suggestions and guesses compare of each animal. It follows the database,
//! whichever process changes that: the table `changed_animal` names the animals that changed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use rusqlite::{Connection, Params};

use crate::connections::Fault;
use crate::ids::AnimalId;

/// What is kept of an animal.
pub(crate) trait Kept: Sized {
    /// Reads it; `None` where there is no such animal.
    fn read(snapshot: &Connection, animal: AnimalId) -> Result<Option<Self>, Fault>;
}

/// Where that is kept for all animals.
pub(crate) trait Collection: Default {
    /// What is kept of each.
    type Animal: Kept;

    /// Adds an animal, or replaces what is kept of it.
    fn put(&mut self, id: AnimalId, animal: Self::Animal);

    /// Removes an animal, if it is there.
    fn take(&mut self, id: AnimalId);

    /// Follows from the animals what depends on all of them, after some were added or removed.
    fn complete(&mut self) {}
}

impl<T: Kept> Collection for HashMap<AnimalId, T> {
    type Animal = T;

    fn put(&mut self, id: AnimalId, animal: T) {
        self.insert(id, animal);
    }

    fn take(&mut self, id: AnimalId) {
        self.remove(&id);
    }
}

/// What is kept of all animals.
pub(crate) struct Memory<C>(RwLock<State<C>>);

struct State<C> {
    animals: C,
    /// The state of the database that they are from; `None` before they are first read.
    version: Option<Version>,
}

/// A state of the database.
#[derive(Clone, Copy)]
struct Version {
    /// SQLite's number of the schema. Another one means another database: a restored backup.
    schema: i64,
    /// The last number in `changed_animal`.
    change: i64,
}

impl<C: Collection> Default for Memory<C> {
    fn default() -> Self {
        Self(RwLock::new(State {
            animals: C::default(),
            version: None,
        }))
    }
}

impl<C: Collection> Memory<C> {
    /// Calls `work` with what is kept of all animals, not older than `snapshot`, a connection
    /// within a transaction. Animals that were added since the snapshot may be among them, and
    /// animals that were deleted since may be missing.
    pub(crate) fn with<R>(
        &self,
        snapshot: &Connection,
        work: impl FnOnce(&C) -> R,
    ) -> Result<R, Fault> {
        let now = Version::of(snapshot)?;
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if state.covers(now) {
            return Ok(work(&state.animals));
        }
        drop(state);
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.follow(snapshot, now)?;
        let state = RwLockWriteGuard::downgrade(state);
        Ok(work(&state.animals))
    }
}

impl<C: Collection> State<C> {
    fn covers(&self, now: Version) -> bool {
        self.version
            .is_some_and(|it| it.schema == now.schema && it.change >= now.change)
    }

    /// Reads the animals that changed, or all of them where this is another database.
    fn follow(&mut self, snapshot: &Connection, now: Version) -> Result<(), Fault> {
        if self.covers(now) {
            return Ok(());
        }
        let changed = match self.version.filter(|it| it.schema == now.schema) {
            Some(Version { change, .. }) => {
                let since = "SELECT animal FROM changed_animal WHERE number > ?1";
                animals(snapshot, since, [change])?
            }
            None => {
                // Until all are read, none of them count.
                self.version = None;
                self.animals = C::default();
                animals(snapshot, "SELECT id FROM animal", [])?
            }
        };
        for animal in changed {
            match C::Animal::read(snapshot, animal)? {
                Some(kept) => self.animals.put(animal, kept),
                None => self.animals.take(animal),
            }
        }
        self.animals.complete();
        self.version = Some(now);
        Ok(())
    }
}

impl Version {
    fn of(snapshot: &Connection) -> Result<Self, Fault> {
        let schema = snapshot.pragma_query_value(None, "schema_version", |row| row.get(0))?;
        let change = snapshot
            .prepare_cached("SELECT coalesce(max(number), 0) FROM changed_animal")?
            .query_row([], |row| row.get(0))?;
        Ok(Self { schema, change })
    }
}

fn animals(
    snapshot: &Connection,
    select: &str,
    parameters: impl Params,
) -> Result<Vec<AnimalId>, Fault> {
    let mut statement = snapshot.prepare_cached(select)?;
    let found = statement.query_map(parameters, |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
