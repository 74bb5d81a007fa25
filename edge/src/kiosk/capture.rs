//! Reads the camera on a thread of its own: hands over the newest frame and never queues. A photograph
//! that is played in its place waits for the networks, since it comes only once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use desk::kiosk::Inbox;
use devices::camera::clip::INTERVAL;
use devices::camera::page::Dropped;
use devices::camera::{Camera, CameraError, Frame};
use devices::supervise::Defect;
use image::RgbImage;
use recognise::Source;
use screens::locale::Message;

/// How long a camera may take for a frame before dropped photographs are looked after again.
const WAIT: Duration = Duration::from_millis(250);

/// What the kiosk's thread and the capturing thread share.
#[derive(Debug, Default)]
pub(super) struct Capture {
    newest: Mutex<Newest>,
    dropped: Mutex<Dropped>,
    /// Whether somebody is there.
    presence: AtomicBool,
}

#[derive(Debug, Default)]
struct Newest {
    frame: Option<Frame>,
    /// How many frames a newer one replaced before anybody took them.
    skipped: u64,
    state: CameraState,
    /// Whether the camera ever gave a frame.
    ever: bool,
    /// When the thread last went on; `None` before it began.
    turned: Option<Instant>,
    /// Until when a photograph that is played stands still.
    pause: Option<Instant>,
}

/// How the camera is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum CameraState {
    /// It works.
    #[default]
    Works,
    /// There is none: photographs come by the page.
    Absent,
    /// It fails, for this reason.
    Fails(Message),
}

impl Capture {
    /// Starts to capture. Whenever there is news, `inbox` is told; the thread ends when that is
    /// closed.
    pub(super) fn start(camera: Box<dyn Camera>, inbox: Arc<Inbox>) -> Arc<Self> {
        let capture = Arc::new(Self::default());
        let shared = Arc::clone(&capture);
        thread::spawn(move || shared.run(camera, &inbox));
        capture
    }

    /// The newest frame, once.
    pub(super) fn take(&self) -> Option<Frame> {
        self.newest().frame.take()
    }

    /// How many frames a newer one replaced before anybody took them.
    pub(super) fn skipped(&self) -> u64 {
        self.newest().skipped
    }

    /// How the camera is at this moment.
    pub(super) fn camera(&self) -> CameraState {
        self.newest().state.clone()
    }

    /// How long ago the thread last went on; zero before it began.
    pub(super) fn silence(&self) -> Duration {
        let turned = self.newest().turned;
        turned.map_or(Duration::ZERO, |turned| turned.elapsed())
    }

    /// Says whether somebody is there.
    pub(super) fn set_presence(&self, somebody: bool) {
        self.presence.store(somebody, Ordering::Relaxed);
    }

    /// Plays a photograph in place of what the camera sees; `false` where too many wait.
    pub(super) fn play(&self, photo: &RgbImage) -> bool {
        self.dropped().push(photo)
    }

    /// Lets a photograph that is played stand still for this long, while the networks rest from it.
    pub(super) fn pause(&self, rest: Duration) {
        self.newest().pause = Instant::now().checked_add(rest);
    }

    fn run(&self, mut camera: Box<dyn Camera>, inbox: &Inbox) {
        loop {
            let turn = catch_unwind(AssertUnwindSafe(|| self.turn(&mut *camera, inbox)));
            if !turn.unwrap_or_else(|_| self.go_on(inbox)) {
                return;
            }
            self.newest().turned = Some(Instant::now());
        }
    }

    /// Takes one frame; `false` where nobody takes any more.
    fn turn(&self, camera: &mut dyn Camera, inbox: &Inbox) -> bool {
        camera.set_presence(self.presence.load(Ordering::Relaxed));
        if self.newest().holds_photograph() {
            thread::sleep(INTERVAL);
            return inbox.notify();
        }
        let played = self.dropped().frame();
        let Some(frame) = played else {
            return self.capture(camera.frame(WAIT), inbox);
        };
        let due = Instant::now() + INTERVAL;
        let is_received = self.hand_over(frame, inbox);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        is_received
    }

    /// Goes on after a defect: the camera fails, and photographs that wait, which may be what it was
    /// about, are given up.
    fn go_on(&self, inbox: &Inbox) -> bool {
        *self.dropped() = Dropped::default();
        self.fail(&Defect.into());
        thread::sleep(WAIT);
        inbox.notify()
    }

    fn capture(&self, frame: Result<Option<Frame>, CameraError>, inbox: &Inbox) -> bool {
        match frame {
            Ok(Some(frame)) => {
                let mut newest = self.newest();
                (newest.state, newest.ever) = (CameraState::Works, true);
                drop(newest);
                self.hand_over(frame, inbox)
            }
            Ok(None) => inbox.notify(),
            // One photograph that cannot be read does not stop the others.
            Err(CameraError::Photo(error)) => {
                tracing::warn!(%error, "a photograph is passed over");
                true
            }
            Err(error) => {
                self.fail(&error);
                inbox.notify()
            }
        }
    }

    /// Remembers why the camera fails. The camera itself logs it.
    fn fail(&self, error: &CameraError) {
        let mut newest = self.newest();
        let state = match (error, &newest.state) {
            (CameraError::NotWanted, _) => CameraState::Absent,
            // A camera that worked before is missed.
            (CameraError::NoCamera, CameraState::Absent) => CameraState::Absent,
            (CameraError::NoCamera, CameraState::Works) if !newest.ever => CameraState::Absent,
            _ => CameraState::Fails(error.into()),
        };
        if newest.state != state && state == CameraState::Absent {
            tracing::info!("there is no camera; photographs come by the page");
        }
        newest.state = state;
    }

    /// Makes this the newest frame; `false` where nobody takes any more.
    fn hand_over(&self, frame: Frame, inbox: &Inbox) -> bool {
        let mut newest = self.newest();
        if newest.frame.replace(frame).is_some() {
            newest.skipped += 1;
        }
        drop(newest);
        inbox.notify()
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropped(&self) -> MutexGuard<'_, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Newest {
    /// Whether a frame of a photograph waits to be taken, or stands still for the networks.
    fn holds_photograph(&self) -> bool {
        let is_paused = self.pause.is_some_and(|until| Instant::now() < until);
        let frame = self.frame.as_ref();
        is_paused || frame.is_some_and(|frame| frame.source() == Source::Page)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_camera_that_is_not_wanted_any_more_is_not_missed() {
        let (capture, inbox) = (Capture::default(), Inbox::default());
        let frame = Frame::new(RgbImage::new(4, 3), Source::Camera);
        capture.capture(Ok(Some(frame)), &inbox);
        capture.capture(Err(CameraError::NoCamera), &inbox);
        assert!(matches!(capture.camera(), CameraState::Fails(_)));
        capture.capture(Err(CameraError::NotWanted), &inbox);
        assert_eq!(capture.camera(), CameraState::Absent);
    }

    #[test]
    fn a_photograph_waits_for_networks_that_are_slow_or_rest() {
        let (capture, inbox) = (Capture::default(), Inbox::default());
        assert!(capture.play(&RgbImage::from_pixel(64, 48, Rgb([120, 90, 60]))));
        let turn = || assert!(capture.turn(&mut Blind, &inbox));
        turn();
        turn();
        assert_eq!(capture.skipped(), 0, "a frame that was not seen");
        assert!(capture.take().is_some());

        capture.pause(Duration::from_secs(3600));
        turn();
        assert!(capture.take().is_none(), "a frame while the networks rest");
        capture.pause(Duration::ZERO);
        turn();
        assert!(capture.take().is_some());
    }

    /// A camera that gives no picture.
    struct Blind;

    impl Camera for Blind {
        fn frame(&mut self, _: Duration) -> Result<Option<Frame>, CameraError> {
            Ok(None)
        }
    }
}
