//! The thread that owns the display.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use devices::display::{Choice, Display, DisplayError, Output};
use screens::locale::Message;
use screens::{Canvas, Screen};

use super::{canvas, colour};

const SCREEN: Screen = Screen {
    width: 64,
    height: 48,
    depth: screens::Depth::Colour,
};

/// A display whose canvases a test receives, and answers one by one.
struct Staged {
    shown: Sender<Canvas>,
    /// Each `show` waits for an answer.
    answers: Receiver<Result<(), DisplayError>>,
}

impl Display for Staged {
    fn screen(&self) -> Screen {
        SCREEN
    }

    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError> {
        let _ = self.shown.send(canvas.clone());
        self.answers.recv().unwrap_or(Ok(()))
    }
}

/// A test's side of a staged display.
struct Stage {
    shown: Receiver<Canvas>,
    answers: Sender<Result<(), DisplayError>>,
}

fn stage() -> (Stage, Box<dyn Display>) {
    let (shown, shown_here) = mpsc::channel();
    let (answers_here, answers) = mpsc::channel();
    let stage = Stage {
        shown: shown_here,
        answers: answers_here,
    };
    (stage, Box::new(Staged { shown, answers }))
}

/// An output that opens these displays, one after another, and then finds none that works.
fn output(displays: Vec<Box<dyn Display>>) -> Output {
    let displays = Mutex::new(displays.into_iter());
    let open = move || match displays.lock().unwrap().next() {
        Some(display) => Ok(Some(display)),
        None => Err(broken()),
    };
    Output::with(open, colour(480, 320))
}

fn broken() -> DisplayError {
    DisplayError::Unknown("broken".into())
}

/// A canvas of one grey.
fn grey(grey: u8) -> Arc<Canvas> {
    let mut canvas = canvas(SCREEN);
    let colour = embedded_graphics::pixelcolor::Rgb888::new(grey, grey, grey);
    super::paint(&mut canvas, [0, 0, 64, 48], colour);
    Arc::new(canvas)
}

fn grey_of(canvas: &Canvas) -> u8 {
    canvas.pixels().get_pixel(0, 0).0[0]
}

fn wait(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn canvases_are_drawn_for_the_display_once_there_is_one() {
    let (stage, display) = stage();
    let output = output(vec![display]);
    wait("the display is found", || output.screen() == SCREEN);

    // This one was drawn before that.
    output.show(|| Arc::new(canvas(colour(480, 320))));
    output.show(|| grey(7));

    assert_eq!(grey_of(&stage.shown.recv().unwrap()), 7);
}

#[test]
fn a_slow_display_shows_the_newest_canvas_and_keeps_nobody_waiting() {
    let (stage, display) = stage();
    let output = output(vec![display]);
    output.show(|| grey(0));
    assert_eq!(grey_of(&stage.shown.recv().unwrap()), 0);

    let start = Instant::now();
    (1..=100).for_each(|number| output.show(|| grey(number)));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );

    stage.answers.send(Ok(())).unwrap();
    assert_eq!(grey_of(&stage.shown.recv().unwrap()), 100);
    stage.answers.send(Ok(())).unwrap();
    let more = stage.shown.recv_timeout(Duration::from_millis(50));
    assert!(more.is_err(), "the same is not shown twice");
}

#[test]
fn a_display_that_fails_is_reported_opened_again_and_shown_the_newest_canvas() {
    let ((first, display), (second, other)) = (stage(), stage());
    let output = output(vec![display, other]);
    output.show(|| grey(5));
    first.shown.recv().unwrap();
    first.answers.send(Err(broken())).unwrap();
    wait("the failure is reported", || {
        output.error() == Some(Message::from(&broken()))
    });

    // Nothing is drawn in the meantime.
    assert_eq!(grey_of(&second.shown.recv().unwrap()), 5);
    second.answers.send(Ok(())).unwrap();
    wait("nothing is wrong any more", || output.error().is_none());
}

#[test]
fn without_a_display_the_page_has_its_own_screen() {
    for choice in [Choice::None, Choice::Spi] {
        let output = Output::start(choice.clone(), None, colour(480, 320));
        output.show(|| grey(1));
        wait("what is missing is reported", || {
            output.error().is_some() == (choice == Choice::Spi)
        });
        assert_eq!(output.screen(), colour(480, 320));
    }
}

#[test]
fn the_display_is_closed_when_the_output_is_dropped() {
    let (stage, display) = stage();
    let output = output(vec![display]);
    output.show(|| grey(5));
    stage.shown.recv().unwrap();
    stage.answers.send(Ok(())).unwrap();

    drop(output);

    let ended = stage.shown.recv_timeout(Duration::from_secs(10));
    assert_eq!(ended.err(), Some(mpsc::RecvTimeoutError::Disconnected));
}
