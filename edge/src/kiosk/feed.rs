//! The thread that watches the entrance: it hands over the newest frame and never queues.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;

use super::Input;
use crate::camera::clip::INTERVAL;
use crate::camera::page::Dropped;
use crate::camera::{Camera, CameraError, Frame};

/// How long a camera may take for a frame before the page's photographs are looked after again.
const WAIT: Duration = Duration::from_millis(250);

/// Between two attempts at a camera that fails: it begins with the first and doubles up to the last.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(10)];

/// What the kiosk's thread and the watching thread share.
#[derive(Debug, Default)]
pub(super) struct Feed {
    newest: Mutex<Newest>,
    dropped: Mutex<Dropped>,
}

#[derive(Debug, Default)]
struct Newest {
    frame: Option<Frame>,
    /// What is wrong with the camera.
    trouble: Option<String>,
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

    /// What is wrong with the camera at this moment.
    pub(super) fn trouble(&self) -> Option<String> {
        self.newest().trouble.clone()
    }

    /// Plays a photograph in place of what the camera sees; `false` where too many wait.
    pub(super) fn play(&self, photo: &RgbImage) -> bool {
        self.dropped().push(photo)
    }

    fn watch(&self, mut camera: Box<dyn Camera>, inputs: &SyncSender<Input>) {
        let mut pause = BACK_OFF[0];
        loop {
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
                        pause = BACK_OFF[0];
                        self.newest().trouble = None;
                        self.hand_over(frame, inputs)
                    }
                    Ok(None) => tell(inputs),
                    // One photograph that cannot be read does not stop the others.
                    Err(CameraError::Photo(error)) => {
                        eprintln!("kiosk: {error}");
                        true
                    }
                    Err(error) => {
                        self.newest().trouble = Some(error.to_string());
                        thread::sleep(pause);
                        pause = (pause * 2).min(BACK_OFF[1]);
                        tell(inputs)
                    }
                },
            };
            if !news {
                return;
            }
        }
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
