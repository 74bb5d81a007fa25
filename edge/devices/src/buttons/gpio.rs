//! Push buttons on the lines of a GPIO chip, by the kernel's character device.

use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind};

use super::debounce::Debounce;
use super::keys::Pressed;
use super::watch::{TICK, Watch};
use super::{ButtonsError, Settings};
use crate::gpio::{self, GpioError};
use screens::Button;


/// What the kernel debounces by itself, where it can.
const DEBOUNCE: Duration = Duration::from_millis(20);

/// Tells of every press as long as that is wanted.
pub(super) fn wait(
    settings: &Settings,
    watch: &Watch,
    tell: &impl Fn(Pressed),
) -> Result<(), ButtonsError> {
    let of_chip = GpioError::of(&settings.gpio);
    let mut contacts: Vec<(Button, u8, Debounce)> = (settings.lines().into_iter())
        .map(|(button, line)| (button, line, Debounce::default()))
        .collect();
    let lines = request(settings)?;
    watch.say(None);
    while watch.is_wanted() {
        if !lines.wait_edge_event(TICK).map_err(&of_chip)? {
            continue;
        }
        let edge = lines.read_edge_event().map_err(&of_chip)?;
        let at = Duration::from_nanos(edge.timestamp_ns);
        let is_closed = edge.kind == EdgeKind::Rising;
        for (button, line, debounce) in &mut contacts {
            if u32::from(*line) == edge.offset && debounce.edge(at, is_closed) {
                tell(Pressed::Button(*button));
            }
        }
    }
    Ok(())
}

/// Takes the lines, as inputs of which every edge is an event.
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
    match settings.active_low {
        true => request.as_active_low().with_bias(Bias::PullUp),
        false => request.as_active_high().with_bias(Bias::PullDown),
    };
    for (_, line) in settings.lines() {
        request.with_line(line.into());
    }
    Ok(request.request().map_err(of_chip)?)
}
