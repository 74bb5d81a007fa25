//! Puts pictures of screens side by side on a sheet. The program that makes the README's pictures
//! shares this file.

use image::{Rgb, RgbImage, imageops};

/// The gap between two pictures, in pixels.
const GAP: u32 = 8;
const GREY: Rgb<u8> = Rgb([128; 3]);

/// Pictures in a row.
pub(crate) fn beside(pictures: &[RgbImage]) -> RgbImage {
    let width = pictures.iter().map(|p| p.width() + GAP).sum::<u32>() - GAP;
    let height = pictures.iter().map(RgbImage::height).max().unwrap_or(0);
    let mut row = RgbImage::from_pixel(width, height, GREY);
    let mut x = 0;
    for picture in pictures {
        imageops::replace(&mut row, picture, x, 0);
        x += i64::from(picture.width() + GAP);
    }
    row
}

/// Pictures in a column.
pub(crate) fn below(pictures: &[RgbImage]) -> RgbImage {
    let width = pictures.iter().map(RgbImage::width).max().unwrap_or(0);
    let height = pictures.iter().map(|p| p.height() + GAP).sum::<u32>() - GAP;
    let mut column = RgbImage::from_pixel(width, height, GREY);
    let mut y = 0;
    for picture in pictures {
        imageops::replace(&mut column, picture, 0, y);
        y += i64::from(picture.height() + GAP);
    }
    column
}
