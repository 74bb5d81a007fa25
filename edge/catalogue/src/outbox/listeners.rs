//! Calls those that wait for events, once the events are on the disk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use rusqlite::hooks::Action;

type Listener = Box<dyn Fn() + Send + Sync>;

/// The callbacks that wait for events.
#[derive(Default)]
pub(crate) struct OutboxListeners {
    /// Whether an event was added since somebody last asked.
    has_added: Arc<AtomicBool>,
    listeners: RwLock<Vec<Listener>>,
}

impl OutboxListeners {
    /// Notices each event that a connection adds, even one that is rolled back later.
    pub(crate) fn watch(&self, writer: &mut Connection) -> rusqlite::Result<()> {
        let has_added = Arc::clone(&self.has_added);
        writer.update_hook(Some(
            move |action: Action, _database: &str, table: &str, _row: i64| {
                if action == Action::SQLITE_INSERT && table == "outbox" {
                    has_added.store(true, Ordering::Relaxed);
                }
            },
        ))
    }

    /// Whether an event was added since this was last asked. The writer must be locked: what another
    /// thread adds is its own to ask for.
    pub(crate) fn take_added(&self) -> bool {
        self.has_added.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, listener: Listener) {
        let listeners = self.listeners.write();
        let mut listeners = listeners.unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
    }

    /// Calls them all. No lock of the database may be held: they may read it.
    pub(crate) fn tell(&self) {
        let listeners = self.listeners.read();
        for listener in listeners.unwrap_or_else(PoisonError::into_inner).iter() {
            listener();
        }
    }
}
