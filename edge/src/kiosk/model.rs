//! Takes in a model bundle that is installed while the kiosk runs, and trusts it or takes it back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::rounds;
use crate::models::{Chosen, Models, Stamp, TakenBack};

/// The pause between two checks of the installed bundle.
const PAUSE: Duration = Duration::from_secs(2);

/// How long a new bundle is on probation at least, while the kiosk runs with it. It ends once it has
/// recognised an animal, too: nothing comes to light in an empty room.
const PROBATION: Duration = Duration::from_mins(10);

/// Watches the installed bundle, until this is dropped. A thread of its own loads a new one, so that
/// nobody waits for that.
#[derive(Debug)]
pub struct ModelWatch(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// A bundle that waits until the kiosk can take it in.
    next: Mutex<Option<Chosen>>,
    /// Why the network failed on a frame.
    failure: Mutex<Option<String>>,
    /// Whether the network in use has recognised an animal.
    has_recognised: AtomicBool,
}

impl ModelWatch {
    /// Starts to watch, while the bundle of this stamp is in use.
    #[must_use]
    pub fn start(models: Models, in_use: Option<Stamp>, is_on_probation: bool) -> Self {
        let shared = Arc::new(Shared::default());
        let mut watcher = Watcher {
            models,
            shared: Arc::downgrade(&shared),
            in_use,
            is_on_probation,
            probation: PROBATION,
            since: Instant::now(),
        };
        rounds::start("watch over the model bundle", move || watcher.round());
        Self(shared)
    }

    /// The bundle that is to be used from now on; `None` if that is the one in use.
    pub(super) fn take(&self) -> Option<Chosen> {
        let mut next = lock(&self.0.next);
        if next.is_some() {
            // That of the former network.
            *lock(&self.0.failure) = None;
            self.0.has_recognised.store(false, Ordering::Relaxed);
        }
        next.take()
    }

    /// Says that the network in use has recognised an animal.
    pub(super) fn recognised(&self) {
        self.0.has_recognised.store(true, Ordering::Relaxed);
    }

    /// Says that the network in use failed on a frame. A bundle on probation is taken back for that.
    pub(super) fn failed(&self, reason: String) {
        *lock(&self.0.failure) = Some(reason);
    }
}

/// What the thread keeps from one check to the next.
struct Watcher {
    models: Models,
    shared: Weak<Shared>,
    /// The bundle that is in use, or waits to be.
    in_use: Option<Stamp>,
    is_on_probation: bool,
    /// How long that lasts.
    probation: Duration,
    /// Since when the kiosk has run with it.
    since: Instant,
}

impl Watcher {
    /// Checks once, and says when to check again; `None` once nobody wants to know any more.
    fn round(&mut self) -> Option<Duration> {
        let shared = self.shared.upgrade()?;
        // Until the kiosk takes a new bundle in, the former one works, and fails.
        let is_waiting = lock(&shared.next).is_some();
        if is_waiting {
            self.since = Instant::now();
        }
        let failure = lock(&shared.failure).take().filter(|_| !is_waiting);
        if self.is_on_probation
            && let Some(reason) = failure
            && let Err(error) = self.models.take_back(&TakenBack::Failed(reason))
        {
            tracing::warn!(%error, "the model bundle cannot be taken back");
        }
        if self.models.stamp() != self.in_use {
            self.change(&shared);
        } else if self.is_on_probation
            && self.since.elapsed() >= self.probation
            && shared.has_recognised.load(Ordering::Relaxed)
        {
            self.is_on_probation = false;
            if let Err(error) = self.models.passed() {
                tracing::warn!(%error, "the model bundle stays on probation");
            }
        }
        Some(PAUSE)
    }

    /// Loads the bundle that is installed now.
    fn change(&mut self, shared: &Shared) {
        match self.models.choose_installed() {
            Ok(chosen) => {
                tracing::info!("another model bundle is taken in as soon as nobody is there");
                self.in_use = chosen.stamp;
                self.is_on_probation = chosen.is_on_probation;
                *lock(&shared.next) = Some(chosen);
            }
            Err(error) => {
                tracing::error!(%error, "the model bundle stays as it is");
                self.in_use = self.models.stamp();
                self.is_on_probation = false;
            }
        }
        self.since = Instant::now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;

    const REASON: &str = "an operator failed";

    /// A bundle that was just installed, and the watch over it of a kiosk that runs it. What is in the file
    /// does not matter: none that can be loaded is known to fail on a frame.
    fn watched(data: &Path, probation: Duration) -> (Models, ModelWatch, Watcher) {
        let models = Models::of(data);
        let mut bundle = models.scratch().unwrap();
        bundle.write_all(b"a network").unwrap();
        models.install(bundle).unwrap();
        let shared = Arc::new(Shared::default());
        let watcher = Watcher {
            models: models.clone(),
            shared: Arc::downgrade(&shared),
            in_use: models.stamp(),
            is_on_probation: true,
            probation,
            since: Instant::now(),
        };
        (models, ModelWatch(shared), watcher)
    }

    #[test]
    fn a_new_bundle_that_fails_on_a_frame_is_taken_back_and_the_one_before_it_is_used() {
        let data = TempDir::new().unwrap();
        let (models, watch, mut watcher) = watched(data.path(), PROBATION);
        watcher.round().unwrap();
        assert!(models.stamp().is_some() && watch.take().is_none());

        watch.failed(REASON.to_owned());
        watcher.round().unwrap();
        let taken_back = TakenBack::Failed(REASON.to_owned());
        assert_eq!(models.taken_back(), Some(taken_back));
        assert_eq!(models.stamp(), None);
        // The one that failed may have recognised others.
        watch.recognised();
        let next = watch.take().expect("the built-in bundle");
        assert!(!watch.0.has_recognised.load(Ordering::Relaxed));
        assert!(next.notice.is_some() && !next.is_on_probation);
        watcher.round().unwrap();
        assert!(watch.take().is_none());
    }

    #[test]
    fn a_bundle_that_has_recognised_nothing_stays_on_probation() {
        let data = TempDir::new().unwrap();
        let (models, watch, mut watcher) = watched(data.path(), Duration::ZERO);
        for _ in 0..3 {
            watcher.round().unwrap();
            assert!(models.probation().is_some());
        }
        watch.failed(REASON.to_owned());
        watcher.round().unwrap();
        let taken_back = TakenBack::Failed(REASON.to_owned());
        assert_eq!(models.taken_back(), Some(taken_back));
    }

    #[test]
    fn a_bundle_that_has_proved_itself_stays_when_a_frame_fails() {
        let data = TempDir::new().unwrap();
        let (models, watch, mut watcher) = watched(data.path(), Duration::ZERO);
        let stamp = models.stamp();
        assert!(models.probation().is_some());
        watch.recognised();
        watcher.round().unwrap();
        assert!(models.probation().is_none());

        watch.failed(REASON.to_owned());
        watcher.round().unwrap();
        assert_eq!((models.stamp(), models.taken_back()), (stamp, None));
        assert!(watch.take().is_none());
    }
}
