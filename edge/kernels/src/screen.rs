//! Pictures on their way to a screen.

/// A picture made smaller: of what becomes a pixel the mean of four points.
///
/// The picture is RGB in lines of `width` pixels. `across` has the two columns that each column of `small` is made of,
/// `down` the two rows of each row.
///
/// # Panics
/// Where the picture has no such columns or rows.
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
