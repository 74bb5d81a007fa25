//! Runs the network on the views of photographs that it is calibrated on.

use image::{RgbImage, imageops};
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::photo::PhotoError;
use recognise::{EngineError, Output, Recogniser};

use crate::dataset::{Photo, read_each};
use crate::net::{Classifier, Prototypes, direction, dot};

/// Width and height of a part of a photograph, as a share of the whole photograph's.
const PART: f64 = 0.9;

/// The most photographs that are seen in all views, others only whole: more would take minutes, and change
/// little.
const AT_MOST: usize = 300;

/// The network's outputs for the views of photographs.
#[derive(Default)]
pub(crate) struct ViewOutputs {
    /// One row for each photograph: the whole of it first, then its other views, if it has any.
    pub(crate) outputs: Vec<Vec<Output>>,
    /// The breed of each photograph.
    pub(crate) labels: Vec<usize>,
}

impl ViewOutputs {
    /// The logits of all views.
    pub(crate) fn logits(&self) -> Vec<Vec<f32>> {
        self.logits_by_photo().into_iter().flatten().collect()
    }

    /// The logits of all views, one row for each photograph.
    pub(crate) fn logits_by_photo(&self) -> Vec<Vec<Vec<f32>>> {
        let logits = |views: &Vec<Output>| views.iter().map(|view| view.logits.clone()).collect();
        self.outputs.iter().map(logits).collect()
    }

    /// Replaces the logits by those of another classifier, and the similarities by those to other prototypes.
    pub(super) fn classify(&mut self, classifier: &Classifier, prototypes: &Prototypes) {
        let outputs = self.outputs.par_iter_mut().flatten();
        outputs.for_each(|output| {
            output.logits = classifier.logits(&output.features);
            let features = direction(&output.features);
            let prototypes = prototypes.values().chunks_exact(prototypes.features());
            output.similarity = prototypes
                .map(|prototype| dot(prototype, &features))
                .collect();
        });
    }

    /// Adds the outputs for other photographs.
    pub(super) fn extend(&mut self, others: &Self) {
        self.outputs.extend_from_slice(&others.outputs);
        self.labels.extend_from_slice(&others.labels);
    }

    /// The breed of each view's photograph.
    pub(crate) fn labels_of_views(&self) -> Vec<usize> {
        let photos = self.outputs.iter().zip(&self.labels);
        photos
            .flat_map(|(views, &label)| std::iter::repeat_n(label, views.len()))
            .collect()
    }
}

/// Runs the network on the views of the photographs, on all cores: on all views of 300 that are spread evenly, or of all
/// if there are no more, and on the whole of each other one. Also gives why photographs could not be read.
///
/// # Errors
/// When the engine fails, and the error of `go_on`, which is called before each photograph.
pub(crate) fn outputs_of_views<E: From<EngineError> + Send>(
    recogniser: &Recogniser,
    photos: &[Photo],
    bar: &ProgressBar,
    go_on: impl Fn() -> Result<(), E> + Sync,
) -> Result<(ViewOutputs, Vec<PhotoError>), E> {
    let count = photos.len();
    let (rows, unreadable) = read_each(photos, bar, |index, photo, picture| {
        go_on()?;
        let views = if count <= AT_MOST || index * AT_MOST % count < AT_MOST {
            views(&picture)
        } else {
            vec![picture]
        };
        let outputs = views.iter().map(|view| recogniser.output(view));
        let outputs = outputs.collect::<Result<Vec<Output>, EngineError>>()?;
        Ok::<_, E>((outputs, photo.breed))
    })?;
    let (outputs, labels) = rows.into_iter().unzip();
    Ok((ViewOutputs { outputs, labels }, unreadable))
}

/// The whole photograph, its four corners and its centre, each also mirrored.
///
/// Animals at a kiosk do not pose as those of the dataset do, and calibrated on whole photographs alone the network
/// would be overconfident. Several views also give more evidence than one if there are few photographs.
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
