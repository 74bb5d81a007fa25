//! Resizes pictures, among others to the scale for which severities are defined.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// The length of the short side of pictures for which severities are defined, in pixels.
pub const SCALE: u32 = 256;
/// The largest length of their long side, in pixels.
pub const LONGEST: u32 = 4 * SCALE;

/// Enlarges or reduces a picture to the scale for which severities are defined: the short side gets [`SCALE`] pixels.
/// If the picture is more than four times as long as wide, the long side gets [`LONGEST`] pixels and the short one
/// fewer.
pub fn to_scale(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let short = f64::from(width.min(height).max(1));
    let long = f64::from(width.max(height).max(1));
    let factor = (f64::from(SCALE) / short).min(f64::from(LONGEST) / long);
    let scaled = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    if picture.is_empty() || (scaled(width), scaled(height)) == (width, height) {
        return picture.clone();
    }
    let whole = [0.0, 0.0, f64::from(width), f64::from(height)];
    let filter = ResizeAlg::Convolution(FilterType::Bilinear);
    resized(picture, whole, (scaled(width), scaled(height)), filter)
}

/// Resizes a part of a picture. The part is left, top, width and height in pixels and lies within the picture.
pub(crate) fn resized(
    picture: &RgbImage,
    [left, top, width, height]: [f64; 4],
    size: (u32, u32),
    filter: ResizeAlg,
) -> RgbImage {
    let mut target = RgbImage::new(size.0, size.1);
    let options = ResizeOptions::new()
        .resize_alg(filter)
        .crop(left, top, width, height);
    let source = ImageRef::new(picture.width(), picture.height(), picture, PixelType::U8x3)
        .expect("an RGB picture has three bytes for each pixel");
    let mut view = Image::from_slice_u8(size.0, size.1, &mut target, PixelType::U8x3)
        .expect("an RGB picture has three bytes for each pixel");
    Resizer::new()
        .resize(&source, &mut view, &options)
        .expect("the part lies within the picture");
    target
}
