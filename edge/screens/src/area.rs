//! Divides the screen into rectangles.

use embedded_graphics::prelude::{Point, Size};
use embedded_graphics::primitives::Rectangle;

/// A rectangle of pixels. Its sides are never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Area {
    pub(crate) fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        let (width, height) = (width.max(0), height.max(0));
        Self {
            x,
            y,
            width,
            height,
        }
    }

    pub(crate) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// Cuts `height` off the top. Returns the part that is cut off, and the rest below `gap`.
    pub(crate) fn cut_top(self, height: i32, gap: i32) -> (Self, Self) {
        let height = height.clamp(0, self.height);
        let below = (height + gap).min(self.height);
        (
            Self { height, ..self },
            Self::new(self.x, self.y + below, self.width, self.height - below),
        )
    }

    /// Cuts `height` off the bottom. Returns the rest above `gap`, and the part that is cut off.
    pub(crate) fn cut_bottom(self, height: i32, gap: i32) -> (Self, Self) {
        let height = height.clamp(0, self.height);
        let (above, _) = self.cut_top(self.height - height - gap, 0);
        let y = self.bottom() - height;
        (above, Self { y, height, ..self })
    }

    /// Cuts `width` off the left. Returns the part that is cut off, and the rest beyond `gap`.
    pub(crate) fn cut_left(self, width: i32, gap: i32) -> (Self, Self) {
        let width = width.clamp(0, self.width);
        let beyond = (width + gap).min(self.width);
        (
            Self { width, ..self },
            Self::new(self.x + beyond, self.y, self.width - beyond, self.height),
        )
    }

    /// Cuts `width` off the right. Returns the rest before `gap`, and the part that is cut off.
    pub(crate) fn cut_right(self, width: i32, gap: i32) -> (Self, Self) {
        let width = width.clamp(0, self.width);
        let (before, _) = self.cut_left(self.width - width - gap, 0);
        let x = self.right() - width;
        (before, Self { x, width, ..self })
    }

    /// Three columns of equal width, `gap` apart.
    pub(crate) fn columns(self, gap: i32) -> [Self; 3] {
        let edge = |i: i32| i * (self.width + gap) / 3;
        [0, 1, 2].map(|i| {
            let width = edge(i + 1) - edge(i) - gap;
            Self::new(self.x + edge(i), self.y, width, self.height)
        })
    }

    /// `count` rows of equal height, `gap` apart.
    pub(crate) fn rows(self, count: i32, gap: i32) -> impl Iterator<Item = Self> {
        let count = count.max(1);
        let edge = move |i: i32| i * (self.height + gap) / count;
        (0..count).map(move |i| {
            let height = edge(i + 1) - edge(i) - gap;
            Self::new(self.x, self.y + edge(i), self.width, height)
        })
    }

    /// The area without a margin of `across` on the left and right and of `down` above and below.
    pub(crate) fn inset(self, across: i32, down: i32) -> Self {
        let (across, down) = (across.min(self.width / 2), down.min(self.height / 2));
        let (width, height) = (self.width - 2 * across, self.height - 2 * down);
        Self::new(self.x + across, self.y + down, width, height)
    }

    /// The largest square, in the middle of the area.
    pub(crate) fn square(self) -> Self {
        let side = self.width.min(self.height);
        self.inset((self.width - side) / 2, (self.height - side) / 2)
            .cut_top(side, 0)
            .0
            .cut_left(side, 0)
            .0
    }
}

impl From<Area> for Rectangle {
    fn from(area: Area) -> Self {
        let size = Size::new(area.width.unsigned_abs(), area.height.unsigned_abs());
        Self::new(Point::new(area.x, area.y), size)
    }
}
