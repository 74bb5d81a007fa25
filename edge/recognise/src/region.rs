//! Rectangles in pictures of any size.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rectangle in a picture: its corners as shares of the picture's width and height, 0 to 1. It has
/// an area and lies within the picture.
///
/// ```
/// use recognise::Region;
///
/// let left_half = Region::new(-0.2, 0.0, 0.5, 1.0).unwrap();
/// assert_eq!(left_half.corners(), [0.0, 0.0, 0.5, 1.0]);
/// assert_eq!(left_half.pixels(640, 480), [0, 0, 320, 480]);
/// assert_eq!(left_half.iou(Region::WHOLE), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f32; 4]", try_from = "[f32; 4]")]
pub struct Region {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// The error for four numbers that are not the corners of a rectangle in a picture.
#[derive(Debug, Error)]
#[error("a box is [left, top, right, bottom] in shares of the picture, and has an area")]
pub struct NoRegion;

impl Region {
    /// The whole picture.
    pub const WHOLE: Self = Self {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };

    /// The part within the picture of a rectangle with these sides, in shares of the picture's width
    /// and height. `None` if one of them is not finite, or nothing of it lies within the picture.
    #[must_use]
    pub fn new(left: f32, top: f32, right: f32, bottom: f32) -> Option<Self> {
        let corners = [left, top, right, bottom];
        if !corners.iter().all(|side| side.is_finite()) {
            return None;
        }
        let [left, top, right, bottom] = corners.map(|side| side.clamp(0.0, 1.0));
        let region = Self {
            left,
            top,
            right,
            bottom,
        };
        (left < right && top < bottom).then_some(region)
    }

    /// Left, top, right and bottom.
    #[must_use]
    pub fn corners(self) -> [f32; 4] {
        [self.left, self.top, self.right, self.bottom]
    }

    /// Its share of the picture's width.
    #[must_use]
    pub fn width(self) -> f32 {
        self.right - self.left
    }

    /// Its share of the picture's height.
    #[must_use]
    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    /// Its share of the picture's area.
    #[must_use]
    pub fn area(self) -> f32 {
        self.width() * self.height()
    }

    /// Across and down, in shares of the picture's width and height.
    #[must_use]
    pub fn centre(self) -> [f32; 2] {
        [
            f32::midpoint(self.left, self.right),
            f32::midpoint(self.top, self.bottom),
        ]
    }

    /// Intersection over union with another region of the same picture: 0 if they do not meet, 1 if
    /// they are the same.
    #[must_use]
    pub fn iou(self, other: Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        let common = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// Left, top, width and height in a picture of `width` x `height` pixels: at least one pixel,
    /// unless the picture has none.
    #[must_use]
    pub fn pixels(self, width: u32, height: u32) -> [u32; 4] {
        let [left, columns] = side_in_pixels([self.left, self.right], width);
        let [top, rows] = side_in_pixels([self.top, self.bottom], height);
        [left, top, columns, rows]
    }

    /// Each side moved out by that share of the width or height, within the picture.
    #[must_use]
    pub fn with_margin(self, margin: f32) -> Self {
        let (across, down) = (margin * self.width(), margin * self.height());
        Self {
            left: (self.left - across).max(0.0),
            top: (self.top - down).max(0.0),
            right: (self.right + across).min(1.0),
            bottom: (self.bottom + down).min(1.0),
        }
    }

    /// The same with its shorter side as long as the longer one, in a picture of `width` x `height`
    /// pixels: around the same centre, or moved as far as is needed to stay within the picture; the
    /// picture's whole side if that is shorter.
    pub(crate) fn squared(self, width: u32, height: u32) -> Self {
        let [width, height] = [width, height].map(|pixels| pixels as f32);
        let longest = (self.width() * width).max(self.height() * height);
        let [left, right] = widened([self.left, self.right], longest / width);
        let [top, bottom] = widened([self.top, self.bottom], longest / height);
        Self::new(left, top, right, bottom).unwrap_or(self)
    }
}

/// The interval at least `length` long, 0 to 1.
fn widened([start, end]: [f32; 2], length: f32) -> [f32; 2] {
    let length = length.min(1.0);
    if end - start >= length {
        return [start, end];
    }
    let start = (f32::midpoint(start, end) - length / 2.0).clamp(0.0, 1.0 - length);
    [start, start + length]
}

/// First pixel and number of pixels of an interval of a line that has `length` of them.
fn side_in_pixels(ends: [f32; 2], length: u32) -> [u32; 2] {
    let [start, end] = ends.map(|end| (f64::from(end) * f64::from(length)).round() as u32);
    let start = start.min(length.saturating_sub(1));
    let end = end.max(start + 1).min(length);
    [start, end - start]
}

impl From<Region> for [f32; 4] {
    fn from(region: Region) -> Self {
        region.corners()
    }
}

impl TryFrom<[f32; 4]> for Region {
    type Error = NoRegion;

    fn try_from([left, top, right, bottom]: [f32; 4]) -> Result<Self, NoRegion> {
        Self::new(left, top, right, bottom).ok_or(NoRegion)
    }
}
