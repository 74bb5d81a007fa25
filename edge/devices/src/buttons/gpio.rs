//! Push buttons on the lines of a GPIO chip, by the kernel's character device.

use std::time::{Duration, Instant};

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeEvent, EdgeKind, Offset, Value};
use screens::Button;

use super::debounce::Debounce;
use super::hold::Hold;
use super::keys::Pressed;
use super::{ButtonsError, Settings, TICK, Watch};
use crate::gpio::{self, GpioError};

/// The period for which the kernel itself debounces a line, where it can.
const DEBOUNCE: Duration = Duration::from_millis(20);

/// Tells of every press until the thread is to end.
pub(super) fn wait(
    settings: &Settings,
    watch: &Watch,
    tell: &impl Fn(Pressed),
) -> Result<(), ButtonsError> {
    let of_chip = GpioError::of(&settings.gpio);
    let mut contacts: Vec<Contact> = settings.lines().into_iter().map(Contact::new).collect();
    let lines = request(settings)?;
    watch.succeed(|()| ());
    let start = Instant::now();
    while !watch.is_stopped() {
        if lines.wait_edge_event(TICK).map_err(&of_chip)? {
            let edge = lines.read_edge_event().map_err(&of_chip)?;
            let mut contacts = contacts.iter_mut();
            if let Some(contact) = contacts.find(|contact| contact.line == edge.offset) {
                contact.edge(&edge, start.elapsed(), tell);
            }
        }
        for contact in &mut contacts {
            if !contact.hold.is_due(start.elapsed()) {
                continue;
            }
            // The edge of its release may have been read too late to be seen as one.
            let value = lines.value(contact.line).map_err(&of_chip)?;
            if value == Value::Active {
                tell(Pressed::Held(contact.button));
            }
        }
    }
    Ok(())
}

/// A push button.
struct Contact {
    button: Button,
    line: Offset,
    debounce: Debounce,
    hold: Hold,
}

impl Contact {
    fn new((button, line): (Button, u8)) -> Self {
        Self {
            button,
            line: line.into(),
            debounce: Debounce::default(),
            hold: Hold::default(),
        }
    }

    /// Takes in that it closed or opened, which was noticed at `now`.
    fn edge(&mut self, edge: &EdgeEvent, now: Duration, tell: &impl Fn(Pressed)) {
        let is_closed = edge.kind == EdgeKind::Rising;
        if is_closed {
            self.hold.press(now);
        } else {
            self.hold.release();
        }
        let at = Duration::from_nanos(edge.timestamp_ns);
        if self.debounce.edge(at, is_closed) {
            tell(Pressed::Button(self.button));
        }
    }
}

/// Requests the lines as inputs that report every edge.
fn request(settings: &Settings) -> Result<Request, ButtonsError> {
    let of_chip = GpioError::of(&settings.gpio);
    let lines = settings.lines().into_iter().map(|(_, line)| line);
    gpio::check(&settings.gpio, lines)?;
    let mut request = Request::builder();
    request
        .on_chip(&settings.gpio)
        .with_consumer(gpio::CONSUMER)
        .as_input()
        .with_edge_detection(EdgeDetection::BothEdges)
        .with_debounce_period(DEBOUNCE);
    if settings.active_low {
        request.as_active_low().with_bias(Bias::PullUp);
    } else {
        request.as_active_high().with_bias(Bias::PullDown);
    }
    for (_, line) in settings.lines() {
        request.with_line(line.into());
    }
    Ok(request.request().map_err(of_chip)?)
}
