//! The end of a run: the best weights become a bundle, calibrated and measured with the kiosk's own code, and
//! compared with the network they came from.

use edge::recognise::metadata::{Calibration, Method, Trained, Unknown};
use edge::recognise::{Bundle, Metadata, Output, Recogniser};
use image::RgbImage;
use rayon::prelude::*;

use super::calibrate::calibrate;
use super::epoch::logits;
use super::loader::readable;
use super::replace::replace;
use super::views::ask;
use super::{BUNDLE, Options, Outcome, Parity, Photos, TrainError};
use crate::dataset::Photo;
use crate::export::to_onnx;
use crate::net::{Means, Network};

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
    let means = means(&recogniser(network, None, &metadata)?, &photos.train)?;
    let recogniser = recogniser(network, Some(&means), &metadata)?;
    let measured = calibrate(&mut metadata, &ask(&recogniser, &photos.validation)?);

    let bundle = options.run.join(BUNDLE);
    let parity = compare(network, &recogniser, photos, options)?;
    if parity.largest_difference > TOLERANCE || parity.disagreements > 0 {
        return Err(TrainError::Disagreement { bundle, parity });
    }
    let onnx = to_onnx(network, Some(&means), &metadata)?;
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
        calibration: Calibration {
            temperature: 1.0,
            likeness: 0.0,
        },
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

fn recogniser(
    network: &Network,
    means: Option<&Means>,
    metadata: &Metadata,
) -> Result<Recogniser, TrainError> {
    let bytes = to_onnx(network, means, metadata)?;
    Ok(Recogniser::new(Bundle::from_bytes(&bytes, BUNDLE)?)?)
}

/// What the breeds look like to the kiosk's engine, by the photographs that the network was trained on.
fn means(recogniser: &Recogniser, photos: &[Photo]) -> Result<Means, TrainError> {
    let look = |photo: &Photo| {
        let picture = edge::photo::open(&photo.path).ok()?;
        let output = recogniser.output(&picture);
        Some(output.map(|output| (output.features, photo.breed)))
    };
    let embeddings: Vec<_> = photos
        .par_iter()
        .filter_map(look)
        .collect::<Result<_, _>>()?;
    let embeddings = embeddings
        .iter()
        .map(|(features, breed)| (&**features, *breed));
    Ok(Means::of(recogniser.metadata().breeds.len(), embeddings))
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
            let theirs = &theirs.logits;
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
