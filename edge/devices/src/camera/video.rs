//! A camera that may hang, vanish, come back as another device or send garbage.
//!
//! No driver can be trusted to return from a read. So a thread of its own opens the device, reads
//! it and decodes what is wanted, and whoever waits for a frame waits with a limit. A thread that
//! has hung for too long is given up and another one started; should it ever return, it ends.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;

use super::clip::INTERVAL;
use super::device::Mode;
use super::{Camera, CameraError, Frame, pixels};
use recognise::Source;

/// The longest time without a picture. A camera that has none for so long does not work, and staff have to
/// know it after three seconds.
const SILENCE: Duration = Duration::from_millis(2500);

/// Between two pictures that are decoded while nobody is there.
const GLANCE: Duration = Duration::from_millis(500);

/// Between two attempts to open a camera: the first, and the last after doubling.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(4)];

/// Finds a camera and starts it.
pub trait Open: Send + 'static {
    /// The stream of a camera that was not in use.
    ///
    /// # Errors
    /// Why there is none.
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError>;
}

/// The pictures of a camera that is open. It stays on the thread that opened it.
pub trait Stream {
    /// Its device file.
    fn name(&self) -> &Path;

    /// How its pictures are written.
    fn mode(&self) -> Mode;

    /// The next picture, whenever it comes.
    ///
    /// # Errors
    /// Why there will be none.
    fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraError>;
}

/// A camera on a thread of its own.
pub struct Video {
    open: Arc<Mutex<dyn Open>>,
    watch: Arc<Watch>,
}

/// What a watching thread shares with whoever waits for its frames.
#[derive(Default)]
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The newest picture, until somebody takes it.
    picture: Option<RgbImage>,
    /// Why there is none.
    trouble: Option<CameraError>,
    /// The device that is open.
    device: Option<PathBuf>,
    /// Until when the thread was last known to live.
    alive: Option<Instant>,
    /// Whether somebody is before the camera.
    somebody: bool,
    /// Nobody waits for this thread any more.
    given_up: bool,
}

impl Video {
    /// Starts to look for a camera.
    #[must_use]
    pub fn new(open: impl Open) -> Self {
        let open: Arc<Mutex<dyn Open>> = Arc::new(Mutex::new(open));
        let watch = Watch::start(&open, false);
        Self { open, watch }
    }
}

impl Camera for Video {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let state = self.watch.state();
        let nothing = |state: &mut State| state.picture.is_none() && state.trouble.is_none();
        let waited = self.watch.changed.wait_timeout_while(state, wait, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(picture) = state.picture.take() {
            return Ok(Some(Frame {
                picture,
                source: Source::Camera,
            }));
        }
        if let Some(trouble) = state.trouble.take() {
            return Err(trouble);
        }
        if state.alive.is_some_and(|alive| alive.elapsed() < SILENCE) {
            return Ok(None);
        }
        let device = state.device.clone();
        let somebody = state.somebody;
        state.given_up = true;
        drop(state);
        self.watch = Watch::start(&self.open, somebody);
        Err(device.map_or(CameraError::Hangs, CameraError::Silent))
    }

    fn attend(&mut self, somebody: bool) {
        self.watch.state().somebody = somebody;
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        self.watch.state().given_up = true;
        self.watch.changed.notify_all();
    }
}

impl Watch {
    fn start(open: &Arc<Mutex<dyn Open>>, somebody: bool) -> Arc<Self> {
        let watch = Arc::new(Self::default());
        *watch.state() = State {
            alive: Some(Instant::now()),
            somebody,
            ..State::default()
        };
        let (watching, open) = (Arc::clone(&watch), Arc::clone(open));
        thread::spawn(move || watching.run(&open));
        watch
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches one camera after the other, until nobody waits for it any more.
    fn run(&self, open: &Mutex<dyn Open>) {
        let mut pause = BACK_OFF[0];
        loop {
            let opened = match open.try_lock() {
                Ok(mut open) => open.open(),
                Err(TryLockError::Poisoned(open)) => open.into_inner().open(),
                // A thread that was given up hangs in there.
                Err(TryLockError::WouldBlock) => Err(CameraError::Hangs),
            };
            let watched = opened.and_then(|mut stream| self.watch(&mut *stream, &mut pause));
            let Err(error) = watched else { return };
            if !self.fail(error, pause) {
                return;
            }
            pause = (pause * 2).min(BACK_OFF[1]);
        }
    }

    /// Reads a camera until it fails, or until nobody waits for it any more.
    fn watch(&self, stream: &mut dyn Stream, pause: &mut Duration) -> Result<(), CameraError> {
        let name = stream.name().to_owned();
        self.state().device = Some(name.clone());
        let mode = stream.mode();
        let mut good = Instant::now();
        let mut due = Instant::now();
        loop {
            let bytes = stream.next()?;
            {
                let mut state = self.state();
                if state.given_up {
                    return Ok(());
                }
                state.alive = Some(Instant::now());
            }
            // Half an interval early is as good: pictures come when they come.
            if Instant::now() + INTERVAL / 2 < due {
                continue;
            }
            match pixels::decode(mode, &bytes) {
                Ok(picture) => {
                    good = Instant::now();
                    *pause = BACK_OFF[0];
                    due = good + self.hand_over(picture);
                }
                Err(error) if good.elapsed() >= SILENCE => {
                    return Err(CameraError::Garbage { path: name, error });
                }
                // A picture that was damaged on its way: the next one comes soon.
                Err(_) => {}
            }
        }
    }

    /// Makes this the newest picture; returns the time until the next one is wanted.
    fn hand_over(&self, picture: RgbImage) -> Duration {
        let mut state = self.state();
        state.picture = Some(picture);
        state.trouble = None;
        let wanted = match state.somebody {
            true => INTERVAL,
            false => GLANCE,
        };
        drop(state);
        self.changed.notify_all();
        wanted
    }

    /// Says what is wrong and rests; `false` where nobody waits any more.
    fn fail(&self, error: CameraError, pause: Duration) -> bool {
        let mut state = self.state();
        state.device = None;
        state.picture = None;
        state.trouble = Some(error);
        state.alive = Some(Instant::now() + pause);
        self.changed.notify_all();
        let waits = |state: &mut State| !state.given_up;
        let rested = self.changed.wait_timeout_while(state, pause, waits);
        let (state, _) = rested.unwrap_or_else(PoisonError::into_inner);
        !state.given_up
    }
}
