//! Agrees with a camera's driver on the pictures that it gives.
//!
//! Most of what is asked here is optional in Video4Linux: a driver may list no formats, sizes or rates,
//! may have no rate that can be read or set, and may answer a request for a format with another one.
//! Only its answer to that request decides whether the camera can be used.

use std::io;

use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC, Fraction};

use super::clip::{HEIGHT, WIDTH};
use super::device::{IMPOSSIBLE, Unusable};
use super::mode::{Agreed, Encoding, Mode, Rate, is_possible, rank};

/// The pictures a second that a camera is asked for: enough for ten frames a second, whenever the
/// pictures come.
const RATE: u32 = 15;

/// The modes to ask a driver for, best first. Where the driver does not list its formats or sizes,
/// those are tried that suit best.
///
/// # Errors
/// Where the driver lists formats of which none is read.
pub fn offers(driver: &impl Capture) -> Result<Vec<Mode>, Unusable> {
    let listed = driver.enum_formats()?;
    let listed: Vec<FourCC> = listed.iter().map(|format| format.fourcc).collect();
    let mut modes = Vec::new();
    for encoding in Encoding::ALL {
        if listed.is_empty() || listed.contains(&encoding.fourcc()) {
            for (width, height) in sizes(driver, encoding) {
                modes.push(Mode {
                    encoding,
                    width,
                    height,
                    rate: rate(driver, encoding, width, height),
                });
            }
        }
    }
    if modes.is_empty() {
        let listed: Vec<String> = listed.into_iter().map(name).collect();
        return Err(Unusable::Encodings(listed.join(", ")));
    }
    rank(&mut modes);
    Ok(modes)
}

/// Asks a driver for one mode after another, until it agrees to one that can be read. That may be
/// another one than was asked for.
///
/// # Errors
/// Why it does not agree to the first one.
pub fn agree(driver: &impl Capture, offers: &[Mode]) -> Result<Agreed, Unusable> {
    let mut first = None;
    for &mode in offers {
        match ask(driver, mode) {
            Ok(agreed) => return Ok(agreed),
            Err(why) => {
                tracing::debug!(%mode, %why, "a camera does not agree to a mode");
                first.get_or_insert(why);
            }
        }
    }
    Err(first.unwrap_or(Unusable::NoCapture))
}

/// Why a device cannot be used whose driver gives this error.
pub(super) fn refusal(driver: &impl Capture, error: io::Error) -> Unusable {
    if error.kind() != io::ErrorKind::ResourceBusy {
        return error.into();
    }
    // A driver that is busy still says what it is busy with.
    match driver.format() {
        Ok(format) => Unusable::Busy {
            now: format!("{} {}x{}", name(format.fourcc), format.width, format.height),
        },
        Err(_) => error.into(),
    }
}

fn ask(driver: &impl Capture, wanted: Mode) -> Result<Agreed, Unusable> {
    let format = Format::new(wanted.width, wanted.height, wanted.encoding.fourcc());
    let format = driver
        .set_format(&format)
        .map_err(|error| refusal(driver, error))?;
    let encoding =
        Encoding::of(format.fourcc).ok_or_else(|| Unusable::Encodings(name(format.fourcc)))?;
    let mode = Mode {
        encoding,
        width: format.width,
        height: format.height,
        rate: set_rate(driver, wanted.rate),
    };
    Agreed::new(mode, format.stride).ok_or_else(|| Unusable::Refused {
        error: IMPOSSIBLE.to_owned(),
    })
}

/// Asks for a rate; returns the one that the driver says it has then. Whatever it says, it will give
/// pictures, and at which rate is of no consequence.
fn set_rate(driver: &impl Capture, wanted: Option<Rate>) -> Option<Rate> {
    if let Some(rate) = wanted
        && let Err(error) = driver.set_params(&Parameters::new(rate.interval()))
    {
        tracing::debug!(%rate, %error, "a camera keeps its own rate");
    }
    let parameters = driver.params().ok()?;
    Rate::every(parameters.interval)
}

/// The sizes of pictures in an encoding; of a range, the one that is nearest to the size of a frame.
fn sizes(driver: &impl Capture, encoding: Encoding) -> Vec<(u32, u32)> {
    let sizes = driver.enum_framesizes(encoding.fourcc());
    let sizes = sizes.unwrap_or_else(|error| {
        tracing::debug!(?encoding, %error, "a camera does not list the sizes of its pictures");
        Vec::new()
    });
    let sizes = sizes.into_iter().map(|size| match size.size {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(range) => (
            nearest(WIDTH, range.min_width, range.max_width, range.step_width),
            nearest(
                HEIGHT,
                range.min_height,
                range.max_height,
                range.step_height,
            ),
        ),
    });
    let sizes: Vec<_> = sizes.filter(|&(w, h)| is_possible(w, h)).collect();
    if sizes.is_empty() {
        return vec![(WIDTH, HEIGHT)];
    }
    sizes
}

/// The largest number up to `wanted` that `least` and whole steps add up to, within `least` and
/// `most`.
fn nearest(wanted: u32, least: u32, most: u32, step: u32) -> u32 {
    let within = wanted.min(most).max(least);
    within - (within - least) % step.max(1)
}

/// The possible rate that is nearest to [`RATE`]; `None` where the driver lists none.
fn rate(driver: &impl Capture, encoding: Encoding, width: u32, height: u32) -> Option<Rate> {
    let intervals = driver.enum_frameintervals(encoding.fourcc(), width, height);
    let intervals = intervals.unwrap_or_else(|error| {
        tracing::debug!(?encoding, %error, "a camera does not list the rates of its pictures");
        Vec::new()
    });
    let away = |rate: &Rate| (rate.per_second() - f64::from(RATE)).abs();
    let rates = intervals
        .into_iter()
        .filter_map(|interval| match interval.interval {
            FrameIntervalEnum::Discrete(interval) => Rate::every(interval),
            FrameIntervalEnum::Stepwise(range) => within(range.min, range.max),
        });
    rates.min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// The rate within a range of intervals that is nearest to [`RATE`].
fn within(shortest: Fraction, longest: Fraction) -> Option<Rate> {
    let wanted = Rate::every(Fraction::new(1, RATE))?;
    let (fastest, slowest) = (Rate::every(shortest)?, Rate::every(longest)?);
    Some(if wanted.per_second() > fastest.per_second() {
        fastest
    } else if wanted.per_second() < slowest.per_second() {
        slowest
    } else {
        wanted
    })
}

/// The characters of a code. A driver may use any bytes.
fn name(fourcc: FourCC) -> String {
    fourcc.repr.escape_ascii().to_string()
}
