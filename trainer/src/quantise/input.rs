//! What a quantisation starts from: the run's network, and photographs by their purpose.

use std::path::{Path, PathBuf};

use recognise::metadata::InputSpec;
use recognise::{Bundle, Preprocessor, Recogniser};
use image::RgbImage;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::float::Network;
use super::observe::Pictures;
use super::ranges::Affine;
use super::{LEAST, QuantiseError};
use crate::dataset::{Dataset, Photo, Split, carve};
use crate::evaluate::in_bundle_order;
use crate::net::{self, Classifier, Means};
use crate::train::loader::readable;
use crate::train::recipe::Recipe;
use crate::train::{self, SPLIT_SEED};

/// Photographs that the network is quantised by. Three times as many left more error: the rarest extremes widen the
/// ranges.
const CALIBRATION: usize = 128;
/// The same photographs calibrate every quantisation.
const SAMPLE_SEED: u64 = 1;
/// Photographs on which the network that was read must answer as the bundle does.
const COMPARED: usize = 4;
/// Largest difference of two logits, as a share of the largest logit.
const TOLERANCE: f32 = 1e-3;

/// All that a quantisation starts from.
pub(super) struct Input {
    pub(super) bundle: Bundle,
    pub(super) network: Network,
    pub(super) means: Means,
    pub(super) photos: Photos,
}

/// The photographs of the data folder, split as the run did; breeds are the bundle's indices.
pub(super) struct Photos {
    run: PathBuf,
    pub(super) data: PathBuf,
    train: Vec<Photo>,
    pub(super) validation: Vec<Photo>,
    pub(super) test: Vec<Photo>,
}

impl Input {
    pub(super) fn open(run: &Path, data: &Path) -> Result<Self, QuantiseError> {
        let path = run.join(train::BUNDLE);
        if !path.exists() {
            return Err(QuantiseError::NoRun(run.to_owned()));
        }
        let bundle = Bundle::read(&path)?;
        if bundle.precision() == "int8" {
            return Err(QuantiseError::Already(path));
        }
        let network = Network::of(
            &net::Network::from_bundle(&bundle)?,
            Classifier::from_bundle(&bundle)?,
        )?;
        let means = Means::from_bundle(&bundle)?;
        let photos = Photos::open(run, data, &bundle)?;
        Ok(Self {
            bundle,
            network,
            means,
            photos,
        })
    }
}

impl Photos {
    fn open(run: &Path, data: &Path, bundle: &Bundle) -> Result<Self, QuantiseError> {
        let recipe = Recipe::from_metadata(&bundle.metadata.trained.recipe);
        let recipe = recipe.map_err(|source| QuantiseError::Recipe {
            bundle: bundle.name.clone(),
            source,
        })?;
        let dataset = Dataset::open(data)?;
        let breeds = &bundle.metadata.breeds;
        let trainval = in_bundle_order(&dataset, Split::Trainval, breeds)?;
        let test = in_bundle_order(&dataset, Split::Test, breeds)?;
        let (train, validation) = carve(&trainval, breeds.len(), recipe.validation, SPLIT_SEED);
        Ok(Self {
            run: run.to_owned(),
            data: data.to_owned(),
            train,
            validation,
            test,
        })
    }

    /// A random sample of the readable photographs to train on. On the first of them the network must answer as the
    /// bundle does that it was read from.
    pub(super) fn calibration(
        &self,
        bundle: &Recogniser,
        network: &Network,
    ) -> Result<Pictures, QuantiseError> {
        let mut order = self.train.clone();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SAMPLE_SEED));
        let mut photos = Vec::new();
        for some in order.chunks(CALIBRATION) {
            photos.extend(readable(some).0);
            if photos.len() >= CALIBRATION {
                break;
            }
        }
        if photos.len() < LEAST {
            return Err(QuantiseError::TooFew {
                data: self.data.clone(),
                listed: self.train.len(),
                readable: photos.len(),
            });
        }
        photos.truncate(CALIBRATION);
        let spec = &bundle.metadata().input;
        let values: Vec<Vec<f32>> = photos
            .par_iter()
            .map(|(photo, _)| seen(photo, spec))
            .collect();
        for ((photo, _), picture) in photos.iter().zip(&values).take(COMPARED) {
            let theirs = bundle.output(photo)?.logits;
            let ours = network.run(picture, spec.size, |_, _| ());
            if !close(&ours, &theirs) {
                return Err(QuantiseError::OtherNetwork(self.run.join(train::BUNDLE)));
            }
        }
        Ok(Pictures {
            size: spec.size,
            values,
        })
    }
}

/// Whether two networks gave the same logits, but for the order of their sums.
fn close(ours: &[f32], theirs: &[f32]) -> bool {
    let largest = theirs
        .iter()
        .fold(1f32, |largest, logit| largest.max(logit.abs()));
    let mut differences = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| (ours - theirs).abs());
    // Unlike `any` with `>`, it is false where one is no number.
    differences.all(|difference| difference < TOLERANCE * largest)
}

/// The photograph as the network sees it, channel-last.
fn seen(photo: &RgbImage, spec: &InputSpec) -> Vec<f32> {
    let mut planes = Vec::new();
    Preprocessor::new(spec).run(photo, &mut planes);
    let pixels = spec.size * spec.size;
    let at = |index| planes[index % 3 * pixels + index / 3];
    (0..pixels * 3).map(at).collect()
}

/// What normalised pixels can be: known without looking.
pub(super) fn image_range(spec: &InputSpec) -> Affine {
    let normalised = |value: f32| {
        let channels = spec.mean.iter().zip(&spec.std);
        channels.map(move |(mean, std)| (value - mean) / std)
    };
    let (low, high) = (normalised(0.0), normalised(1.0));
    Affine::covering(low.fold(0.0, f32::min), high.fold(0.0, f32::max))
}
