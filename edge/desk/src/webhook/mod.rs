//! The webhook: tells a program of the owner's what happens to visits, as it happens.
//!
//! The catalogue says what has happened, once it is on disk. That waits in a bounded `queue`, and a
//! thread of its own sends it as signed JSON to the address in `target`, one event after the other
//! (`delivery`). So nobody who records an arrival or decides about a visit waits for the network.

mod delivery;
mod queue;
mod target;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use catalogue::Catalogue;

use crate::access::{AccessError, SecretFile};
use crate::error::DeskError;
use queue::Queue;
use target::Stored;

pub(crate) use queue::{Failure, Progress};
pub(crate) use target::{Target, WebhookError};

/// The webhook. It ends with its thread when this is dropped.
pub(crate) struct Webhook {
    file: Arc<SecretFile<Stored>>,
    queue: Arc<Queue>,
}

impl Webhook {
    /// The webhook whose target is stored in `folder`, if there is one.
    pub(crate) fn start(folder: &Path, catalogue: &Catalogue) -> Self {
        let file = Arc::new(target::file(folder));
        let queue = Arc::new(Queue::default());
        let listener = Arc::clone(&queue);
        catalogue.on_visit(move |event, visit| listener.push(event, visit));
        let (events, stored) = (Arc::clone(&queue), Arc::clone(&file));
        thread::spawn(move || delivery::run(&events, &stored));
        Self { file, queue }
    }

    /// Where the events go to, if anywhere.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn target(&self) -> Result<Option<Target>, AccessError> {
        Ok(self.file.read()?.target.clone())
    }

    /// Sends the events to another address from now on, those that wait included. Without a secret
    /// the former one stays.
    ///
    /// # Errors
    /// [`DeskError::Webhook`] with what is wrong, or if the file cannot be read or written.
    pub(crate) fn set(
        &self,
        url: &str,
        secret: Option<String>,
        names: bool,
    ) -> Result<Target, DeskError> {
        let secret = match secret {
            Some(secret) => secret,
            None => self.target()?.ok_or(WebhookError::Secret)?.secret,
        };
        let target = Target::new(url, secret, names)?;
        self.store(Some(target.clone()))?;
        Ok(target)
    }

    /// Sends nothing any more.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn remove(&self) -> Result<(), AccessError> {
        self.store(None)
    }

    /// What has become of the events since the kiosk started.
    pub(crate) fn progress(&self) -> Progress {
        self.queue.progress()
    }

    fn store(&self, target: Option<Target>) -> Result<(), AccessError> {
        self.file.change(|stored| {
            stored.target = target;
            Ok(())
        })?;
        self.queue.retarget();
        Ok(())
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.queue.close();
    }
}
