//! Decides what is kept of a picture: the animal, and not the people around it.

use image::{RgbImage, imageops};
use recognise::Region;

/// How much is kept around the animal, as a share of its width and height on each side.
const MARGIN: f32 = 0.15;

/// What is kept of the picture of an animal that was found in `region`: that part with a margin, or
/// all of it where `whole_frames` are to be kept.
pub(crate) fn photograph(picture: &RgbImage, region: Region, whole_frames: bool) -> RgbImage {
    if whole_frames {
        return picture.clone();
    }
    let (width, height) = picture.dimensions();
    let [left, top, width, height] = region.with_margin(MARGIN).pixels(width, height);
    imageops::crop_imm(picture, left, top, width, height).to_image()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A picture whose pixels say where they are.
    fn room() -> RgbImage {
        RgbImage::from_fn(200, 100, |x, y| Rgb([x as u8, y as u8, 0]))
    }

    /// The first pixel, width and height of what is kept.
    fn kept(corners: [f32; 4], whole_frames: bool) -> [u32; 4] {
        let [left, top, right, bottom] = corners;
        let region = Region::new(left, top, right, bottom).unwrap();
        let kept = photograph(&room(), region, whole_frames);
        let [x, y, _] = kept.get_pixel(0, 0).0.map(u32::from);
        [x, y, kept.width(), kept.height()]
    }

    #[test]
    fn the_animal_is_kept_with_a_margin_and_nothing_else() {
        // 100 x 40 pixels, with 15 and 6 more on each side.
        assert_eq!(kept([0.25, 0.3, 0.75, 0.7], false), [35, 24, 130, 52]);
        // At the edge there is no more to keep.
        assert_eq!(kept([0.0, 0.0, 0.5, 1.0], false), [0, 0, 115, 100]);
        assert_eq!(kept([0.0, 0.0, 1.0, 1.0], false), [0, 0, 200, 100]);
        assert_eq!(kept([0.25, 0.3, 0.75, 0.7], true), [0, 0, 200, 100]);
    }

    #[test]
    fn a_picture_without_pixels_is_kept_as_it_is() {
        let nothing = photograph(&RgbImage::new(0, 0), Region::WHOLE, false);
        assert_eq!(nothing.dimensions(), (0, 0));
    }
}
