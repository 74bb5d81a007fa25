//! Draws photographs as training sees them, to know before a run what its recipe makes of them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::Path;

use candle_core::Result;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use indicatif::ProgressBar;
use rand::seq::SliceRandom;
use recognise::metadata::InputSpec;
use recognise::photo;

use super::loader::{self, SHUFFLE};
use super::recipe::Recipe;
use super::{Photos, TrainError};
use crate::dataset::sheet::{self, Row};
use crate::replace::replace;

/// The sheet's name in a run folder.
const AUGMENTED: &str = "augmented.jpg";

/// Photographs on a sheet.
const ROWS: usize = 8;
/// Views of each.
const VIEWS: usize = 6;
/// Views of a photograph in an epoch of a run with contrast.
const OF_CONTRAST: usize = 3;
/// Side in pixels at which views are shown, if they are not of another size in training.
const SIDES: RangeInclusive<usize> = 112..=256;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 90;
/// Stands for the time before the first epoch.
const BEFORE: usize = 0;

/// Writes the sheet into the run folder, and says where it is. There is none if no photograph can be read.
///
/// # Errors
/// If it cannot be drawn or written.
pub(super) fn write(
    run: &Path,
    photos: &Photos,
    recipe: &Recipe,
    bar: &ProgressBar,
) -> std::result::Result<(), TrainError> {
    let Some(sheet) = draw(photos, recipe)? else {
        return Ok(());
    };
    let path = run.join(AUGMENTED);
    let written = replace(&path, |part| {
        let mut file = BufWriter::new(File::create(part)?);
        sheet.write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY))?;
        Ok(file.flush()?)
    });
    if let Err(source) = written {
        return Err(TrainError::Write { path, source });
    }
    let path = path.display();
    bar.suspend(|| eprintln!("augmented: {path} shows photographs as training sees them"));
    Ok(())
}

/// A row for each of some photographs: first the photograph, then its views in the first epochs, as a batch of these
/// photographs would have them. `None` if no photograph can be read.
fn draw(photos: &Photos, recipe: &Recipe) -> Result<Option<RgbImage>> {
    let mut order: Vec<usize> = (0..photos.train.len()).collect();
    order.shuffle(&mut loader::rng(recipe.seed, BEFORE, SHUFFLE));
    let opened = order.into_iter().filter_map(|index| {
        let picture = photo::open(&photos.train[index].path).ok()?;
        Some((index, picture))
    });
    let opened: Vec<(usize, RgbImage)> = opened.take(ROWS).collect();
    if opened.is_empty() {
        return Ok(None);
    }
    let chosen: Vec<usize> = opened.iter().map(|&(index, _)| index).collect();

    let (min, max) = SIDES.into_inner();
    let side = recipe.train_size.clamp(min, max) as u32;
    let fitted = |picture| {
        let picture = DynamicImage::ImageRgb8(picture);
        picture.resize(side, side, FilterType::Triangle).into_rgb8()
    };
    let rows = opened.into_iter().map(|(index, picture)| {
        let photo = &photos.train[index];
        let file = photo.path.file_name().unwrap_or_default();
        Row {
            name: photos.breeds[photo.breed].id.display_name(),
            detail: file.to_string_lossy().into_owned(),
            pictures: vec![fitted(picture)],
        }
    });
    let mut rows: Vec<Row> = rows.collect();
    let contrasts = recipe.contrast > 0.0;
    let epochs = VIEWS / if contrasts { OF_CONTRAST } else { 1 };
    for epoch in 1..=epochs {
        let batch = loader::batch_of(photos, &chosen, recipe, epoch)?;
        let views = batch.pictures.flatten_all()?.to_vec1::<f32>()?;
        let numbers = recipe.train_size * recipe.train_size * 3;
        // With contrast, the photographs come three times.
        let of_rows = (0..rows.len()).cycle();
        for (row, view) in of_rows.zip(views.chunks_exact(numbers)) {
            let view = shown(view, recipe.train_size as u32, &recipe.input());
            rows[row].pictures.push(fitted(view));
        }
    }
    let title = "Photographs to train on, and what training sees of each in its first epochs";
    Ok(Some(sheet::draw(title, &rows, 1 + VIEWS as u32, side)))
}

/// The network's input `[size, size, 3]` as a picture.
fn shown(view: &[f32], size: u32, spec: &InputSpec) -> RgbImage {
    let channels = spec.mean.iter().zip(&spec.std).cycle();
    let values = view.iter().zip(channels);
    let bytes = values.map(|(value, (mean, std))| ((value * std + mean) * 255.0).round() as u8);
    RgbImage::from_raw(size, size, bytes.collect()).unwrap_or_default()
}
