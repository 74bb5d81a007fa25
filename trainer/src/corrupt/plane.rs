//! The channels of a picture as floats, and filters that several corruptions share.

use image::RgbImage;

/// Gaussians of a larger sigma are approximated by three box filters: to a few per cent, at a cost that does not depend
/// on sigma.
const EXACT_SIGMA: f32 = 3.0;

/// Coordinates are limited to this magnitude, which only a degenerate map exceeds.
const FARTHEST: f32 = 1e6;

/// One value for each pixel, row by row; 0 to 1 in the channel of a picture.
#[derive(Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

/// Red, green and blue of a picture.
pub(super) fn split(picture: &RgbImage) -> [Plane; 3] {
    std::array::from_fn(|channel| Plane {
        width: picture.width() as usize,
        height: picture.height() as usize,
        values: picture
            .pixels()
            .map(|pixel| f32::from(pixel[channel]) / 255.0)
            .collect(),
    })
}

/// The picture with these three channels, which are of equal size.
pub(super) fn join([red, green, blue]: &[Plane; 3]) -> RgbImage {
    let mut picture = RgbImage::new(red.width as u32, red.height as u32);
    let values = red.values.iter().zip(&green.values).zip(&blue.values);
    for (pixel, ((&red, &green), &blue)) in picture.pixels_mut().zip(values) {
        pixel.0 = [red, green, blue].map(byte);
    }
    picture
}

/// A value of 0 to 1 as a byte; values outside of that range are clamped.
pub(super) fn byte(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

/// Maps a coordinate into `0..size` by reflection at the outermost pixels.
pub(super) fn mirror(at: isize, size: usize) -> usize {
    if (0..size as isize).contains(&at) {
        return at as usize;
    }
    let period = 2 * (size.max(2) - 1);
    let at = at.rem_euclid(period as isize) as usize;
    at.min(period - at).min(size - 1)
}

impl Plane {
    /// The plane of the results of `value` for x and y, called row by row.
    pub(super) fn from_fn(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> f32,
    ) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            values.extend((0..width).map(|x| value(x, y)));
        }
        Self {
            width,
            height,
            values,
        }
    }

    fn row(&self, y: isize) -> &[f32] {
        let y = mirror(y, self.height);
        &self.values[y * self.width..(y + 1) * self.width]
    }

    /// A row with `margin` reflected values at each end.
    fn wide_row(&self, y: isize, margin: usize) -> impl Iterator<Item = f32> {
        let row = self.row(y);
        let margin = margin as isize;
        (-margin..self.width as isize + margin).map(move |x| row[mirror(x, row.len())])
    }

    fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| {
            self.values[x * self.width + y]
        })
    }

    /// The value at a point between pixels, interpolated bilinearly.
    pub(super) fn sample(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.clamp(-FARTHEST, FARTHEST), y.clamp(-FARTHEST, FARTHEST));
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let (above, below) = (self.row(top as isize), self.row(top as isize + 1));
        let left_column = mirror(left as isize, self.width);
        let right_column = mirror(left as isize + 1, self.width);
        let blend =
            |row: &[f32]| row[left_column] + (row[right_column] - row[left_column]) * across;
        let (above, below) = (blend(above), blend(below));
        above + (below - above) * down
    }

    /// Blurs with a Gaussian of `sigma` pixels.
    pub(super) fn gaussian(&self, sigma: f32) -> Self {
        let down = |plane: &Self| {
            if sigma <= EXACT_SIGMA {
                plane.weighted_down(&bell(sigma))
            } else {
                // Three boxes have the variance of the Gaussian: 3 (w^2 - 1) / 12 for a width of w.
                let radius = (((4.0 * sigma * sigma + 1.0).sqrt() - 1.0) / 2.0).round() as isize;
                plane.box_down(radius).box_down(radius).box_down(radius)
            }
        };
        down(&down(self).transposed()).transposed()
    }

    /// Convolves each column with the weights, of which there is an odd number.
    fn weighted_down(&self, weights: &[f32]) -> Self {
        let mut values = vec![0.0; self.values.len()];
        let reach = (weights.len() / 2) as isize;
        for (y, target) in values.chunks_exact_mut(self.width).enumerate() {
            for (offset, &weight) in (-reach..).zip(weights) {
                add(target, self.row(y as isize + offset), weight);
            }
        }
        Self { values, ..*self }
    }

    /// Replaces each value by the mean of those up to `radius` above and below.
    fn box_down(&self, radius: isize) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        let mut sum = vec![0.0; self.width];
        (-radius..=radius).for_each(|y| add(&mut sum, self.row(y), 1.0));
        let share = 1.0 / (2 * radius + 1) as f32;
        for y in 0..self.height as isize {
            values.extend(sum.iter().map(|sum| sum * share));
            add(&mut sum, self.row(y + radius + 1), 1.0);
            add(&mut sum, self.row(y - radius), -1.0);
        }
        Self { values, ..*self }
    }

    /// Replaces each value by the mean over a disk of `radius` pixels around it.
    pub(super) fn disk(&self, radius: usize) -> Self {
        let reach = radius as isize;
        // Half of the disk's width in each row.
        let halves: Vec<usize> = (-reach..=reach)
            .map(|dy| ((reach * reach - dy * dy) as f32).sqrt() as usize)
            .collect();
        let pixels: usize = halves.iter().map(|half| 2 * half + 1).sum();
        let share = 1.0 / pixels as f32;
        // With the running sums of a row, the sum of any stretch of it is one subtraction. They are f64 for the sake
        // of long rows.
        let wide = self.width + 2 * radius + 1;
        let mut sums = Vec::with_capacity(wide * self.height);
        for y in 0..self.height as isize {
            let mut sum = 0.0;
            sums.push(sum);
            sums.extend(self.wide_row(y, radius).map(|value| {
                sum += f64::from(value);
                sum
            }));
        }
        let mut values = Vec::with_capacity(self.values.len());
        let mut total = vec![0.0; self.width];
        for y in 0..self.height as isize {
            total.fill(0.0);
            for (dy, half) in (-reach..).zip(&halves) {
                let row = &sums[mirror(y + dy, self.height) * wide..][..wide];
                let (ends, starts) = (&row[radius + half + 1..], &row[radius - half..]);
                for ((total, end), start) in total.iter_mut().zip(ends).zip(starts) {
                    *total += end - start;
                }
            }
            values.extend(total.iter().map(|&total| total as f32 * share));
        }
        Self { values, ..*self }
    }

    /// Blurs along a line of `2 * radius + 1` pixels that starts at each pixel, in the direction of `angle` (radians,
    /// clockwise from the right), weighted by one half of a Gaussian of `sigma` pixels.
    pub(super) fn motion(&self, radius: usize, sigma: f32, angle: f32) -> Self {
        let margin = 2 * radius;
        let weight = |step: usize| (-0.5 * (step as f32 / sigma).powi(2)).exp();
        let total: f32 = (0..=margin).map(weight).sum();
        let wide = self.width + 2 * margin;
        let rows: Vec<f32> = (0..self.height as isize)
            .flat_map(|y| self.wide_row(y, margin))
            .collect();
        let mut values = vec![0.0; self.values.len()];
        for step in 0..=margin {
            let (sin, cos) = angle.sin_cos();
            let dx = (step as f32 * cos).round() as isize;
            let dy = (step as f32 * sin).round() as isize;
            let start = margin.saturating_add_signed(dx);
            for (y, target) in (0..).zip(values.chunks_exact_mut(self.width)) {
                let row = &rows[mirror(y + dy, self.height) * wide..][..wide];
                add(target, &row[start..], weight(step) / total);
            }
        }
        Self { values, ..*self }
    }
}

/// The weights of a Gaussian of `sigma` pixels, cut off at four sigma.
fn bell(sigma: f32) -> Vec<f32> {
    let reach = (4.0 * sigma).ceil() as i32;
    let weight = |at: i32| (-0.5 * (at as f32 / sigma).powi(2)).exp();
    let total: f32 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|at| weight(at) / total).collect()
}

/// `target += weight * source`.
fn add(target: &mut [f32], source: &[f32], weight: f32) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += source * weight;
    }
}
