//! Buttons beside those of the page: push buttons on GPIO lines, and a keypad or a barcode scanner,
//! which also types an animal's tag.
//!
//! Each kind of device has a thread that sleeps until something is pressed. A device that fails is
//! reported by [`Buttons::error`] and tried again; the kiosk goes on without it.

pub mod debounce;
mod error;
mod gpio;
pub mod hold;
mod keypad;
pub mod keys;
pub mod layout;
mod settings;

use std::time::Duration;

use retry::BackOff;
use screens::locale::Message;

pub use error::ButtonsError;
pub use keypad::plugged_in;
pub use keys::Pressed;
pub use layout::Layout;
pub use settings::{Keypad, Settings};

use crate::supervise::{Monitor, Supervisor};

/// The longest time between two checks of a thread whether it is to end.
const TICK: Duration = Duration::from_secs(1);

/// The pauses between attempts at a device that fails.
const BACK_OFF: BackOff = BackOff::new(Duration::from_secs(1), Duration::from_secs(30));

/// What the thread of a device shares with [`Buttons`].
type Watch = Monitor<(), ButtonsError>;

/// The threads that wait for buttons and keys. Dropping them ends the threads within a second or
/// so.
#[derive(Debug)]
pub struct Buttons {
    devices: Vec<Supervisor<(), ButtonsError>>,
}

impl Buttons {
    /// What is wrong with the buttons at present; the newest error where several devices fail.
    #[must_use]
    pub fn error(&self) -> Option<Message> {
        let failures = self.devices.iter().filter_map(|it| it.monitor().failure());
        let newest = failures.max_by_key(|failure| failure.since);
        newest.map(|failure| failure.message)
    }
}

/// Waits for the devices that `settings` name, and calls `tell` for each press, each button
/// that is held, and each tag.
///
/// A device that is missing is waited for, so nothing can fail here.
///
/// ```
/// use std::sync::mpsc;
/// use devices::buttons::{self, Pressed, Settings};
/// use screens::Button;
///
/// let (sender, presses) = mpsc::channel();
/// let buttons = buttons::start(Settings::default(), move |pressed| {
///     // Fails only where nobody receives any more.
///     let _ = sender.send(pressed);
/// });
/// assert_eq!(buttons.error(), None);
/// for pressed in presses.try_iter() {
///     match pressed {
///         Pressed::Button(Button::Confirm) => println!("confirmed"),
///         Pressed::Button(button) => println!("{button:?}"),
///         Pressed::Held(button) => println!("{button:?}, held for ten seconds"),
///         Pressed::Tag(tag) => println!("the animal with the tag {tag}"),
///     }
/// }
/// ```
#[must_use = "the buttons stop when they are dropped"]
pub fn start(settings: Settings, tell: impl Fn(Pressed) + Send + Clone + 'static) -> Buttons {
    let mut devices = Vec::new();
    let (keypad, layout) = (settings.keypad.clone(), settings.layout);
    if !settings.lines().is_empty() {
        let tell = tell.clone();
        devices.push(watch(settings.gpio.display().to_string(), move |watch| {
            gpio::wait(&settings, watch, &tell)
        }));
    }
    match keypad {
        Keypad::None => {}
        Keypad::Auto => devices.push(watch(keypad::FOLDER.to_owned(), move |watch| {
            keypad::wait_for_any(layout, watch, &tell);
            Ok(())
        })),
        Keypad::Device(path) => {
            devices.push(watch(path.display().to_string(), move |watch| {
                keypad::wait(&path, layout, watch, &tell)
            }));
        }
    }
    Buttons { devices }
}

/// Starts the thread of a device.
fn watch(
    device: String,
    work: impl FnMut(&Watch) -> Result<(), ButtonsError> + Send + 'static,
) -> Supervisor<(), ButtonsError> {
    let supervisor = Supervisor::new(device, ());
    supervisor.spawn(BACK_OFF, work);
    supervisor
}
