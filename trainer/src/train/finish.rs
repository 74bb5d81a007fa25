//! The end of a run: the best weights become a bundle, calibrated and measured with the kiosk's own code, and
//! compared with the network they came from.

use std::path::Path;

use recognise::metadata::{Calibration, Method, Trained, Unknown};
use recognise::{Bundle, Metadata, Output, Recogniser};
use image::RgbImage;
use rayon::prelude::*;

use super::calibrate::{calibrate, mix_in};
use super::loader::{plain, readable};
use super::recipe::Recipe;
use super::replace::replace;
use super::views::ask;
use super::{BUNDLE, Outcome, Parity, Photos, TrainError};
use crate::dataset::Photo;
use crate::export::to_onnx;
use crate::net::{Classifier, Means, Network};

/// Photographs on which the bundle is compared with the network.
const COMPARED: usize = 200;
/// Largest difference of two logits.
const TOLERANCE: f32 = 1e-3;
/// Photographs the comparison takes at a time.
const BATCH: usize = 25;

/// Where a network comes from.
pub(super) struct Origin<'a> {
    /// The folder for its bundle.
    pub(super) run: &'a Path,
    /// Those of the runs that it is the mean of: one, mostly.
    pub(super) recipes: &'a [Recipe],
    /// The weights that it started from.
    pub(super) pretrained: &'a str,
}

pub(super) fn bundle(
    network: &Network,
    photos: &Photos,
    origin: &Origin,
) -> Result<Outcome, TrainError> {
    let mut metadata = uncalibrated(photos, origin);
    let breeds = photos.breeds.len();
    let own = Classifier::learnt(network)?;
    let nothing = Means::of(breeds, []);
    let embeddings = embeddings(&recogniser(network, &own, &nothing, &metadata)?, photos)?;
    let learnt = || {
        embeddings
            .iter()
            .map(|(features, breed)| (&**features, *breed))
    };
    let means = Means::of(breeds, learnt());

    let mut seen = ask(
        &recogniser(network, &own, &means, &metadata)?,
        &photos.validation,
    )?;
    let classifier = match Classifier::discriminant(&means, learnt()) {
        Some(discriminant) => own.mean(&discriminant, mix_in(&discriminant, &mut seen)),
        None => own,
    };
    let recogniser = recogniser(network, &classifier, &means, &metadata)?;
    let measured = calibrate(&mut metadata, &seen);

    let bundle = origin.run.join(BUNDLE);
    let parity = compare(network, &classifier, &recogniser, photos)?;
    if parity.largest_difference > TOLERANCE || parity.disagreements > 0 {
        return Err(TrainError::Disagreement { bundle, parity });
    }
    let onnx = to_onnx(network, &classifier, &means, &metadata)?;
    replace(&bundle, |part| Ok(std::fs::write(part, &onnx)?)).map_err(|source| {
        TrainError::Write {
            path: bundle.clone(),
            source,
        }
    })?;
    Ok(Outcome {
        bundle,
        measured,
        parity,
    })
}

fn uncalibrated(photos: &Photos, origin: &Origin) -> Metadata {
    Metadata {
        breeds: photos.breeds.clone(),
        input: origin.recipes[0].input(),
        calibration: Calibration { temperature: 1.0 },
        unknown: Unknown {
            method: Method::MaxProbability,
            threshold: 0.0,
        },
        trained: Trained {
            when: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            images: photos.train.len(),
            data_digest: photos.digest.clone(),
            pretrained: origin.pretrained.to_owned(),
            recipe: Recipe::to_metadata(origin.recipes),
        },
        measured: None,
    }
}

fn recogniser(
    network: &Network,
    classifier: &Classifier,
    means: &Means,
    metadata: &Metadata,
) -> Result<Recogniser, TrainError> {
    let bytes = to_onnx(network, classifier, means, metadata)?;
    Ok(Recogniser::new(Bundle::from_bytes(&bytes, BUNDLE)?)?)
}

/// What the kiosk's engine sees in the photographs that the network was trained on, with their breeds. Extra ones are
/// left out: they come from elsewhere, and taught what they can.
fn embeddings(
    recogniser: &Recogniser,
    photos: &Photos,
) -> Result<Vec<(Vec<f32>, usize)>, TrainError> {
    let look = |photo: &Photo| {
        let picture = recognise::photo::open(&photo.path).ok()?;
        let output = recogniser.output(&picture);
        Some(output.map(|output| (output.features, photo.breed)))
    };
    let own = photos.train[..photos.own].par_iter();
    Ok(own.filter_map(look).collect::<Result<_, _>>()?)
}

/// The kiosk's output.
fn answers(
    recogniser: &Recogniser,
    pictures: &[(RgbImage, usize)],
) -> Result<Vec<Output>, TrainError> {
    let answers = pictures
        .par_iter()
        .map(|(picture, _)| Ok(recogniser.output(picture)?));
    answers.collect()
}

fn compare(
    network: &Network,
    classifier: &Classifier,
    recogniser: &Recogniser,
    photos: &Photos,
) -> Result<Parity, TrainError> {
    let compared: Vec<Photo> = photos
        .validation
        .iter()
        .chain(&photos.train)
        .take(COMPARED)
        .cloned()
        .collect();
    let mut parity = Parity {
        photographs: 0,
        largest_difference: 0.0,
        disagreements: 0,
    };
    for photos in compared.chunks(BATCH) {
        let (pictures, _) = readable(photos);
        if pictures.is_empty() {
            continue;
        }
        let tensor = plain(&pictures, &recogniser.metadata().input)?;
        let ours = network.features(&tensor)?.to_vec2::<f32>()?;
        let theirs = answers(recogniser, &pictures)?;
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let (ours, theirs) = (classifier.logits(ours), &theirs.logits);
            let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
            // NaN is as far apart as can be; `f32::max` would pass over it.
            let largest = differences.map(|d| if d.is_nan() { f32::INFINITY } else { d });
            parity.largest_difference = largest.fold(parity.largest_difference, f32::max);
            parity.disagreements += usize::from(first(&ours) != first(theirs));
            parity.photographs += 1;
        }
    }
    Ok(parity)
}

fn first(logits: &[f32]) -> Option<usize> {
    recognise::verdict::top(logits, 1)
        .first()
        .map(|&(breed, _)| breed)
}
