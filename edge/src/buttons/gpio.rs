//! Push buttons on the lines of a GPIO chip, by the kernel's character device.

use std::time::Duration;

use gpiocdev::line::{Bias, EdgeDetection, EdgeKind};
use gpiocdev::{Chip, Request};

use super::debounce::Debounce;
use super::watch::{TICK, Watch};
use super::{ButtonsError, Settings};
use crate::kiosk::{Button, Command};

/// Who has the lines, as the kernel shows it to others.
const CONSUMER: &str = "breed-kiosk";

/// What the kernel debounces by itself, where it can.
const DEBOUNCE: Duration = Duration::from_millis(20);

/// Tells of every press as long as that is wanted.
pub(super) fn wait(
    settings: &Settings,
    watch: &Watch,
    tell: &impl Fn(Command),
) -> Result<(), ButtonsError> {
    let of_chip = ButtonsError::chip(&settings.gpio);
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
                tell(Command::Press(*button));
            }
        }
    }
    Ok(())
}

/// Takes the lines, as inputs of which every edge is an event.
fn request(settings: &Settings) -> Result<Request, ButtonsError> {
    let of_chip = ButtonsError::chip(&settings.gpio);
    let chip = Chip::from_path(&settings.gpio).map_err(&of_chip)?;
    let count = chip.info().map_err(&of_chip)?.num_lines;
    let mut request = Request::builder();
    request
        .on_chip(&settings.gpio)
        .with_consumer(CONSUMER)
        .as_input()
        .with_edge_detection(EdgeDetection::BothEdges)
        .with_debounce_period(DEBOUNCE);
    match settings.active_low {
        true => request.as_active_low().with_bias(Bias::PullUp),
        false => request.as_active_high().with_bias(Bias::PullDown),
    };
    for (_, line) in settings.lines() {
        check(settings, &chip, line, count)?;
        request.with_line(line.into());
    }
    request.request().map_err(of_chip)
}

/// Says of a line that cannot be had why, which the kernel's answer to the request does not.
fn check(settings: &Settings, chip: &Chip, line: u8, count: u32) -> Result<(), ButtonsError> {
    if u32::from(line) >= count {
        return Err(ButtonsError::TooFewLines {
            chip: settings.gpio.clone(),
            line,
            lines: count,
        });
    }
    let about = chip
        .line_info(line.into())
        .map_err(ButtonsError::chip(&settings.gpio))?;
    match about.used {
        true => Err(ButtonsError::LineInUse {
            chip: settings.gpio.clone(),
            line,
            by: about.consumer,
        }),
        false => Ok(()),
    }
}
