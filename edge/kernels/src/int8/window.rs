//! The windows that convolutions and pools read.

use super::map::{Map, Rows, View};

/// The pixels of a map that each pixel of the next map is made of. Of each pair, rows come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many rows and columns of pixels; at least 1.
    pub taps: [usize; 2],
    /// The distance from a row or column of a window to the next, in pixels; at least 1.
    pub dilation: [usize; 2],
    /// The distance from a window to the next, in pixels; at least 1.
    pub stride: [usize; 2],
    /// How far the first window reaches beyond the map, above it and on its left, in pixels.
    pub pads: [usize; 2],
}

impl Window {
    /// How many rows and columns it spans, those between its pixels included.
    #[must_use]
    pub fn extent(&self) -> [usize; 2] {
        std::array::from_fn(|axis| self.taps[axis].saturating_sub(1) * self.dilation[axis] + 1)
    }

    /// How many pixels it has.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.taps[0] * self.taps[1]
    }

    /// Asserts that the windows of all these pixels lie within the map and its border.
    pub(super) fn check(&self, from: View<'_>, to: &Rows<'_>) {
        let (map, extent) = (from.map, self.extent());
        let fits = |axis: usize, count: usize, size: usize| {
            let end = count.saturating_sub(1) * self.stride[axis] + extent[axis];
            self.pads[axis] <= map.border && end <= size + self.pads[axis] + map.border
        };
        assert!(fits(0, to.rows.end, map.height) && fits(1, to.map.width, map.width));
        assert!(from.bytes.len() >= map.buffer() && to.is_sound());
    }

    /// The index of the first byte of a window's first pixel, which may lie in the border.
    #[inline(always)]
    pub(super) fn corner(&self, map: Map, y: usize, x: usize) -> usize {
        let [top, left] = self.pads.map(|pad| map.border - pad);
        map.bordered(top + y * self.stride[0], left + x * self.stride[1])
    }

    /// How many bytes behind its first pixel another one of its pixels is.
    #[inline(always)]
    pub(super) fn tap(&self, map: Map, row: usize, column: usize) -> usize {
        map.bordered(row * self.dilation[0], column * self.dilation[1])
    }

    /// The rows (`axis` 0) or columns (1) of the window `index` that lie within a map of `size` of
    /// them.
    #[inline(always)]
    pub(super) fn inside(
        self,
        axis: usize,
        index: usize,
        size: usize,
    ) -> impl Iterator<Item = usize> {
        (0..self.taps[axis]).filter_map(move |tap| {
            let at = index * self.stride[axis] + tap * self.dilation[axis];
            at.checked_sub(self.pads[axis]).filter(|&at| at < size)
        })
    }
}
