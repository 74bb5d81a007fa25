//! Plays a few built-in arrivals, for those who have neither camera nor photographs at hand: a real
//! cat, and two drawings of what is neither cat nor dog.

use image::RgbImage;
use recognise::photo;

use super::CameraError;
use super::clip::ENTRANCE;
use super::player::Photographs;

/// Chelsea the cat, by Stefan van der Walt (CC0), from scikit-image: `examples/chelsea.png`, at a
/// sixth of its size.
static CHELSEA: &[u8] = include_bytes!("../../assets/chelsea.jpg");

/// The photographs of the demo, in a loop.
#[derive(Debug)]
pub struct Demo {
    arrivals: [RgbImage; 3],
    next: usize,
}

impl Demo {
    /// Decodes and draws the photographs.
    ///
    /// # Errors
    /// Where the embedded file is no photograph.
    pub fn new() -> Result<Self, CameraError> {
        Ok(Self {
            arrivals: [chelsea()?, draw(&RABBIT), draw(&BALL)],
            next: 0,
        })
    }
}

impl Photographs for Demo {
    fn next(&mut self) -> Result<RgbImage, CameraError> {
        let photo = self.arrivals[self.next].clone();
        self.next = (self.next + 1) % self.arrivals.len();
        Ok(photo)
    }
}

/// The photograph of Chelsea, a tabby of no breed, of 451 x 300 pixels.
///
/// # Errors
/// Where the embedded file is no photograph.
pub fn chelsea() -> Result<RgbImage, CameraError> {
    Ok(photo::decode(CHELSEA)?)
}

/// An ellipse: its centre and half axes, in pixels, its rotation, in degrees clockwise, and its
/// colour.
type Ellipse = ([f32; 2], [f32; 2], f32, [u8; 3]);

const FUR: [u8; 3] = [196, 178, 158];
const SHADE: [u8; 3] = [164, 146, 128];
const PINK: [u8; 3] = [226, 170, 164];
const WHITE: [u8; 3] = [244, 242, 238];
const BLACK: [u8; 3] = [40, 34, 32];
const RED: [u8; 3] = [206, 62, 52];
const GROUND: [u8; 3] = [96, 86, 76];

const RABBIT: [Ellipse; 16] = [
    ([330.0, 434.0], [200.0, 22.0], 0.0, GROUND),
    ([502.0, 372.0], [36.0, 34.0], 0.0, WHITE),
    ([380.0, 330.0], [136.0, 102.0], 10.0, FUR),
    ([420.0, 370.0], [78.0, 58.0], 0.0, SHADE),
    ([236.0, 112.0], [24.0, 92.0], -10.0, SHADE),
    ([236.0, 118.0], [12.0, 72.0], -10.0, PINK),
    ([284.0, 110.0], [24.0, 94.0], 12.0, FUR),
    ([284.0, 116.0], [12.0, 74.0], 12.0, PINK),
    ([248.0, 246.0], [82.0, 70.0], -6.0, FUR),
    ([214.0, 274.0], [42.0, 32.0], 0.0, WHITE),
    ([226.0, 230.0], [13.0, 16.0], 0.0, BLACK),
    ([230.0, 224.0], [4.0, 5.0], 0.0, WHITE),
    ([180.0, 262.0], [11.0, 8.0], 0.0, PINK),
    ([290.0, 414.0], [44.0, 20.0], 0.0, WHITE),
    ([440.0, 420.0], [66.0, 22.0], 0.0, WHITE),
    ([276.0, 340.0], [26.0, 56.0], -14.0, WHITE),
];

const BALL: [Ellipse; 5] = [
    ([330.0, 428.0], [150.0, 20.0], 0.0, GROUND),
    ([320.0, 290.0], [140.0, 140.0], 0.0, RED),
    ([320.0, 290.0], [140.0, 48.0], -24.0, WHITE),
    ([320.0, 290.0], [137.0, 22.0], -24.0, RED),
    ([262.0, 226.0], [32.0, 20.0], -38.0, WHITE),
];

/// Draws ellipses before the entrance, the last one in front.
fn draw(ellipses: &[Ellipse]) -> RgbImage {
    let mut picture = ENTRANCE.clone();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        for ellipse in ellipses {
            let cover = cover(ellipse, x as f32 + 0.5, y as f32 + 0.5);
            for (value, front) in pixel.0.iter_mut().zip(ellipse.3) {
                let behind = f32::from(*value);
                *value = (behind + cover * (f32::from(front) - behind)) as u8;
            }
        }
    }
    picture
}

/// The share of a pixel that the ellipse covers, 0 to 1: its edge is about a pixel wide.
fn cover(&([cx, cy], [a, b], degrees, _): &Ellipse, x: f32, y: f32) -> f32 {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let [x, y] = [x - cx, y - cy];
    let (x, y) = ((x * cos + y * sin) / a, (y * cos - x * sin) / b);
    // `hypot` would need a glibc of 2.35.
    let radius = (x * x + y * y).sqrt();
    ((1.0 - radius) * a.min(b) + 0.5).clamp(0.0, 1.0)
}
