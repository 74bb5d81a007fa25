//! Scales pictures to the part of the screen where they are shown.

use image::imageops::FilterType;
use image::{GenericImageView, RgbImage, SubImage, imageops};

use recognise::photo;

use crate::Seen;

/// The part of a picture around its animal that has the proportions of `width` and `height`, at that
/// size. None of the sides may be 0.
pub(crate) fn fill(seen: Seen<'_>, width: u32, height: u32) -> RgbImage {
    let picture = seen.picture;
    let [left, top, part_width, part_height] = part(seen, width, height);
    let part = picture.view(left, top, part_width, part_height);
    if part_width >= width {
        shrunk(&part, width, height)
    } else {
        imageops::resize(&*part, width, height, FilterType::Triangle)
    }
}

/// The smallest part of a picture around its animal that has the proportions of `width` and `height`,
/// or the largest one where that does not fit: left, top, width, height.
fn part(seen: Seen<'_>, width: u32, height: u32) -> [u32; 4] {
    let whole = <[u32; 2]>::from(seen.picture.dimensions());
    let [left, top, across, down] = seen.region.pixels(whole[0], whole[1]);
    let most = photo::fit([width, height], whole);
    let scaled = |side: u32, by: u32, of: u32| {
        let scaled = (u64::from(side) * u64::from(by)).div_ceil(u64::from(of));
        u32::try_from(scaled).unwrap_or(u32::MAX)
    };
    let sides = [
        across.max(scaled(down, width, height)).min(most[0]),
        down.max(scaled(across, height, width)).min(most[1]),
    ];
    // In the middle of the animal, as far as the picture allows.
    let start = |start: u32, length: u32, part: u32, whole: u32| {
        ((2 * start + length).saturating_sub(part) / 2).min(whole - part)
    };
    [
        start(left, across, sides[0], whole[0]),
        start(top, down, sides[1], whole[1]),
        sides[0],
        sides[1],
    ]
}

/// Multiplies the red, green and blue of each pixel by `by`, in 1/256.
pub(crate) fn dim(picture: &mut RgbImage, by: [u16; 3]) {
    if by == [256; 3] {
        return;
    }
    let (pixels, _) = picture.as_chunks_mut::<3>();
    for pixel in pixels {
        for (value, by) in pixel.iter_mut().zip(by) {
            *value = ((u32::from(*value) * u32::from(by)) >> 8) as u8;
        }
    }
}

/// The picture at a smaller size: each pixel is the mean of four points of the area that it shows.
/// Reading every pixel of a camera's frame would take longer than drawing the rest of the screen.
fn shrunk(picture: &SubImage<&RgbImage>, width: u32, height: u32) -> RgbImage {
    // The two columns or rows of points that each column or row of pixels is made of.
    let places = |pixels: u32, whole: u32, start: u32| -> Vec<[usize; 2]> {
        let (pixels, whole) = (u64::from(pixels), u64::from(whole));
        let place = |at: u64| start as usize + ((2 * at + 1) * whole / (4 * pixels)) as usize;
        (0..pixels)
            .map(|pixel| [2 * pixel, 2 * pixel + 1].map(place))
            .collect()
    };
    let (left, top) = picture.offsets();
    let across = places(width, picture.width(), left);
    let down = places(height, picture.height(), top);
    let whole = picture.inner();
    let line = whole.width() as usize;
    let (points, _) = whole.as_raw().as_chunks::<3>();
    let mut small = RgbImage::new(width, height);
    let (pixels, _) = small.as_chunks_mut::<3>();
    for (row, places) in pixels.chunks_exact_mut(across.len()).zip(down) {
        let [above, below] = places.map(|place| &points[place * line..][..line]);
        mean_of_four(row, above, below, &across);
    }
    small
}

/// Makes each pixel of `row` the mean of four points: those of the two rows `above` and `below` in
/// its two columns, `across`.
fn mean_of_four(row: &mut [[u8; 3]], above: &[[u8; 3]], below: &[[u8; 3]], across: &[[usize; 2]]) {
    for (pixel, &[left, right]) in row.iter_mut().zip(across) {
        let four = [above[left], above[right], below[left], below[right]];
        let sum = |i: usize| four.iter().map(|point| u16::from(point[i])).sum::<u16>();
        *pixel = [0, 1, 2].map(|i| (sum(i) / 4) as u8);
    }
}
