//! Draws a contact sheet: a row of thumbnails for each breed, to see at a glance what is in a dataset.

use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::photo;

use crate::dataset::sheet::{self, Row};
use crate::dataset::{Dataset, Photo, Split};

/// Thumbnails in a row.
const COLUMNS: usize = 6;
/// Side of a thumbnail in pixels.
const SIDE: u32 = 112;

/// Draws a row for each breed: its name, its number of photographs, and six of them, picked evenly from both splits
/// and cropped to the square in their middle. `bar` is set to the number of breeds and advances by one for each.
///
/// Photographs that cannot be read get no thumbnail; [`super::inspect`] lists them with the reason.
pub fn contact_sheet(dataset: &Dataset, bar: &ProgressBar) -> RgbImage {
    bar.set_length(dataset.breeds.len() as u64);
    let rows: Vec<Row> = (0..dataset.breeds.len())
        .into_par_iter()
        .map(|breed| {
            let row = row(dataset, breed);
            bar.inc(1);
            row
        })
        .collect();
    let title = format!(
        "{} breeds, {} photographs to train on, {} to test on",
        dataset.breeds.len(),
        dataset.trainval.len(),
        dataset.test.len()
    );
    sheet::draw(&title, &rows, COLUMNS as u32, SIDE)
}

fn row(dataset: &Dataset, breed: usize) -> Row {
    let of_breed = |split| -> Vec<&Photo> {
        (dataset.split(split).iter())
            .filter(|photo| photo.breed == breed)
            .collect()
    };
    let (trainval, test) = (of_breed(Split::Trainval), of_breed(Split::Test));
    let photos = [trainval.as_slice(), test.as_slice()].concat();
    // Every photograph once, but in strides, so that the first six are spread over the whole breed.
    let stride = (photos.len() / COLUMNS).max(1);
    let pictures = (0..stride)
        .flat_map(|start| photos.iter().skip(start).step_by(stride))
        .filter_map(|photo| thumbnail(&photo.path))
        .take(COLUMNS)
        .collect();
    let described = &dataset.breeds[breed];
    Row {
        name: described.id.display_name(),
        detail: format!(
            "{} \u{b7} {} to train, {} to test",
            described.species,
            trainval.len(),
            test.len()
        ),
        pictures,
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
