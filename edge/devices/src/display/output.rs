//! The thread that owns the display.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Choice, Display, DisplayError, Panel, open};
use screens::Screen;
use screens::Canvas;

/// Between two attempts at a display that fails or is not there: it begins with the first and
/// doubles up to the last.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// Shows the newest canvas on the display, until this is dropped. A display that fails is
/// [trouble](Output::trouble), and opened and shown everything anew; nobody waits for it.
#[derive(Debug)]
pub struct Output {
    desk: Arc<Desk>,
}

/// What the display's thread shares with whoever draws.
#[derive(Debug)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The newest.
    canvas: Option<Arc<Canvas>>,
    /// What canvases shall be drawn for.
    screen: Screen,
    trouble: Option<String>,
    is_dropped: bool,
}

impl Output {
    /// Looks for the display of this choice, and for as long as there is none again and again. Where
    /// none is wanted there is no thread either. Until there was a display, `fallback` is what
    /// canvases are drawn for.
    #[must_use]
    pub fn start(choice: Choice, panel: Option<Panel>, fallback: Screen) -> Self {
        match choice {
            Choice::None => Self::new(fallback),
            _ => Self::with(move || open(&choice, panel.as_ref()), fallback),
        }
    }

    /// The same with a display of one's own: `open` is asked for it on the thread, again after each
    /// failure.
    #[must_use]
    pub fn with(
        open: impl FnMut() -> Result<Option<Box<dyn Display>>, DisplayError> + Send + 'static,
        fallback: Screen,
    ) -> Self {
        let output = Self::new(fallback);
        let desk = Arc::clone(&output.desk);
        thread::spawn(move || desk.keep_at(open));
        output
    }

    fn new(screen: Screen) -> Self {
        let state = State {
            canvas: None,
            screen,
            trouble: None,
            is_dropped: false,
        };
        Self {
            desk: Arc::new(Desk {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        }
    }

    /// What a canvas has to be like for [`show`](Output::show). It changes when a display is found.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.desk.lock().screen
    }

    /// Hands over the newest canvas, without waiting; those before it that were not shown yet never
    /// will be, nor one that is not like [`screen`](Output::screen).
    pub fn show(&self, canvas: Arc<Canvas>) {
        self.desk.lock().canvas = Some(canvas);
        self.desk.changed.notify_all();
    }

    /// What is wrong with the display at this moment, in one line.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.desk.lock().trouble.clone()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.desk.lock().is_dropped = true;
        self.desk.changed.notify_all();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a display after another for as long as that is wanted.
    fn keep_at(&self, mut open: impl FnMut() -> Result<Option<Box<dyn Display>>, DisplayError>) {
        let mut pause = BACK_OFF[0];
        while !self.lock().is_dropped {
            let start = Instant::now();
            let served = match open() {
                Ok(Some(display)) => self.serve(display),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            self.say(served.err());
            // It went well for long: what happens now has nothing to do with what was before.
            if start.elapsed() >= BACK_OFF[1] {
                pause = BACK_OFF[0];
            }
            self.pause(pause);
            pause = (pause * 2).min(BACK_OFF[1]);
        }
    }

    /// Shows what there is to show, until the display fails or is no longer wanted.
    fn serve(&self, mut display: Box<dyn Display>) -> Result<(), DisplayError> {
        let screen = display.screen();
        self.lock().screen = screen;
        let mut shown = None;
        while let Some(canvas) = self.next(screen, shown.as_ref()) {
            display.show(&canvas)?;
            self.say(None);
            shown = Some(canvas);
        }
        Ok(())
    }

    /// Waits for a canvas of this kind that is not the one that is shown; `None` when it is over.
    fn next(&self, screen: Screen, shown: Option<&Arc<Canvas>>) -> Option<Arc<Canvas>> {
        let mut state = self.lock();
        while !state.is_dropped {
            let newest = state.canvas.as_ref().filter(|canvas| {
                is_for(canvas, screen) && !shown.is_some_and(|shown| Arc::ptr_eq(shown, canvas))
            });
            if let Some(canvas) = newest {
                return Some(Arc::clone(canvas));
            }
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Says what is wrong, or that nothing is.
    fn say(&self, error: Option<DisplayError>) {
        let trouble = error.map(|error| error.to_string());
        let mut state = self.lock();
        if let Some(trouble) = trouble.as_ref().filter(|_| state.trouble != trouble) {
            eprintln!("kiosk: {trouble}");
        }
        state.trouble = trouble;
    }

    fn pause(&self, pause: Duration) {
        let is_wanted = |state: &mut State| !state.is_dropped;
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), pause, is_wanted);
        drop(waited);
    }
}

/// Whether a canvas is what a screen shows.
fn is_for(canvas: &Canvas, screen: Screen) -> bool {
    let size = canvas.pixels().dimensions();
    size == (screen.width, screen.height) && canvas.depth() == screen.depth
}
