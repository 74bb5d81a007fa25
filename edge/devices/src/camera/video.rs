//! Reads a camera that may hang, vanish, come back as another device or send garbage.
//!
//! No driver can be trusted to return from a read. So a thread of its own opens the device, reads
//! it and decodes the pictures that are needed, and a caller that waits for a frame has a limit. A
//! thread that has hung for too long is given up and replaced; it ends should its driver ever
//! return.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use recognise::Source;
use retry::BackOff;

use super::clip::INTERVAL;
use super::mode::Agreed;
use super::picture::Settings;
use super::pixels::{Decoder, Raw};
use super::{Camera, CameraError, Frame};
use crate::supervise::{Monitor, State, Supervisor};

/// The longest time without a picture. A camera that sends none for longer does not work, and staff
/// have to know within three seconds.
const SILENCE: Duration = Duration::from_millis(2500);

/// The time between two pictures that are decoded while nobody is there.
const IDLE_INTERVAL: Duration = Duration::from_millis(500);

/// The pauses between attempts to open a camera.
const BACK_OFF: BackOff = BackOff::new(Duration::from_millis(250), Duration::from_secs(4));

/// The same for a program or a camera on the network, which may be back at any moment.
pub(super) const STREAM_BACK_OFF: BackOff =
    BackOff::new(Duration::from_millis(250), Duration::from_secs(1));

/// How long a stream that keeps to limits of its own may take before its thread is given up. It is
/// longer than all of them.
pub(super) const STREAM_PATIENCE: Duration = Duration::from_secs(35);

/// How long a login that was refused is not tried again: many cameras lock a user out for half an hour
/// after a few wrong passwords.
pub(super) const LOGIN_PAUSE: Duration = Duration::from_mins(1);

/// Finds a camera and starts it.
pub trait Open: Send + 'static {
    /// The stream of a camera that is not in use.
    ///
    /// # Errors
    /// Why there is none.
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError>;

    /// How long opening may take before the thread counts as hanging.
    fn patience(&self) -> Duration {
        SILENCE
    }

    /// The pauses between attempts.
    fn back_off(&self) -> BackOff {
        BACK_OFF
    }
}

/// The pictures of an open camera. It stays on the thread that opened it.
pub trait Stream {
    /// Its device file, or what else it is called in the log and on the page.
    fn name(&self) -> &Path;

    /// The pictures that its driver has agreed to give.
    fn agreed(&self) -> Agreed;

    /// The next picture, whenever it comes.
    ///
    /// # Errors
    /// Why there will be no more.
    fn next(&mut self) -> Result<Raw<'_>, CameraError>;

    /// Whether a driver says which pictures are damaged.
    fn has_driver(&self) -> bool {
        false
    }

    /// How its pictures are to be [adjusted](Settings::adjust): not at all where the camera does that.
    fn picture(&self) -> Settings {
        Settings::default()
    }

    /// How long the next picture may take before the thread counts as hanging.
    fn patience(&self) -> Duration {
        SILENCE
    }
}

/// A camera that a thread of its own reads.
pub struct Video {
    open: Arc<Mutex<dyn Open>>,
    limits: Limits,
    reader: Supervisor<Shared, CameraError>,
}

/// How long opening may take, and the pauses between attempts.
#[derive(Clone, Copy)]
struct Limits {
    patience: Duration,
    back_off: BackOff,
}

/// What the thread that reads a camera shares with those that wait for its frames.
struct Shared {
    /// The newest frame, until somebody takes it.
    frame: Option<Frame>,
    /// The device that is open.
    device: Option<PathBuf>,
    /// When the driver last returned; `None` while no driver is called.
    alive: Option<Instant>,
    /// How long the driver may take.
    patience: Duration,
    /// Whether somebody is in front of the camera.
    presence: bool,
}

impl Shared {
    /// Takes note that the driver has returned; returns whether somebody is in front of the camera.
    fn read_at(&mut self, now: Instant) -> bool {
        self.alive = Some(now);
        self.presence
    }
}

type Reader = Monitor<Shared, CameraError>;

impl Video {
    /// Starts to search for a camera.
    #[must_use]
    pub fn new(open: impl Open) -> Self {
        let limits = Limits {
            patience: open.patience(),
            back_off: open.back_off(),
        };
        let open: Arc<Mutex<dyn Open>> = Arc::new(Mutex::new(open));
        let reader = start(&open, limits, false);
        Self {
            open,
            limits,
            reader,
        }
    }

    /// Gives up a thread whose driver does not return, and starts another one.
    fn replace(
        &mut self,
        device: Option<PathBuf>,
        is_plugged: bool,
        presence: bool,
    ) -> CameraError {
        self.reader = start(&self.open, self.limits, presence);
        let error = match device {
            Some(device) if is_plugged => CameraError::Silent(device),
            Some(device) => CameraError::Stalled(device),
            None => CameraError::Hangs,
        };
        tracing::warn!(%error, "the thread that reads the camera hangs and is replaced");
        error
    }
}

impl Camera for Video {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let reader = self.reader.monitor();
        let has_nothing =
            |state: &mut State<Shared, _>| state.shared.frame.is_none() && !state.has_error();
        let mut state = reader.wait_while(reader.lock(), Some(wait), has_nothing);
        if let Some(frame) = state.shared.frame.take() {
            return Ok(Some(frame));
        }
        if let Some(error) = state.take_error() {
            return Err(error);
        }
        let shared = &state.shared;
        let patience = shared.patience;
        if shared.alive.is_none_or(|alive| alive.elapsed() < patience) {
            return Ok(None);
        }
        let (device, presence) = (shared.device.clone(), shared.presence);
        drop(state);
        Err(self.replace(device, is_plugged(patience), presence))
    }

    fn set_presence(&mut self, somebody: bool) {
        self.reader.monitor().lock().shared.presence = somebody;
    }
}

/// Whether a camera is a device that is plugged in. Others are streams, which have longer limits.
fn is_plugged(patience: Duration) -> bool {
    patience < STREAM_PATIENCE
}

/// Starts the thread that reads one camera after another.
fn start(
    open: &Arc<Mutex<dyn Open>>,
    limits: Limits,
    presence: bool,
) -> Supervisor<Shared, CameraError> {
    let shared = Shared {
        frame: None,
        device: None,
        alive: Some(Instant::now()),
        patience: limits.patience,
        presence,
    };
    let reader = Supervisor::new("camera", shared);
    let open = Arc::clone(open);
    reader.spawn(limits.back_off, move |reader| {
        reader.update(|shared| {
            shared.alive = Some(Instant::now());
            shared.patience = limits.patience;
        });
        let result = open_one(&open).and_then(|mut stream| read(&mut *stream, reader));
        reader.update(|shared| {
            shared.frame = None;
            shared.device = None;
            shared.alive = None;
        });
        result
    });
    reader
}

fn open_one(open: &Mutex<dyn Open>) -> Result<Box<dyn Stream>, CameraError> {
    match open.try_lock() {
        Ok(mut open) => open.open(),
        Err(TryLockError::Poisoned(open)) => open.into_inner().open(),
        // A thread that was given up hangs in there.
        Err(TryLockError::WouldBlock) => Err(CameraError::Hangs),
    }
}

/// Reads a camera until it fails, or until nobody waits for it any more.
fn read(stream: &mut dyn Stream, reader: &Reader) -> Result<(), CameraError> {
    let device = stream.name().to_owned();
    let patience = stream.patience();
    reader.update(|shared| {
        shared.device = Some(device.clone());
        shared.patience = patience;
    });
    let agreed = stream.agreed();
    let has_driver = stream.has_driver();
    let mut decoder = Decoder::new(agreed).adjusted(stream.picture());
    // When the first picture came, and when the last one was handed over.
    let mut first: Option<Instant> = None;
    let mut good: Option<Instant> = None;
    loop {
        let picture = stream.next()?;
        if reader.is_stopped() {
            return Ok(());
        }
        let now = Instant::now();
        if first.is_none() {
            tracing::info!(device = %device.display(), mode = %agreed.mode(), "the camera is open");
        }
        let first = *first.get_or_insert(now);
        let presence = reader.lock().shared.read_at(now);
        let interval = if presence { INTERVAL } else { IDLE_INTERVAL };
        // Half an interval early will do, since pictures come at the camera's own times.
        if good.is_some_and(|good| now + INTERVAL / 2 < good + interval) {
            continue;
        }
        // While nobody is there, half a picture does no more than make the detector look at it.
        decoder.believe_end(has_driver || !presence);
        let decoded = if presence {
            let decoded = decoder.decode(picture);
            decoded.map(|picture| Frame::new(picture, Source::Camera))
        } else {
            decoder.frame(picture)
        };
        match decoded {
            Ok(frame) => {
                good = Some(Instant::now());
                reader.reset_pause();
                reader.succeed(|shared| shared.frame = Some(frame));
            }
            Err(error) if good.unwrap_or(first).elapsed() >= SILENCE => {
                return Err(if is_plugged(patience) {
                    CameraError::Garbage { device, error }
                } else {
                    CameraError::Garbled { device, error }
                });
            }
            // A picture that was cut or damaged on its way: the next one comes soon.
            Err(error) => {
                let device = device.display();
                tracing::debug!(%device, %error, "a damaged picture is passed over");
            }
        }
    }
}
