//! Switches to another camera while the kiosk runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;

use super::picture::Settings;
use super::{Camera, CameraError, Choice, Frame, open};

/// How long a camera of this machine has to close before the next one is opened: they may be the same
/// device.
const CLOSING: Duration = Duration::from_millis(500);

/// For how long pictures are kept for somebody who has asked for one.
const WATCHED: Duration = Duration::from_secs(10);

/// How old the newest picture may be.
const FRESH: Duration = Duration::from_secs(5);

/// A camera that can be switched to another one by its [`Switcher`].
pub struct Switch {
    camera: Box<dyn Camera>,
    switcher: Switcher,
}

/// Switches a camera to another one. Clones are handles of the same camera.
#[derive(Clone)]
pub struct Switcher {
    picture: Settings,
    state: Arc<Mutex<State>>,
}

struct State {
    choice: Choice,
    /// The camera that is to be used from the next frame on.
    next: Option<Box<dyn Camera>>,
    /// The newest picture and when it came, while somebody asks for it.
    newest: Option<(Instant, Arc<RgbImage>)>,
    /// When somebody last asked.
    asked: Option<Instant>,
}

impl Switch {
    /// Opens the camera of this choice. Its pictures, and those of cameras after it, are adjusted by
    /// these settings.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(choice: &Choice, picture: &Settings) -> Result<Self, CameraError> {
        let state = State {
            choice: choice.clone(),
            next: None,
            newest: None,
            asked: None,
        };
        Ok(Self {
            camera: open(choice, picture)?,
            switcher: Switcher {
                picture: picture.clone(),
                state: Arc::new(Mutex::new(state)),
            },
        })
    }

    /// What switches this camera.
    #[must_use]
    pub fn switcher(&self) -> Switcher {
        self.switcher.clone()
    }
}

impl Camera for Switch {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let next = self.switcher.lock().next.take();
        if let Some(next) = next {
            self.camera = next;
        }
        let mut frame = self.camera.frame(wait)?;
        if let Some(frame) = &mut frame {
            self.switcher.lock().keep(frame);
        }
        Ok(frame)
    }

    fn set_presence(&mut self, somebody: bool) {
        self.camera.set_presence(somebody);
    }
}

impl State {
    /// Keeps a picture for those who have asked, unless it is one of a camera that is to go.
    fn keep(&mut self, frame: &mut Frame) {
        let is_watched = self.asked.is_some_and(|asked| asked.elapsed() < WATCHED);
        let picture = (is_watched && self.next.is_none()).then(|| frame.picture());
        self.newest = picture
            .and_then(Result::ok)
            .map(|picture| (Instant::now(), picture));
    }
}

impl Switcher {
    /// Uses the camera of another choice from the next frame on. One of this machine is opened once
    /// the camera before it is closed.
    ///
    /// # Errors
    /// As [`open`]. The camera that was in use stays.
    pub fn use_camera(&self, choice: &Choice) -> Result<(), CameraError> {
        if self.choice() == *choice {
            return Ok(());
        }
        let camera: Box<dyn Camera> = match choice {
            Choice::Auto | Choice::Device(_) | Choice::Csi => {
                Box::new(Later::new(choice, &self.picture))
            }
            _ => open(choice, &self.picture)?,
        };
        let mut state = self.lock();
        state.choice = choice.clone();
        state.next = Some(camera);
        state.newest = None;
        Ok(())
    }

    /// The choice whose camera is in use.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.lock().choice.clone()
    }

    /// The newest picture, where one came within the last five seconds. Pictures are kept from the
    /// first time on that somebody asks, until ten seconds after the last one: the first answer is
    /// `None`.
    #[must_use]
    pub fn picture(&self) -> Option<Arc<RgbImage>> {
        let mut state = self.lock();
        state.asked = Some(Instant::now());
        let newest = state.newest.as_ref();
        let (_, picture) = newest.filter(|(came, _)| came.elapsed() < FRESH)?;
        Some(Arc::clone(picture))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A camera of this machine that is opened a moment after the first frame is asked for.
struct Later {
    choice: Choice,
    picture: Settings,
    due: Option<Instant>,
    camera: Option<Box<dyn Camera>>,
}

impl Later {
    fn new(choice: &Choice, picture: &Settings) -> Self {
        Self {
            choice: choice.clone(),
            picture: picture.clone(),
            due: None,
            camera: None,
        }
    }
}

impl Camera for Later {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        if let Some(camera) = &mut self.camera {
            return camera.frame(wait);
        }
        let due = *self.due.get_or_insert_with(|| Instant::now() + CLOSING);
        let left = due.saturating_duration_since(Instant::now());
        thread::sleep(left.min(wait));
        if left <= wait {
            self.camera = Some(open(&self.choice, &self.picture)?);
        }
        Ok(None)
    }

    fn set_presence(&mut self, somebody: bool) {
        if let Some(camera) = &mut self.camera {
            camera.set_presence(somebody);
        }
    }
}
