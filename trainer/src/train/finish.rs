//! The end of a run: the best weights become a bundle, calibrated and measured with the kiosk's own code, and
//! compared with the network they came from.

use edge::recognise::metadata::{Calibration, Method, Trained, Unknown};
use edge::recognise::{Bundle, Metadata, Recogniser};
use image::RgbImage;
use rayon::prelude::*;

use super::calibrate::calibrate;
use super::epoch::logits;
use super::loader::readable;
use super::replace::replace;
use super::{BUNDLE, Options, Outcome, Parity, Photos, TrainError};
use crate::dataset::Photo;
use crate::export::to_onnx;
use crate::net::Network;

/// Photographs on which the bundle is compared with the network.
const COMPARED: usize = 200;
/// Largest difference of two logits.
const TOLERANCE: f32 = 1e-3;
/// Photographs the comparison takes at a time.
const BATCH: usize = 25;

pub(super) fn bundle(
    network: &Network,
    photos: &Photos,
    options: &Options,
    pretrained: &str,
) -> Result<Outcome, TrainError> {
    let mut metadata = uncalibrated(photos, options, pretrained);
    let recogniser = recogniser(network, &metadata)?;
    let (pictures, _) = readable(&photos.validation);
    let labels: Vec<usize> = pictures.iter().map(|&(_, breed)| breed).collect();
    let logits = answers(&recogniser, &pictures)?;
    let measured = calibrate(&mut metadata, &logits, &labels);

    let bundle = options.run.join(BUNDLE);
    let parity = compare(network, &recogniser, photos, options)?;
    if parity.largest_difference > TOLERANCE || parity.disagreements > 0 {
        return Err(TrainError::Disagreement { bundle, parity });
    }
    let onnx = to_onnx(network, &metadata)?;
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

fn uncalibrated(photos: &Photos, options: &Options, pretrained: &str) -> Metadata {
    Metadata {
        breeds: photos.breeds.clone(),
        input: options.recipe.input(),
        calibration: Calibration { temperature: 1.0 },
        unknown: Unknown {
            method: Method::MaxProbability,
            threshold: 0.0,
        },
        trained: Trained {
            when: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            images: photos.train.len(),
            data_digest: photos.digest.clone(),
            pretrained: pretrained.to_owned(),
            recipe: serde_json::to_value(&options.recipe)
                .expect("numbers and names have a JSON form"),
        },
        measured: None,
    }
}

fn recogniser(network: &Network, metadata: &Metadata) -> Result<Recogniser, TrainError> {
    let bytes = to_onnx(network, metadata)?;
    Ok(Recogniser::new(Bundle::from_bytes(&bytes, BUNDLE)?)?)
}

/// The kiosk's logits.
fn answers(
    recogniser: &Recogniser,
    pictures: &[(RgbImage, usize)],
) -> Result<Vec<Vec<f32>>, TrainError> {
    let answers = pictures
        .par_iter()
        .map(|(picture, _)| Ok(recogniser.logits(picture)?));
    answers.collect()
}

fn compare(
    network: &Network,
    recogniser: &Recogniser,
    photos: &Photos,
    options: &Options,
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
        let ours = logits(network, &pictures, &options.recipe)?;
        let theirs = answers(recogniser, &pictures)?;
        for (ours, theirs) in ours.to_vec2::<f32>()?.iter().zip(&theirs) {
            let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
            // NaN is as far apart as can be; `f32::max` would pass over it.
            let largest = differences.map(|d| if d.is_nan() { f32::INFINITY } else { d });
            parity.largest_difference = largest.fold(parity.largest_difference, f32::max);
            parity.disagreements += usize::from(first(ours) != first(theirs));
            parity.photographs += 1;
        }
    }
    Ok(parity)
}

fn first(logits: &[f32]) -> Option<usize> {
    edge::verdict::top(logits, 1)
        .first()
        .map(|&(breed, _)| breed)
}
