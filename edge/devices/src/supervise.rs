//! Runs work that may fail, such as reading a device, on a thread of its own: again and again, with
//! pauses that double. Work that panics has failed like any other.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use retry::BackOff;
use screens::locale::Message;
use thiserror::Error;

/// A defect of the program, a panic, has interrupted the work with a device. The log has the panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a defect of the kiosk has interrupted this device, which is tried again; please report it"
)]
pub struct Defect;

impl From<&Defect> for Message {
    fn from(_: &Defect) -> Self {
        Self::new("notice-device-defect")
    }
}

/// The owner of a supervised thread. Dropping it ends the thread: at once if the thread pauses, else
/// as soon as its work asks [`Monitor::is_stopped`].
#[derive(Debug)]
pub(crate) struct Supervisor<S, E>(Arc<Monitor<S, E>>);

impl<S, E> Supervisor<S, E> {
    /// A supervisor without a thread yet. `device` is its name in the log, `shared` what its work
    /// shares with others.
    pub(crate) fn new(device: impl ToString, shared: S) -> Self {
        Self(Arc::new(Monitor {
            device: device.to_string(),
            state: Mutex::new(State {
                shared,
                error: None,
                cause: None,
                resets_pause: false,
                is_stopped: false,
            }),
            changed: Condvar::new(),
        }))
    }

    /// What the work and its dependants share.
    pub(crate) fn monitor(&self) -> &Monitor<S, E> {
        &self.0
    }
}

impl<S: Send + 'static, E: fmt::Display + From<Defect> + Send + 'static> Supervisor<S, E> {
    /// Starts the thread. Whenever `work` ends, with an error, without one or by a panic, it is done
    /// again after a pause; `Ok` says that nothing is wrong.
    pub(crate) fn spawn(
        &self,
        back_off: BackOff,
        mut work: impl FnMut(&Monitor<S, E>) -> Result<(), E> + Send + 'static,
    ) {
        let monitor = Arc::clone(&self.0);
        thread::spawn(move || monitor.run(back_off, &mut work));
    }
}

impl<S, E> Drop for Supervisor<S, E> {
    fn drop(&mut self) {
        self.0.lock().is_stopped = true;
        self.0.changed.notify_all();
    }
}

/// What a supervised thread shares with those that depend on its work.
#[derive(Debug)]
pub(crate) struct Monitor<S, E> {
    /// The device's name in the log.
    device: String,
    state: Mutex<State<S, E>>,
    changed: Condvar,
}

/// The state behind a [`Monitor`]'s lock.
#[derive(Debug)]
pub(crate) struct State<S, E> {
    /// What the work shares with others.
    pub(crate) shared: S,
    /// Why the work failed.
    error: Option<E>,
    /// What is wrong, until the work succeeds.
    cause: Option<Cause>,
    /// Whether the next pause is the first one again.
    resets_pause: bool,
    is_stopped: bool,
}

/// An error's text, and since when it has been the same.
#[derive(Debug)]
struct Cause {
    text: String,
    since: Instant,
}

/// What is wrong at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Since when.
    pub(crate) since: Instant,
    /// What is wrong, and what to do about it.
    pub(crate) message: Message,
}

impl<S, E> State<S, E> {
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Whether there is an error that nobody has taken.
    pub(crate) fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// The error, once for each failure.
    pub(crate) fn take_error(&mut self) -> Option<E> {
        self.error.take()
    }

    /// Remembers a failure; returns whether its cause differs from that of the one before.
    fn fail(&mut self, error: E, text: &str) -> bool {
        self.error = Some(error);
        let is_new = self.cause.as_ref().is_none_or(|cause| cause.text != text);
        if is_new {
            self.cause = Some(Cause {
                text: text.to_owned(),
                since: Instant::now(),
            });
        }
        is_new
    }

    /// Forgets what was wrong; returns whether anything was.
    fn recover(&mut self) -> bool {
        self.error = None;
        self.cause.take().is_some()
    }
}

impl<S, E> Monitor<S, E> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<S, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody needs the work any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    /// Changes what is shared, and wakes those that wait for it.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let changed = change(&mut self.lock().shared);
        self.changed.notify_all();
        changed
    }

    /// The same, and says that the work succeeds: there is no error any more.
    pub(crate) fn succeed<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut state = self.lock();
        let changed = change(&mut state.shared);
        let has_recovered = state.recover();
        drop(state);
        self.changed.notify_all();
        if has_recovered {
            tracing::info!(device = %self.device, "the device works again");
        }
        changed
    }

    /// Says that the work succeeds so well that its next failure begins with the first pause again.
    pub(crate) fn reset_pause(&self) {
        self.lock().resets_pause = true;
    }

    /// Waits while the condition holds, but no longer than `limit`.
    pub(crate) fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State<S, E>>,
        limit: Option<Duration>,
        condition: impl FnMut(&mut State<S, E>) -> bool,
    ) -> MutexGuard<'a, State<S, E>> {
        match limit {
            Some(limit) => {
                let waited = self.changed.wait_timeout_while(state, limit, condition);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.changed.wait_while(state, condition);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}

impl<S, E> Monitor<S, E>
where
    for<'a> Message: From<&'a E>,
{
    /// What is wrong at present.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let state = self.lock();
        let (error, cause) = state.error.as_ref().zip(state.cause.as_ref())?;
        Some(Failure {
            since: cause.since,
            message: error.into(),
        })
    }
}

impl<S, E: fmt::Display> Monitor<S, E> {
    /// Says that the work fails. A cause that is the same as before is not logged again.
    pub(crate) fn fail(&self, error: E) {
        let text = error.to_string();
        let is_new = self.lock().fail(error, &text);
        self.changed.notify_all();
        if is_new {
            tracing::warn!(device = %self.device, error = text, "the device fails");
        }
    }
}

impl<S, E: fmt::Display + From<Defect>> Monitor<S, E> {
    /// Does the work and pauses, until nobody needs it any more.
    fn run(&self, mut back_off: BackOff, work: &mut impl FnMut(&Self) -> Result<(), E>) {
        while !self.is_stopped() {
            let start = Instant::now();
            // What it leaves behind is begun again, and no lock here minds a panic.
            let result = catch_unwind(AssertUnwindSafe(|| work(self)));
            let result = result.unwrap_or_else(|_| Err(Defect.into()));
            if self.is_stopped() {
                if let Err(error) = result {
                    tracing::debug!(device = %self.device, %error, "the device failed at its end");
                }
                return;
            }
            back_off.lasted(start.elapsed());
            if std::mem::take(&mut self.lock().resets_pause) {
                back_off.reset();
            }
            match result {
                Ok(()) if self.lock().recover() => {
                    tracing::debug!(device = %self.device, "nothing is wrong any more");
                }
                Ok(()) => {}
                Err(error) => self.fail(error),
            }
            let pause = back_off.pause();
            tracing::debug!(device = %self.device, ?pause, "the device is tried again after a pause");
            drop(self.wait_while(self.lock(), Some(pause), |state| !state.is_stopped));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// A pause that no test can wait for.
    const LONG: Duration = Duration::from_secs(3600);

    fn state() -> State<(), &'static str> {
        State {
            shared: (),
            error: None,
            cause: None,
            resets_pause: false,
            is_stopped: false,
        }
    }

    #[test]
    fn a_cause_is_new_once_until_it_changes_or_the_work_succeeds() {
        let mut state = state();
        assert!(state.fail("cable", "cable"));
        let since = state.cause.as_ref().unwrap().since;
        assert!(!state.fail("cable", "cable"));
        assert_eq!(state.take_error(), Some("cable"));
        assert!(!state.fail("cable", "cable"), "though it was taken");
        assert_eq!(state.cause.as_ref().unwrap().since, since);
        assert!(state.fail("power", "power"));
        assert!(state.fail("cable", "cable"));
        assert!(state.recover() && !state.has_error());
        assert!(!state.recover());
        assert!(state.fail("cable", "cable"));
    }

    #[test]
    fn work_is_done_again_and_its_error_stays_until_it_succeeds() {
        let (attempts, attempt) = mpsc::channel();
        let supervisor = Supervisor::new("a device", 0);
        supervisor.spawn(BackOff::new(ms(1), ms(2)), move |monitor| {
            match monitor.update(|count| {
                *count += 1;
                *count
            }) {
                count @ 1..4 => Err(if count < 3 { "cable" } else { "power" }),
                _ => {
                    let error = monitor.lock().take_error();
                    monitor.succeed(|_| ());
                    attempts.send(error).unwrap();
                    let state = monitor.lock();
                    drop(monitor.wait_while(state, None, |state| !state.is_stopped()));
                    Ok(())
                }
            }
        });
        assert_eq!(attempt.recv(), Ok(Some("power")));
        let state = supervisor.monitor().lock();
        assert!(!state.has_error());
        assert_eq!(state.shared, 4);
        drop(state);
        drop(supervisor);
        assert!(attempt.recv().is_err(), "the thread has ended");
    }

    impl From<Defect> for &'static str {
        fn from(_: Defect) -> Self {
            "defect"
        }
    }

    #[test]
    fn work_that_panics_has_failed_and_is_done_again() {
        let (attempts, attempt) = mpsc::channel();
        let supervisor = Supervisor::<(), &str>::new("a device", ());
        supervisor.spawn(BackOff::new(ms(1), ms(2)), move |monitor| {
            let error = monitor.lock().take_error();
            attempts.send(error).unwrap();
            panic!("a test");
        });
        let errors = [(); 3].map(|()| attempt.recv().unwrap());
        assert_eq!(errors, [None, Some("defect"), Some("defect")]);
    }

    #[test]
    fn a_pause_ends_with_its_supervisor() {
        let (attempts, attempt) = mpsc::channel();
        let supervisor = Supervisor::<(), &str>::new("a device", ());
        supervisor.spawn(BackOff::new(LONG, LONG), move |_| {
            attempts.send(()).unwrap();
            Err("cable")
        });
        attempt.recv().unwrap();
        drop(supervisor);
        assert!(attempt.recv().is_err(), "the thread has ended");
    }

    #[test]
    fn work_that_says_so_begins_with_the_first_pause() {
        let (attempts, attempt) = mpsc::channel();
        let supervisor = Supervisor::<(), &str>::new("a device", ());
        supervisor.spawn(BackOff::new(ms(1), LONG), move |monitor| {
            monitor.reset_pause();
            attempts.send(()).unwrap();
            Err("cable")
        });
        // Pauses that doubled would add up to more than four hours.
        for _ in 0..24 {
            attempt.recv().unwrap();
        }
    }
}
