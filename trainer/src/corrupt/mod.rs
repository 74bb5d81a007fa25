//! Corrupts pictures, to measure how robust a network is: the fifteen corruptions of ImageNet-C and the conditions of a
//! kiosk's camera.
//!
//! The corruptions follow their description in Hendrycks & Dietterich, "Benchmarking Neural Network Robustness to
//! Common Corruptions and Perturbations", ICLR 2019, with the strengths of that benchmark. They differ from it in a few
//! points: frost is generated instead of blended from photographs of frost, the elastic transform resamples once
//! instead of twice, wide Gaussians are approximated by three box filters, pictures are continued by reflection beyond
//! their edges everywhere, and JPEG keeps colour at full resolution. So figures measured here can be compared with one
//! another, but not with published ones.
//!
//! The same picture, severity and random numbers give the same bytes.

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
///
/// ```
/// use image::{Rgb, RgbImage};
/// use rand::SeedableRng;
/// use rand_chacha::ChaCha8Rng;
/// use trainer::corrupt::{Corruption, Severity, to_scale};
///
/// let photo = to_scale(&RgbImage::from_pixel(640, 480, Rgb([200, 120, 60])));
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let noisy = Corruption::GaussianNoise.apply(&photo, Severity::ALL[2], &mut rng);
/// assert_eq!(noisy.dimensions(), photo.dimensions());
/// assert_ne!(noisy, photo);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Corruption {
    /// Normal noise of a sensor in low light, as strong in dark parts as in bright ones.
    GaussianNoise,
    /// Poisson noise of counted photons, stronger in bright parts.
    ShotNoise,
    /// Single values that are stuck at zero or at the maximum.
    ImpulseNoise,
    /// The lens is out of focus.
    DefocusBlur,
    /// A pane of frosted glass is before the camera.
    GlassBlur,
    /// The camera moves sideways while the shutter is open.
    MotionBlur,
    /// The camera moves towards the animal while the shutter is open.
    ZoomBlur,
    /// Snow falls before the camera.
    Snow,
    /// Ice crystals cover the lens.
    Frost,
    /// Fog of uneven thickness.
    Fog,
    /// The picture is overexposed.
    Brightness,
    /// The light is flat.
    Contrast,
    /// The picture is bent and stretched.
    ElasticTransform,
    /// The picture is enlarged from fewer pixels.
    Pixelate,
    /// The picture is stored as a small JPEG.
    JpegCompression,
}

/// The groups of the benchmark's corruptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Changes each value independently.
    Noise,
    /// Mixes values with those of neighbouring pixels.
    Blur,
    /// Changes the light, or puts something between camera and animal.
    Weather,
    /// Changes the picture after it was taken.
    Digital,
}

impl Group {
    /// All groups, in the order of the benchmark.
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

/// The strength of a corruption, from 1 (weakest) to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// From the weakest to the strongest.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// The severity of a level from 1 to 5; `None` for any other.
    pub fn new(level: u8) -> Option<Self> {
        (1..=5).contains(&level).then_some(Self(level))
    }

    /// 1 to 5.
    pub fn level(self) -> u8 {
        self.0
    }

    /// Picks this severity's strength out of five.
    fn of<T: Copy>(self, strengths: [T; 5]) -> T {
        strengths[usize::from(self.0) - 1]
    }
}

impl Corruption {
    /// All corruptions, in the order of the benchmark.
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

    /// Its group in the benchmark.
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

    /// The corrupted picture, of the same size.
    ///
    /// Widths of blurs and sizes of flakes are in pixels, for pictures at the scale of [`to_scale`]. The mean squared
    /// error grows with the severity on average, except where the published strengths change the kind of damage:
    /// glass blur from 1 to 2 (pixels move further, but once instead of twice), snow from 2 to 3 (fewer but larger
    /// flakes), frost from 3 to 4 (as much frost, but over less of the picture), fog from 3 to 4 (as thick, but less
    /// even) and the elastic transform from 2 to 3 (ripples instead of shears).
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
