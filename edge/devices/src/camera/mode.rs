//! The formats of a camera's pictures, and which of them suits best.

use std::fmt;
use std::ops::RangeInclusive;

use v4l::{FourCC, Fraction};

use super::clip::{HEIGHT, WIDTH};

/// The rates that suffice, in whole pictures a second: ten frames a second are needed.
const RATES: RangeInclusive<u32> = 10..=30;

/// The lengths that a picture's side can have, in pixels.
const SIDES: RangeInclusive<u32> = 16..=8192;

/// A format in which a camera gives pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// How a picture's pixels are encoded.
    pub encoding: Encoding,
    /// The width of a picture, in pixels.
    pub width: u32,
    /// The height of a picture, in pixels.
    pub height: u32,
    /// Pictures a second, where the driver says it.
    pub rate: Option<Rate>,
}

/// How the pixels of a picture are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Brightness of each pixel and colour of each two: 16 bits a pixel. The cheapest to decode.
    Yuyv,
    /// Brightness of all pixels, then colour of each four: 12 bits a pixel.
    Nv12,
    /// A JPEG for each picture.
    Mjpeg,
    /// The same under its other name in Video4Linux.
    Jpeg,
}

impl Encoding {
    /// All of them, the cheapest to decode first.
    pub const ALL: [Self; 4] = [Self::Yuyv, Self::Nv12, Self::Mjpeg, Self::Jpeg];

    /// Its four-character code in Video4Linux.
    #[must_use]
    pub fn fourcc(self) -> FourCC {
        FourCC::new(match self {
            Self::Yuyv => b"YUYV",
            Self::Nv12 => b"NV12",
            Self::Mjpeg => b"MJPG",
            Self::Jpeg => b"JPEG",
        })
    }

    /// The encoding of a four-character code; `None` where it is not read.
    #[must_use]
    pub fn of(fourcc: FourCC) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|encoding| encoding.fourcc() == fourcc)
    }
}

/// Pictures a second: a fraction, since many cameras give 30000/1001 or 15/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pictures: u32,
    seconds: u32,
}

impl Rate {
    /// The rate of one picture in each `interval`, in seconds; `None` where one of its numbers is 0,
    /// as broken drivers and those without a rate say.
    #[must_use]
    pub fn every(interval: Fraction) -> Option<Self> {
        let (pictures, seconds) = (interval.denominator, interval.numerator);
        (pictures > 0 && seconds > 0).then_some(Self { pictures, seconds })
    }

    /// The time between two pictures, in seconds.
    #[must_use]
    pub fn interval(self) -> Fraction {
        Fraction::new(self.seconds, self.pictures)
    }

    /// Pictures a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        f64::from(self.pictures) / f64::from(self.seconds)
    }

    fn suffices(self) -> bool {
        RATES.contains(&(self.per_second().round() as u32))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.per_second() * 100.0).round() / 100.0)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, .. } = self;
        write!(f, "{} {width}x{height}", self.encoding.fourcc())?;
        match self.rate {
            Some(rate) => write!(f, ", {rate} a second"),
            None => Ok(()),
        }
    }
}

/// Sorts modes, best first: fast enough, near to the size of a frame, cheap to decode.
pub fn rank(modes: &mut [Mode]) {
    modes.sort_by_key(|mode| {
        let away = |side: u32, wanted: u32| u64::from(side.abs_diff(wanted)).pow(2);
        let distance = away(mode.width, WIDTH) + away(mode.height, HEIGHT);
        let suits = mode.rate.is_none_or(Rate::suffices);
        (!suits, distance, mode.encoding)
    });
}

/// Whether a picture can have this width and height. Broken drivers name sides of no pixels, and some
/// that no camera has.
pub(super) fn is_possible(width: u32, height: u32) -> bool {
    SIDES.contains(&width) && SIDES.contains(&height)
}

/// The pictures that a driver has agreed to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    mode: Mode,
    stride: usize,
}

impl Agreed {
    /// `stride` is the number of bytes from the start of a row to the start of the next one, as the
    /// driver says. A row that does not fit it, since the driver says 0, is taken to be followed by the
    /// next one at once. `None` where no picture has such a size.
    #[must_use]
    pub fn new(mode: Mode, stride: u32) -> Option<Self> {
        if !is_possible(mode.width, mode.height) {
            return None;
        }
        let (row, unpadded) = match mode.encoding {
            Encoding::Yuyv => (mode.width * 2, mode.width.next_multiple_of(2) * 2),
            Encoding::Nv12 | Encoding::Mjpeg | Encoding::Jpeg => (mode.width, mode.width),
        };
        let stride = if stride < row { unpadded } else { stride };
        Some(Self {
            mode,
            stride: stride as usize,
        })
    }

    /// JPEGs of the size of a frame, which is what programs are asked for. Those of another size are
    /// read all the same.
    pub(super) fn mjpeg() -> Self {
        Self {
            mode: Mode {
                encoding: Encoding::Mjpeg,
                width: WIDTH,
                height: HEIGHT,
                rate: None,
            },
            stride: WIDTH as usize,
        }
    }

    /// The format of the pictures.
    #[must_use]
    pub fn mode(self) -> Mode {
        self.mode
    }

    /// The number of bytes from the start of a row to the start of the next one, at least those of
    /// the row's pixels. In NV12 it is that of the brightness. It means nothing for a JPEG.
    #[must_use]
    pub fn stride(self) -> usize {
        self.stride
    }
}
