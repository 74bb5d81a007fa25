//! Draws a contact sheet: a row of thumbnails for each breed, to see at a glance what is in a dataset.

use std::convert::Infallible;
use std::path::Path;

use embedded_graphics::mono_font::iso_8859_1::{FONT_8X13, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};
use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgb, RgbImage};
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::photo;

use crate::dataset::{Dataset, Photo, Split};

/// Thumbnails in a row.
const COLUMNS: usize = 6;
/// Side of a thumbnail. All lengths are in pixels.
const SIDE: u32 = 112;
const GAP: u32 = 6;
const MARGIN: u32 = 24;
const HEADER: u32 = 48;
/// Width of a row's label. A longer label disappears under the first thumbnail.
const MAX_LABEL: u32 = 420;

const PAPER: Rgb<u8> = Rgb([250, 249, 246]);
const INK: Rgb888 = Rgb888::new(33, 33, 36);
const PALE: Rgb888 = Rgb888::new(120, 118, 112);

/// Draws a row for each breed: its name, its number of photographs, and six of them, picked evenly from both splits
/// and cropped to the square in their middle. `bar` is set to the number of breeds and advances by one for each.
///
/// Photographs that cannot be read get no thumbnail; [`super::inspect`] lists them with the reason.
pub fn contact_sheet(dataset: &Dataset, bar: &ProgressBar) -> RgbImage {
    bar.set_length(dataset.breeds.len() as u64);
    let rows: Vec<Row> = (0..dataset.breeds.len())
        .into_par_iter()
        .map(|breed| {
            let row = Row::of(dataset, breed);
            bar.inc(1);
            row
        })
        .collect();

    let label = (rows.iter().map(Row::label_width).max().unwrap_or(0)).min(MAX_LABEL);
    let left = MARGIN + label + 3 * GAP;
    let mut sheet = Sheet(RgbImage::from_pixel(
        left + COLUMNS as u32 * (SIDE + GAP) - GAP + MARGIN,
        MARGIN + HEADER + rows.len() as u32 * (SIDE + GAP) - GAP + MARGIN,
        PAPER,
    ));
    let title = format!(
        "{} breeds, {} photographs to train on, {} to test on",
        dataset.breeds.len(),
        dataset.trainval.len(),
        dataset.test.len()
    );
    sheet.text(&title, MARGIN, MARGIN, &FONT_10X20, INK);
    for (index, row) in rows.iter().enumerate() {
        let top = MARGIN + HEADER + index as u32 * (SIDE + GAP);
        sheet.text(&row.name, MARGIN, top + SIDE / 2 - 20, &FONT_10X20, INK);
        sheet.text(&row.counts, MARGIN, top + SIDE / 2 + 4, &FONT_8X13, PALE);
        for (column, thumbnail) in row.thumbnails.iter().enumerate() {
            let left = left + column as u32 * (SIDE + GAP);
            imageops::replace(&mut sheet.0, thumbnail, left.into(), top.into());
        }
    }
    sheet.0
}

/// The content of a breed's row.
struct Row {
    name: String,
    counts: String,
    thumbnails: Vec<RgbImage>,
}

impl Row {
    fn of(dataset: &Dataset, breed: usize) -> Self {
        let of_breed = |split| -> Vec<&Photo> {
            (dataset.split(split).iter())
                .filter(|photo| photo.breed == breed)
                .collect()
        };
        let (trainval, test) = (of_breed(Split::Trainval), of_breed(Split::Test));
        let photos = [trainval.as_slice(), test.as_slice()].concat();
        // Every photograph once, but in strides, so that the first six are spread over the whole breed.
        let stride = (photos.len() / COLUMNS).max(1);
        let thumbnails = (0..stride)
            .flat_map(|start| photos.iter().skip(start).step_by(stride))
            .filter_map(|photo| thumbnail(&photo.path))
            .take(COLUMNS)
            .collect();
        let described = &dataset.breeds[breed];
        Self {
            name: described.id.display_name(),
            counts: format!(
                "{} \u{b7} {} to train, {} to test",
                described.species,
                trainval.len(),
                test.len()
            ),
            thumbnails,
        }
    }

    fn label_width(&self) -> u32 {
        let width =
            |text: &str, font: &MonoFont| text.chars().count() as u32 * font.character_size.width;
        width(&self.name, &FONT_10X20).max(width(&self.counts, &FONT_8X13))
    }
}

fn thumbnail(path: &Path) -> Option<RgbImage> {
    let picture = DynamicImage::ImageRgb8(photo::open(path).ok()?);
    Some(
        picture
            .resize_to_fill(SIDE, SIDE, FilterType::CatmullRom)
            .into_rgb8(),
    )
}

/// A picture that `embedded-graphics` can draw text on.
struct Sheet(RgbImage);

impl Sheet {
    /// Draws a line of text with its upper left corner at (`x`, `y`).
    fn text(&mut self, text: &str, x: u32, y: u32, font: &MonoFont, colour: Rgb888) {
        let style = MonoTextStyle::new(font, colour);
        let corner = Point::new(x as i32, y as i32);
        let Ok(_) = Text::with_baseline(text, corner, style, Baseline::Top).draw(self);
    }
}

impl OriginDimensions for Sheet {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Sheet {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(Point { x, y }, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
