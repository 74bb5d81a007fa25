//! Shows canvases on a display by a thread of its own.

use std::sync::Arc;
use std::time::Duration;

use retry::BackOff;
use screens::locale::Message;
use screens::{Canvas, Screen};

use super::{Choice, Display, DisplayError, Panel, framebuffer, open};
use crate::supervise::{Monitor, Supervisor};

/// The pauses between attempts at a display that fails or is not there.
const BACK_OFF: BackOff = BackOff::new(Duration::from_secs(1), Duration::from_secs(30));

/// Shows the newest canvas on a display, until this is dropped. A display that fails is reported by
/// [`error`](Output::error), opened again, and shown the newest canvas; nobody waits for it.
#[derive(Debug)]
pub struct Output {
    thread: Supervisor<Shared, DisplayError>,
    is_wanted: bool,
}

/// What the display's thread shares with the caller that draws.
#[derive(Debug)]
struct Shared {
    /// The newest canvas.
    canvas: Option<Arc<Canvas>>,
    /// The screen that canvases are to be drawn for.
    screen: Screen,
}

impl Output {
    /// Searches for the display of this choice until there is one. Where none is wanted there is no
    /// thread either. Until a display is found, canvases are drawn for `fallback`.
    #[must_use]
    pub fn start(choice: Choice, panel: Option<Panel>, fallback: Screen) -> Self {
        let device = match (&choice, &panel) {
            (Choice::FrameBuffer, _) | (Choice::Auto, None) => framebuffer::DEVICE.to_owned(),
            (_, Some(panel)) => panel.bus.device().display().to_string(),
            (_, None) => "display".to_owned(),
        };
        if choice == Choice::None {
            return Self::new(device, fallback, false);
        }
        Self::supervise(device, move || open(&choice, panel.as_ref()), fallback)
    }

    /// Shows canvases on a display of one's own. `open` is called on the thread, at first and again
    /// after each failure.
    #[must_use]
    pub fn with(
        open: impl FnMut() -> Result<Option<Box<dyn Display>>, DisplayError> + Send + 'static,
        fallback: Screen,
    ) -> Self {
        Self::supervise("display".to_owned(), open, fallback)
    }

    fn supervise(
        device: String,
        mut open: impl FnMut() -> Result<Option<Box<dyn Display>>, DisplayError> + Send + 'static,
        fallback: Screen,
    ) -> Self {
        let output = Self::new(device, fallback, true);
        output.thread.spawn(BACK_OFF, move |monitor| match open()? {
            Some(display) => serve(display, monitor),
            None => Ok(()),
        });
        output
    }

    fn new(device: String, screen: Screen, is_wanted: bool) -> Self {
        let shared = Shared {
            canvas: None,
            screen,
        };
        Self {
            thread: Supervisor::new(device, shared),
            is_wanted,
        }
    }

    /// The screen that canvases for [`show`](Output::show) are to be drawn for. It changes when a
    /// display is found.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.thread.monitor().lock().shared.screen
    }

    /// Hands over the newest canvas, without waiting, unless no display is wanted. Earlier ones that
    /// were not shown yet never will be, nor is one that does not fit the [`screen`](Output::screen).
    pub fn show(&self, canvas: impl FnOnce() -> Arc<Canvas>) {
        if !self.is_wanted {
            return;
        }
        let monitor = self.thread.monitor();
        let canvas = canvas();
        monitor.update(|shared| shared.canvas = Some(canvas));
    }

    /// What is wrong with the display at present.
    #[must_use]
    pub fn error(&self) -> Option<Message> {
        let failure = self.thread.monitor().failure();
        failure.map(|failure| failure.message)
    }
}

/// Shows whatever there is to show, until the display fails or is no longer needed.
fn serve(
    mut display: Box<dyn Display>,
    monitor: &Monitor<Shared, DisplayError>,
) -> Result<(), DisplayError> {
    let screen = display.screen();
    monitor.update(|shared| shared.screen = screen);
    let mut shown = None;
    while let Some(canvas) = next(screen, shown.as_ref(), monitor) {
        display.show(&canvas)?;
        monitor.succeed(|_| ());
        shown = Some(canvas);
    }
    Ok(())
}

/// Waits for a canvas for this screen other than the one that is shown; `None` at the end.
fn next(
    screen: Screen,
    shown: Option<&Arc<Canvas>>,
    monitor: &Monitor<Shared, DisplayError>,
) -> Option<Arc<Canvas>> {
    let newest = |shared: &Shared| {
        let canvas = shared.canvas.as_ref()?;
        let is_shown = shown.is_some_and(|shown| Arc::ptr_eq(shown, canvas));
        (is_for(canvas, screen) && !is_shown).then(|| Arc::clone(canvas))
    };
    let state = monitor.wait_while(monitor.lock(), None, |state| {
        !state.is_stopped() && newest(&state.shared).is_none()
    });
    if state.is_stopped() {
        return None;
    }
    newest(&state.shared)
}

/// Whether a canvas has the size and depth of a screen.
fn is_for(canvas: &Canvas, screen: Screen) -> bool {
    let size = canvas.pixels().dimensions();
    size == (screen.width, screen.height) && canvas.depth() == screen.depth
}
