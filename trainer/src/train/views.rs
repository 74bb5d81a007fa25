//! The views of a photograph by which a network is calibrated.

use recognise::photo;
use recognise::{EngineError, Output, Recogniser};
use image::{RgbImage, imageops};
use rayon::prelude::*;

use crate::dataset::Photo;

/// Width and height of a part of a photograph, as a share of the whole's.
const PART: f64 = 0.9;

/// What the network gives for the views of each photograph that can be read.
pub(crate) struct Seen {
    /// A row a photograph: the whole of it first, then its other views.
    pub(crate) outputs: Vec<Vec<Output>>,
    /// The photographs' breeds.
    pub(crate) labels: Vec<usize>,
}

impl Seen {
    /// The logits of every view.
    pub(crate) fn logits(&self) -> Vec<Vec<f32>> {
        self.logits_of_photos().into_iter().flatten().collect()
    }

    /// The logits of every view, a row a photograph.
    pub(crate) fn logits_of_photos(&self) -> Vec<Vec<Vec<f32>>> {
        let logits = |views: &Vec<Output>| views.iter().map(|view| view.logits.clone()).collect();
        self.outputs.iter().map(logits).collect()
    }

    /// The breed of every view's photograph.
    pub(crate) fn labels_of_views(&self) -> Vec<usize> {
        let photos = self.outputs.iter().zip(&self.labels);
        photos
            .flat_map(|(views, &label)| std::iter::repeat_n(label, views.len()))
            .collect()
    }
}

/// Asks the network about all views of all photographs that can be read, on all cores.
pub(crate) fn ask(recogniser: &Recogniser, photos: &[Photo]) -> Result<Seen, EngineError> {
    let ask = |photo: &Photo| {
        let views = views(&photo::open(&photo.path).ok()?);
        let outputs = views.iter().map(|view| recogniser.output(view)).collect();
        Some(Result::map(outputs, |outputs| (outputs, photo.breed)))
    };
    let seen: Vec<(Vec<Output>, usize)> = photos
        .par_iter()
        .filter_map(ask)
        .collect::<Result<_, _>>()?;
    let (outputs, labels) = seen.into_iter().unzip();
    Ok(Seen { outputs, labels })
}

/// The photograph as it is, four corners and the middle of it, and all of that mirrored. A kiosk's animals do not
/// pose as those of the dataset do, whose wholes alone would make the network sound surer than it may be; and a few
/// photographs seen in many ways say more than seen in one.
fn views(photo: &RgbImage) -> Vec<RgbImage> {
    let (width, height) = photo.dimensions();
    let part = |side: u32| ((f64::from(side) * PART) as u32).max(1);
    let (part_width, part_height) = (part(width), part(height));
    let (right, bottom) = (width - part_width, height - part_height);
    let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)];
    let places = corners.into_iter().chain([(right / 2, bottom / 2)]);
    let parts =
        places.map(|(x, y)| imageops::crop_imm(photo, x, y, part_width, part_height).to_image());
    let mut views: Vec<RgbImage> = std::iter::once(photo.clone()).chain(parts).collect();
    let mirrored: Vec<RgbImage> = views.iter().map(imageops::flip_horizontal).collect();
    views.extend(mirrored);
    views
}
