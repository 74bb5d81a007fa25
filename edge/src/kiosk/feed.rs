//! The thread that watches the entrance: it hands over the newest frame and never queues.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;

use super::Input;
use devices::camera::clip::INTERVAL;
use devices::camera::page::Dropped;
use devices::camera::{Camera, CameraError, Frame};

/// How long a camera may take for a frame before the page's photographs are looked after again.
const WAIT: Duration = Duration::from_millis(250);

/// What the kiosk's thread and the watching thread share.
#[derive(Debug, Default)]
pub(super) struct Feed {
    newest: Mutex<Newest>,
    dropped: Mutex<Dropped>,
    /// Whether somebody is there.
    somebody: AtomicBool,
}

#[derive(Debug, Default)]
struct Newest {
    frame: Option<Frame>,
    eye: Eye,
    /// Whether the camera ever gave a frame.
    seen: bool,
}

/// What the camera is up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Eye {
    /// It looks.
    #[default]
    Open,
    /// There is none: photographs come by the page.
    None,
    /// It does not work, for this reason.
    Trouble(String),
}

impl Feed {
    /// Starts watching. Whenever there is news and the former was taken, `inputs` gets an
    /// [`Input::News`]; the thread ends when nobody listens any more.
    pub(super) fn start(camera: Box<dyn Camera>, inputs: SyncSender<Input>) -> Arc<Self> {
        let feed = Arc::new(Self::default());
        let watching = Arc::clone(&feed);
        thread::spawn(move || watching.watch(camera, &inputs));
        feed
    }

    /// The newest frame, once.
    pub(super) fn take(&self) -> Option<Frame> {
        self.newest().frame.take()
    }

    /// What the camera is up to at this moment.
    pub(super) fn eye(&self) -> Eye {
        self.newest().eye.clone()
    }

    /// Says whether somebody is there.
    pub(super) fn attend(&self, somebody: bool) {
        self.somebody.store(somebody, Ordering::Relaxed);
    }

    /// Plays a photograph in place of what the camera sees; `false` where too many wait.
    pub(super) fn play(&self, photo: &RgbImage) -> bool {
        self.dropped().push(photo)
    }

    fn watch(&self, mut camera: Box<dyn Camera>, inputs: &SyncSender<Input>) {
        loop {
            camera.attend(self.somebody.load(Ordering::Relaxed));
            let played = self.dropped().frame();
            let news = match played {
                Some(frame) => {
                    let due = Instant::now() + INTERVAL;
                    let listens = self.hand_over(frame, inputs);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    listens
                }
                None => match camera.frame(WAIT) {
                    Ok(Some(frame)) => {
                        let mut newest = self.newest();
                        (newest.eye, newest.seen) = (Eye::Open, true);
                        drop(newest);
                        self.hand_over(frame, inputs)
                    }
                    Ok(None) => tell(inputs),
                    // One photograph that cannot be read does not stop the others.
                    Err(CameraError::Photo(error)) => {
                        eprintln!("kiosk: {error}");
                        true
                    }
                    Err(error) => {
                        self.fail(&error);
                        tell(inputs)
                    }
                },
            };
            if !news {
                return;
            }
        }
    }

    /// Remembers what is wrong with the camera, and says it where it is new.
    fn fail(&self, error: &CameraError) {
        let mut newest = self.newest();
        let eye = match (error, &newest.eye) {
            // A camera that worked and is missed now is worth a word.
            (CameraError::NoCamera, Eye::None) => Eye::None,
            (CameraError::NoCamera, Eye::Open) if !newest.seen => Eye::None,
            _ => Eye::Trouble(error.to_string()),
        };
        if newest.eye != eye
            && let Eye::Trouble(trouble) = &eye
        {
            eprintln!("kiosk: {trouble}");
        }
        newest.eye = eye;
    }

    fn hand_over(&self, frame: Frame, inputs: &SyncSender<Input>) -> bool {
        self.newest().frame = Some(frame);
        tell(inputs)
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropped(&self) -> std::sync::MutexGuard<'_, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that there is news; `false` where nobody listens any more. Where the kiosk is too busy to
/// be told it will look anyway.
fn tell(inputs: &SyncSender<Input>) -> bool {
    !matches!(
        inputs.try_send(Input::News),
        Err(TrySendError::Disconnected(_))
    )
}
