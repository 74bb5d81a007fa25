//! The pixels of a screen: outlines filled, pictures made smaller.

use ab_glyph::OutlinedGlyph;

/// How finely edges are smoothed. No eye sees more steps, and frames with fewer colours are half as
/// large as files.
const STEPS: u32 = 16;

/// What is drawn on. What would lie outside of it is left out.
#[derive(Debug)]
pub struct Frame<'a> {
    /// RGB, row by row.
    pub pixels: &'a mut [u8],
    /// Pixels of a row.
    pub width: usize,
    /// Whether a pixel is covered wholly or not at all.
    pub one_bit: bool,
}

/// Fills an outline, each pixel in the colour that `colour` has for its place, across and down.
#[inline(never)]
pub fn fill(frame: &mut Frame<'_>, outline: &OutlinedGlyph, colour: &dyn Fn(i32, i32) -> [u8; 3]) {
    let corner = outline.px_bounds().min;
    let (left, top) = (corner.x as i32, corner.y as i32);
    outline.draw(|x, y, coverage| {
        let steps = match frame.one_bit {
            false => (coverage * STEPS as f32 + 0.5) as u32,
            true if coverage >= 0.5 => STEPS,
            true => 0,
        };
        // Most pixels around a letter are not covered at all.
        if steps > 0 {
            let (x, y) = (left.wrapping_add_unsigned(x), top.wrapping_add_unsigned(y));
            frame.blend(x, y, colour(x, y), steps);
        }
    });
}

impl Frame<'_> {
    fn blend(&mut self, x: i32, y: i32, over: [u8; 3], steps: u32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        let (pixels, _) = self.pixels.as_chunks_mut::<3>();
        let place = y.saturating_mul(self.width).saturating_add(x);
        let Some(pixel) = pixels.get_mut(place).filter(|_| x < self.width) else {
            return;
        };
        if steps >= STEPS {
            *pixel = over;
            return;
        }
        for (under, over) in pixel.iter_mut().zip(over) {
            let mixed = u32::from(*under) * (STEPS - steps) + u32::from(over) * steps;
            *under = ((mixed + STEPS / 2) / STEPS) as u8;
        }
    }
}

/// A picture made smaller: of what becomes a pixel the mean of four points.
///
/// The picture is RGB in lines of `width` pixels. `across` has the two columns that each column of `small` is made of,
/// `down` the two rows of each row.
///
/// # Panics
/// Where the picture has no such columns or rows.
#[inline(never)]
pub fn shrink(picture: &[u8], width: usize, [across, down]: [&[[usize; 2]]; 2], small: &mut [u8]) {
    let (points, _) = picture.as_chunks::<3>();
    let (small, _) = small.as_chunks_mut::<3>();
    for (row, places) in small.chunks_exact_mut(across.len().max(1)).zip(down) {
        let [above, below] = places.map(|place| &points[place * width..][..width]);
        for (pixel, &[left, right]) in row.iter_mut().zip(across) {
            let four = [above[left], above[right], below[left], below[right]];
            let sum = |i: usize| four.iter().map(|point| u16::from(point[i])).sum::<u16>();
            *pixel = [0, 1, 2].map(|i| (sum(i) / 4) as u8);
        }
    }
}

/// Multiplies RGB pixels by this much, a channel, in 256ths.
#[inline(never)]
pub fn dim(pixels: &mut [u8], by: [u16; 3]) {
    if by == [256; 3] {
        return;
    }
    let (pixels, _) = pixels.as_chunks_mut::<3>();
    for pixel in pixels {
        for (value, by) in pixel.iter_mut().zip(by) {
            *value = ((u32::from(*value) * u32::from(by)) >> 8) as u8;
        }
    }
}
