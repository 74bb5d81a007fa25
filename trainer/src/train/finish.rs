//! Finishes a run: makes a bundle of the best weights, calibrates and measures it with the kiosk's own code, and
//! compares it with the network it was made from.

use std::path::Path;

use candle_core::Tensor;
use image::RgbImage;
use rayon::prelude::*;
use recognise::metadata::{Calibration, EmbeddingSpec, InputSpec, Method, Trained, Unknown};
use recognise::photo::PhotoError;
use recognise::{Bundle, Metadata, Output, Recogniser, Region};

use super::animals::Animals;
use super::calibrate::{calibrate, measure, mix_in};
use super::few::is_few;
use super::folds::{self, Embedding};
use super::loader::{opened, plain, preprocessed_in, readable};
use super::recipe::Recipe;
use super::views::{ViewOutputs, outputs_of_views};
use super::watch::Watch;
use super::{BUNDLE, Outcome, Parity, Photos, TrainError};
use crate::dataset::{Photo, once_each, read_each};
use crate::export::to_onnx;
use crate::net::{Classifier, Embedder, Network, Prototypes, add};
use crate::replace::replace;

/// Number of photographs on which the bundle is compared with the network.
const COMPARED: usize = 200;
/// Largest allowed difference of two logits.
const TOLERANCE: f32 = 1e-3;
/// Number of photographs that candle gets at a time.
const BATCH: usize = 25;

/// The origin of a network.
pub(super) struct Origin<'a> {
    /// The folder for its bundle.
    pub(super) run: &'a Path,
    /// The recipes of the runs that it averages; mostly one.
    pub(super) recipes: &'a [Recipe],
    /// The weights that it started from.
    pub(super) pretrained: &'a str,
}

/// Writes the bundle of a trained network.
pub(super) fn bundle(
    network: &Network,
    photos: &Photos,
    origin: &Origin,
    watch: &Watch,
) -> Result<Outcome, TrainError> {
    watch.begin(steps(photos));
    watch.now("embeddings")?;
    let mut metadata = uncalibrated(photos, origin);
    let own = Classifier::learnt(network)?;
    let mut seen = Seen::of(network, &own, photos, &metadata, watch)?;
    watch.now("classifiers")?;
    let (classifier, held_out) = seen.classifier(own, photos, watch)?;
    watch.now("embeddings of animals")?;
    let animals = photos.animals.as_ref();
    let embedder =
        animals.map(|animals| embedder(network, photos, animals, &metadata.input, watch));
    let (embedder, spec) = embedder.transpose()?.unzip();
    metadata.embedding = spec;
    let embedder = embedder.as_ref();
    watch.now("calibrating")?;
    let (prototypes, views) = (&seen.prototypes, &seen.views);
    let recogniser = recogniser(network, &classifier, prototypes, embedder, &metadata)?;
    match held_out {
        Some(mut held_out) => {
            held_out.extend(views);
            calibrate(&mut metadata, &held_out);
        }
        None => calibrate(&mut metadata, views),
    }
    let (measured, intervals) = measure(&mut metadata, views);

    watch.now("comparing with candle")?;
    let bundle = origin.run.join(BUNDLE);
    let parity = compare(network, &classifier, &recogniser, photos, watch)?;
    if parity.largest_difference > TOLERANCE || parity.disagreements > 0 {
        return Err(TrainError::Disagreement { bundle, parity });
    }
    let onnx = to_onnx(network, &classifier, prototypes, embedder, None, &metadata)?;
    write(&bundle, &onnx)?;
    Ok(Outcome {
        bundle,
        measured,
        intervals,
        parity,
        unreadable: once_each(seen.unreadable),
    })
}

/// What the kiosk's engine makes of the photographs with the classifier that was learnt.
struct Seen {
    recogniser: Recogniser,
    embeddings: Vec<Embedding>,
    prototypes: Prototypes,
    /// Those to calibrate on.
    views: ViewOutputs,
    unreadable: Vec<PhotoError>,
}

impl Seen {
    fn of(
        network: &Network,
        own: &Classifier,
        photos: &Photos,
        metadata: &Metadata,
        watch: &Watch,
    ) -> Result<Self, TrainError> {
        let breeds = photos.breeds.len();
        let features = network.architecture().features();
        let none = Prototypes::of(breeds, features, []);
        let without_prototypes = recogniser(network, own, &none, None, metadata)?;
        let (embeddings, mut unreadable) = embeddings(&without_prototypes, photos, watch)?;
        let prototypes = Prototypes::of(breeds, features, labelled(&embeddings));
        watch.now("views to calibrate on")?;
        let recogniser = recogniser(network, own, &prototypes, None, metadata)?;
        let go_on = || watch.go_on();
        let (views, failed) = outputs_of_views(&recogniser, &photos.validation, watch.bar, go_on)?;
        unreadable.extend(failed);
        Ok(Self {
            recogniser,
            embeddings,
            prototypes,
            views,
            unreadable,
        })
    }

    /// The bundle's classifier, of which the views get the logits. Where there are few photographs to validate on, also
    /// the outputs for photographs that it learnt from, as if they were new.
    fn classifier(
        &mut self,
        own: Classifier,
        photos: &Photos,
        watch: &Watch,
    ) -> Result<(Classifier, Option<ViewOutputs>), TrainError> {
        let (recogniser, embeddings) = (&self.recogniser, &self.embeddings);
        let (prototypes, views) = (&self.prototypes, &mut self.views);
        match Classifier::discriminant(prototypes, labelled(embeddings)) {
            Some(discriminant) if is_few(photos.validation.len()) => {
                views.classify(&discriminant, prototypes);
                let held_out = folds::held_out(recogniser, photos, embeddings, watch)?;
                Ok((discriminant, Some(held_out)))
            }
            Some(discriminant) => {
                let share = mix_in(&discriminant, views, || watch.go_on())?;
                Ok((own.mean(&discriminant, share), None))
            }
            None => Ok((own, None)),
        }
    }
}

/// The embeddings with their breeds.
fn labelled(embeddings: &[Embedding]) -> impl Iterator<Item = (&[f32], usize)> + Clone {
    embeddings.iter().map(|it| (&*it.features, it.breed))
}

/// Writes the bundle.
fn write(bundle: &Path, onnx: &[u8]) -> Result<(), TrainError> {
    replace(bundle, |part| Ok(std::fs::write(part, onnx)?)).map_err(|source| TrainError::Write {
        path: bundle.to_owned(),
        source,
    })
}

/// How often the bar advances.
fn steps(photos: &Photos) -> usize {
    let (train, validation) = (photos.train.len(), photos.validation.len());
    let held_out = if is_few(validation) {
        folds::count(photos)
    } else {
        0
    };
    let located = photos.animals.as_ref().map_or(0, |_| train);
    photos.own + validation + held_out + located + COMPARED.min(train + validation)
}

/// The metadata before calibration.
fn uncalibrated(photos: &Photos, origin: &Origin) -> Metadata {
    Metadata {
        breeds: photos.breeds.clone(),
        input: origin.recipes[0].input(),
        calibration: Calibration { temperature: 1.0 },
        unknown: Unknown {
            method: Method::MaxProbability,
            threshold: 0.0,
        },
        animals: None,
        embedding: None,
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
    prototypes: &Prototypes,
    embedder: Option<&Embedder>,
    metadata: &Metadata,
) -> Result<Recogniser, TrainError> {
    let bytes = to_onnx(network, classifier, prototypes, embedder, None, metadata)?;
    Ok(Recogniser::new(Bundle::from_bytes(&bytes, BUNDLE)?)?)
}

/// The embeddings of the training photographs by the kiosk's engine, and why photographs could not be read.
///
/// Additional photographs do not count: they come from elsewhere and would shift prototypes and discriminant.
fn embeddings(
    recogniser: &Recogniser,
    photos: &Photos,
    watch: &Watch,
) -> Result<(Vec<Embedding>, Vec<PhotoError>), TrainError> {
    let own = &photos.train[..photos.own];
    read_each(own, watch.bar, |index, photo, picture| {
        watch.go_on()?;
        Ok(Embedding {
            index,
            breed: photo.breed,
            features: recogniser.output(&picture)?.features,
        })
    })
}

/// The embedder for the animals in the training photographs, cropped as the kiosk does it, and what it makes of each
/// breed. Additional photographs count as well: the more animals, the better it is known how they differ.
fn embedder(
    network: &Network,
    photos: &Photos,
    animals: &Animals,
    input: &InputSpec,
    watch: &Watch,
) -> Result<(Embedder, EmbeddingSpec), TrainError> {
    let mut vectors = Vec::with_capacity(photos.train.len());
    let mut labels = Vec::with_capacity(photos.train.len());
    let animals = animals.train.chunks(BATCH);
    for (photos, located) in photos.train.chunks(BATCH).zip(animals) {
        watch.go_on()?;
        watch.bar.inc(photos.len() as u64);
        // The photographs that cannot be read are already reported.
        let (pictures, _) = opened(photos);
        if pictures.is_empty() {
            continue;
        }
        let crops = pictures.iter();
        let crops = crops.map(|(picture, index)| (picture, located[*index].crop()));
        let crops: Vec<(&RgbImage, Region)> = crops.collect();
        let (mean, max) = network.pooled(&preprocessed_in(&crops, input)?)?;
        vectors.extend(Tensor::cat(&[mean, max], 1)?.to_vec2::<f32>()?);
        labels.extend(pictures.iter().map(|(_, index)| photos[*index].breed));
    }
    let pooled = network.architecture().pooled();
    let embedder = Embedder::of(pooled, &vectors, || watch.go_on())?;
    let embedder = embedder.discriminating(&vectors, &labels, photos.breeds.len());
    let embeddings = vectors.par_iter().map(|vector| embedder.embed(vector));
    let embeddings: Vec<Vec<f32>> = embeddings.collect();
    let prototypes = mean_directions(photos.breeds.len(), embeddings.into_iter().zip(labels));
    let spec = EmbeddingSpec {
        prototypes,
        guests: None,
    };
    Ok((embedder, spec))
}

/// The mean of each breed's embeddings, scaled to length 1.
fn mean_directions(
    breeds: usize,
    embeddings: impl Iterator<Item = (Vec<f32>, usize)>,
) -> Vec<Vec<f32>> {
    let mut sums: Vec<Vec<f32>> = vec![Vec::new(); breeds];
    for (embedding, breed) in embeddings {
        let sum = &mut sums[breed];
        sum.resize(embedding.len(), 0.0);
        add(sum, &embedding);
    }
    let length = sums.iter().map(Vec::len).max().unwrap_or(0);
    let scaled = |mut sum: Vec<f32>| {
        sum.resize(length, 0.0);
        let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        if norm.is_normal() {
            sum.iter_mut().for_each(|value| *value /= norm);
        } else if let Some(first) = sum.first_mut() {
            // No picture has a direction: any will do.
            *first = 1.0;
        }
        sum
    };
    sums.into_iter().map(scaled).collect()
}

/// The outputs of the kiosk's engine.
fn outputs(
    recogniser: &Recogniser,
    pictures: &[(RgbImage, usize)],
) -> Result<Vec<Output>, TrainError> {
    let outputs = pictures
        .par_iter()
        .map(|(picture, _)| Ok(recogniser.output(picture)?));
    outputs.collect()
}

/// Compares the logits of the bundle in the kiosk's engine with those of the network in candle.
fn compare(
    network: &Network,
    classifier: &Classifier,
    recogniser: &Recogniser,
    photos: &Photos,
    watch: &Watch,
) -> Result<Parity, TrainError> {
    let compared: Vec<Photo> = photos
        .validation
        .iter()
        .chain(&photos.train)
        .take(COMPARED)
        .cloned()
        .collect();
    let network = network.detached();
    let mut parity = Parity {
        photographs: 0,
        largest_difference: 0.0,
        disagreements: 0,
    };
    for photos in compared.chunks(BATCH) {
        watch.go_on()?;
        watch.bar.inc(photos.len() as u64);
        // The photographs that cannot be read are already reported.
        let (pictures, _) = readable(photos);
        if pictures.is_empty() {
            continue;
        }
        let tensor = plain(&pictures, &recogniser.metadata().input)?;
        let ours = network.features(&tensor)?.to_vec2::<f32>()?;
        let theirs = outputs(recogniser, &pictures)?;
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let (ours, theirs) = (classifier.logits(ours), &theirs.logits);
            let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
            // `f32::max` would ignore NaN.
            let largest = differences.map(|d| if d.is_nan() { f32::INFINITY } else { d });
            parity.largest_difference = largest.fold(parity.largest_difference, f32::max);
            parity.disagreements += usize::from(first(&ours) != first(theirs));
            parity.photographs += 1;
        }
    }
    Ok(parity)
}

/// The breed with the largest logit.
fn first(logits: &[f32]) -> Option<usize> {
    recognise::verdict::top(logits, 1)
        .first()
        .map(|&(breed, _)| breed)
}
