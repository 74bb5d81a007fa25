//! Push buttons on the lines of a GPIO chip, by the kernel's character device.

use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind};
use screens::Button;

use super::debounce::Debounce;
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
    let mut contacts: Vec<(Button, u8, Debounce)> = (settings.lines().into_iter())
        .map(|(button, line)| (button, line, Debounce::default()))
        .collect();
    let lines = request(settings)?;
    watch.succeed(|()| ());
    while !watch.is_stopped() {
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
