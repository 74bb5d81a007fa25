//! Shrinks a picture: every pixel becomes the mean of those that it stands for.
//!
//! `thumbnail` of the crate `image` does the same. It asks for each pixel by its place and takes six times
//! as many instructions: more than it takes to decode a camera's JPEG that is larger than a frame.

use std::ops::Range;

use image::RgbImage;

/// By how many bits a factor is larger than the share that it stands for. With so many, sums of up to
/// eleven million pixels are divided as by a division. One pixel may stand for as many as
/// [`FULL_PIXELS`](super::FULL_PIXELS), 50 million: even their sum does not overflow, but beyond eleven
/// million the result may be one level too bright.
const BITS: u32 = 55;

/// The picture with this width and height, in pixels, which are 1 to its own.
pub(super) fn to_size(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let columns: Vec<Range<usize>> = parts(picture.width(), width).collect();
    let most = columns.iter().map(Range::len).max().unwrap_or(0);
    let stride = 3 * picture.width() as usize;
    let mut small = RgbImage::new(width, height);
    let rows = small.chunks_exact_mut(3 * width as usize);
    // The sums of each column of a row of parts.
    let mut sums = vec![0; stride];
    for (to, part) in rows.zip(parts(picture.height(), height)) {
        let count = part.len();
        let part_rows = &picture.as_raw()[part.start * stride..part.end * stride];
        add_up(part_rows, &mut sums);
        let factors: Vec<u64> = (0..=most).map(|length| factor(length * count)).collect();
        let (sums, _) = sums.as_chunks::<3>();
        let (pixels, _) = to.as_chunks_mut::<3>();
        for (pixel, column) in pixels.iter_mut().zip(&columns) {
            let half = (column.len() * count / 2) as u64;
            let factor = factors[column.len()];
            let mut total = [half; 3];
            for sums in &sums[column.clone()] {
                for (total, &sum) in total.iter_mut().zip(sums) {
                    *total += u64::from(sum);
                }
            }
            *pixel = total.map(|total| ((total * factor) >> BITS) as u8);
        }
    }
    small
}

/// Which of `from` pixels in a row or column each of `to` pixels stands for. Each belongs to one.
fn parts(from: u32, to: u32) -> impl Iterator<Item = Range<usize>> {
    let start =
        move |index: u32| (u64::from(index) * u64::from(from)).div_ceil(u64::from(to)) as usize;
    (0..to).map(move |index| start(index)..start(index + 1))
}

/// Adds up the columns of some rows.
fn add_up(rows: &[u8], sums: &mut [u32]) {
    let mut rows = rows.chunks_exact(sums.len());
    let first = rows.next().unwrap_or_default();
    for (sum, &value) in sums.iter_mut().zip(first) {
        *sum = u32::from(value);
    }
    for row in rows {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += u32::from(value);
        }
    }
}

/// What a sum of so many pixels is multiplied with for their mean.
fn factor(count: usize) -> u64 {
    (1 << BITS) / (count.max(1) as u64) + 1
}
