//! Buttons beside the page's: push buttons on GPIO lines, and a keypad or a barcode scanner, which
//! also types an animal's tag.
//!
//! Each kind of device has a thread that sleeps until something is pressed. A device that fails is
//! [trouble](Buttons::trouble) and tried again; the kiosk goes on without it.

pub mod debounce;
mod error;
mod gpio;
mod keypad;
pub mod keys;
mod settings;
mod watch;

use std::sync::Arc;
use std::thread;

pub use error::ButtonsError;
pub use keys::Pressed;
pub use settings::{Keypad, Settings};


use watch::{Device, Troubles, Watch};

/// The buttons at work, until this is dropped. Their threads end within a second or so.
#[derive(Debug)]
pub struct Buttons {
    troubles: Arc<Troubles>,
}

impl Buttons {
    /// What is wrong with the buttons at this moment, in one line; the newest where it is several
    /// things.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.troubles.newest()
    }
}

/// Waits for whatever `settings` name, and tells of each press and each tag.
#[must_use = "the buttons stop when they are dropped"]
pub fn start(settings: Settings, tell: impl Fn(Pressed) + Send + Clone + 'static) -> Buttons {
    let troubles = Arc::new(Troubles::default());
    let watch = |device| Watch {
        device,
        troubles: Arc::downgrade(&troubles),
    };
    let keypad = settings.keypad.clone();
    if !settings.lines().is_empty() {
        let (watch, tell) = (watch(Device::Gpio), tell.clone());
        thread::spawn(move || watch.keep_at(|| gpio::wait(&settings, &watch, &tell)));
    }
    let watch = watch(Device::Keypad);
    match keypad {
        Keypad::None => {}
        Keypad::Auto => drop(thread::spawn(move || keypad::wait_for_any(&watch, &tell))),
        Keypad::Device(path) => drop(thread::spawn(move || {
            watch.keep_at(|| keypad::wait(&path, &watch, &tell));
        })),
    }
    Buttons { troubles }
}
