//! What spoils a picture: the fifteen corruptions of ImageNet-C and conditions of a kiosk's camera.
//!
//! Corruptions are drawn from their description in Hendrycks & Dietterich, "Benchmarking Neural Network
//! Robustness to Common Corruptions and Perturbations", ICLR 2019, with the strengths of its benchmark.
//! Differences: frost is drawn rather than blended from photographs of frost, a bend and a stretch
//! (elastic transform) are one resampling instead of two, wide Gaussians are three box filters, the
//! picture goes on mirrored beyond its edges everywhere, and JPEG keeps colour at full resolution. Figures
//! measured here compare with one another, not with published ones.
//!
//! Everything is a function of the picture, the severity and the generator: the same three give the same
//! bytes.

mod blur;
mod condition;
mod digital;
mod noise;
mod plane;
mod scale;
mod weather;

use image::RgbImage;
use rand::Rng;

pub use condition::Condition;
pub use scale::{LONGEST, SCALE, to_scale};

pub(crate) use digital::jpeg;
pub(crate) use scale::resized;

/// A corruption of ImageNet-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Corruption {
    /// Noise of a sensor in low light, the same in dark and bright parts.
    GaussianNoise,
    /// Noise of counted photons: grows with brightness.
    ShotNoise,
    /// Values that are stuck at nothing or at full.
    ImpulseNoise,
    /// Out of focus.
    DefocusBlur,
    /// Seen through frosted glass.
    GlassBlur,
    /// The camera moves sideways while the shutter is open.
    MotionBlur,
    /// The camera moves towards the animal while the shutter is open.
    ZoomBlur,
    /// Flakes that fall past the camera.
    Snow,
    /// Ice crystals on the lens.
    Frost,
    /// Fog, thicker in some places.
    Fog,
    /// Overexposed.
    Brightness,
    /// Flat light.
    Contrast,
    /// Bent and stretched.
    ElasticTransform,
    /// Enlarged from fewer pixels.
    Pixelate,
    /// Stored as a small JPEG.
    JpegCompression,
}

/// The kinds into which the benchmark sorts its corruptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Each value by itself.
    Noise,
    /// Values mixed with their neighbours.
    Blur,
    /// What is between the camera and the animal, and the light.
    Weather,
    /// What happens to a picture after it was taken.
    Digital,
}

impl Group {
    /// In the order of the benchmark.
    pub const ALL: [Self; 4] = [Self::Noise, Self::Blur, Self::Weather, Self::Digital];

    /// The benchmark's name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Blur => "blur",
            Self::Weather => "weather",
            Self::Digital => "digital",
        }
    }
}

/// How strong a corruption is: 1, the weakest, to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// From the weakest to the strongest.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// `None` for a level that is not 1 to 5.
    pub fn new(level: u8) -> Option<Self> {
        (1..=5).contains(&level).then_some(Self(level))
    }

    /// 1 to 5.
    pub fn level(self) -> u8 {
        self.0
    }

    /// The one of five strengths that is this severity's.
    fn of<T: Copy>(self, strengths: [T; 5]) -> T {
        strengths[usize::from(self.0) - 1]
    }
}

impl Corruption {
    /// In the order of the benchmark.
    pub const ALL: [Self; 15] = [
        Self::GaussianNoise,
        Self::ShotNoise,
        Self::ImpulseNoise,
        Self::DefocusBlur,
        Self::GlassBlur,
        Self::MotionBlur,
        Self::ZoomBlur,
        Self::Snow,
        Self::Frost,
        Self::Fog,
        Self::Brightness,
        Self::Contrast,
        Self::ElasticTransform,
        Self::Pixelate,
        Self::JpegCompression,
    ];

    /// The benchmark's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GaussianNoise => "gaussian_noise",
            Self::ShotNoise => "shot_noise",
            Self::ImpulseNoise => "impulse_noise",
            Self::DefocusBlur => "defocus_blur",
            Self::GlassBlur => "glass_blur",
            Self::MotionBlur => "motion_blur",
            Self::ZoomBlur => "zoom_blur",
            Self::Snow => "snow",
            Self::Frost => "frost",
            Self::Fog => "fog",
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::ElasticTransform => "elastic_transform",
            Self::Pixelate => "pixelate",
            Self::JpegCompression => "jpeg_compression",
        }
    }

    /// Where the benchmark sorts it.
    pub fn group(self) -> Group {
        match self {
            Self::GaussianNoise | Self::ShotNoise | Self::ImpulseNoise => Group::Noise,
            Self::DefocusBlur | Self::GlassBlur | Self::MotionBlur | Self::ZoomBlur => Group::Blur,
            Self::Snow | Self::Frost | Self::Fog | Self::Brightness => Group::Weather,
            Self::Contrast | Self::ElasticTransform | Self::Pixelate | Self::JpegCompression => {
                Group::Digital
            }
        }
    }

    /// The picture, spoilt; its size stays.
    ///
    /// Widths of blurs and sizes of flakes are in pixels, and meant for pictures of [`to_scale`]. On average
    /// more severe is a larger squared error, but where the published strengths step from one way of
    /// spoiling to another: glass blur from 1 to 2 (pixels move further, but once instead of twice), snow
    /// from 2 to 3 (fewer flakes, but larger), frost from 3 to 4 (as much of it, over less of the picture),
    /// fog from 3 to 4 (as thick, but less even) and the elastic transform from 2 to 3 (ripples rather than
    /// shears).
    pub fn apply(self, picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
        if picture.is_empty() {
            return picture.clone();
        }
        match self {
            Self::GaussianNoise => noise::gaussian(picture, severity, rng),
            Self::ShotNoise => noise::shot(picture, severity, rng),
            Self::ImpulseNoise => noise::impulse(picture, severity, rng),
            Self::DefocusBlur => blur::defocus(picture, severity),
            Self::GlassBlur => blur::glass(picture, severity, rng),
            Self::MotionBlur => blur::motion(picture, severity, rng),
            Self::ZoomBlur => blur::zoom(picture, severity),
            Self::Snow => weather::snow(picture, severity, rng),
            Self::Frost => weather::frost(picture, severity, rng),
            Self::Fog => weather::fog(picture, severity, rng),
            Self::Brightness => weather::brightness(picture, severity),
            Self::Contrast => digital::contrast(picture, severity),
            Self::ElasticTransform => digital::elastic(picture, severity, rng),
            Self::Pixelate => digital::pixelate(picture, severity),
            Self::JpegCompression => digital::compress(picture, severity),
        }
    }
}
