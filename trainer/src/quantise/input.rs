//! The input of a quantisation: the run's network and the photographs, by their purpose.

use std::path::{Path, PathBuf};

use image::RgbImage;
use indicatif::ProgressBar;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use recognise::photo::PhotoError;
use recognise::{Bundle, Recogniser};

use super::float::{self, pooled};
use super::part::Part;
use super::{LEAST, QuantiseError};
use crate::dataset::{Photo, Source, Split};
use crate::evaluate::in_bundle_order;
use crate::net::{Classifier, Embedder, Network, Prototypes};
use crate::train::loader::readable;
use crate::train::recipe::Recipe;
use crate::train::repeat::Plan;
use crate::train::{self, SPLIT_SEED};

/// Number of photographs that the network is calibrated on. Three times as many increased the error: rare extremes
/// widen the ranges.
const CALIBRATION: usize = 128;
/// Every quantisation is calibrated on the same photographs.
const SAMPLE_SEED: u64 = 1;
/// Number of photographs on which the network is compared with the bundle it was read from.
const COMPARED: usize = 4;
/// Largest allowed difference of two logits, as a share of the largest logit.
const TOLERANCE: f32 = 1e-3;

/// Everything that a quantisation starts from.
pub(super) struct Input {
    pub(super) bundle: Bundle,
    pub(super) network: Network,
    pub(super) classifier: Classifier,
    pub(super) prototypes: Prototypes,
    pub(super) embedder: Option<Embedder>,
    pub(super) photos: Photos,
}

/// The photographs of the data folder, split as the run split them; breeds are the bundle's indices.
pub(super) struct Photos {
    run: PathBuf,
    pub(super) data: PathBuf,
    train: Vec<Photo>,
    pub(super) validation: Vec<Photo>,
    pub(super) test: Vec<Photo>,
}

impl Input {
    pub(super) fn open(
        run: &Path,
        data: &Source,
        bar: &ProgressBar,
    ) -> Result<Self, QuantiseError> {
        let path = run.join(train::BUNDLE);
        if !path.exists() {
            return Err(QuantiseError::NoRun(run.to_owned()));
        }
        if Plan::is_fold(run) {
            return Err(QuantiseError::Fold(run.to_owned()));
        }
        let bundle = Bundle::read(&path)?;
        if bundle.is_quantised() {
            return Err(QuantiseError::Already(path));
        }
        Ok(Self {
            network: Network::from_bundle(recipe_of(&bundle)?.network, &bundle)?,
            classifier: Classifier::from_bundle(&bundle)?,
            prototypes: Prototypes::from_bundle(&bundle)?,
            embedder: Embedder::from_bundle(&bundle)?,
            photos: Photos::open(run, data, &bundle, bar)?,
            bundle,
        })
    }
}

impl Photos {
    /// Lists the photographs; `bar` counts those that are compared, and is reset.
    pub(super) fn open(
        run: &Path,
        data: &Source,
        bundle: &Bundle,
        bar: &ProgressBar,
    ) -> Result<Self, QuantiseError> {
        let recipe = recipe_of(bundle)?;
        let mut dataset = data.open()?;
        dataset.keep_together(bar);
        let breeds = &bundle.metadata.breeds;
        let trainval = in_bundle_order(&dataset, Split::Trainval, breeds)?;
        let test = in_bundle_order(&dataset, Split::Test, breeds)?;
        let (train, validation) = dataset.carve(&trainval, recipe.validation, SPLIT_SEED);
        Ok(Self {
            run: run.to_owned(),
            data: data.name(),
            train,
            validation,
            test,
        })
    }

    /// A random sample of the readable training photographs, and why others could not be read.
    pub(super) fn sample(&self) -> Result<(Vec<RgbImage>, Vec<PhotoError>), QuantiseError> {
        let mut order = self.train.clone();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SAMPLE_SEED));
        let (mut photos, mut unreadable) = (Vec::new(), Vec::new());
        for some in order.chunks(CALIBRATION) {
            let (read, failed) = readable(some);
            photos.extend(read.into_iter().map(|(photo, _)| photo));
            unreadable.extend(failed);
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
        Ok((photos, unreadable))
    }

    /// The network, to be calibrated on these photographs. On the first few of them it must give the same logits as the
    /// bundle that it was read from.
    pub(super) fn part(
        &self,
        bundle: &Recogniser,
        network: &Network,
        classifier: &Classifier,
        photos: &[RgbImage],
    ) -> Result<Part, QuantiseError> {
        let spec = &bundle.metadata().input;
        let part = Part::of_breeds(float::Network::of(network)?, spec, photos);
        let pairs = photos.iter().zip(&part.pictures.values);
        for (photo, picture) in pairs.take(COMPARED) {
            let theirs = bundle.output(photo)?.logits;
            let map = part.network.run(picture, spec.size, |_, _| ());
            let pooled = pooled(&map, network.architecture().features());
            if !close(&classifier.logits(&pooled), &theirs) {
                return Err(QuantiseError::OtherNetwork(self.run.join(train::BUNDLE)));
            }
        }
        Ok(part)
    }
}

/// The recipe of the bundle's run.
fn recipe_of(bundle: &Bundle) -> Result<Recipe, QuantiseError> {
    let recipe = Recipe::from_metadata(&bundle.metadata.trained.recipe);
    recipe.map_err(|source| QuantiseError::Recipe {
        bundle: bundle.name.clone(),
        source,
    })
}

/// Whether two networks gave the same logits, up to rounding.
fn close(ours: &[f32], theirs: &[f32]) -> bool {
    let largest = theirs
        .iter()
        .fold(1f32, |largest, logit| largest.max(logit.abs()));
    let mut differences = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| (ours - theirs).abs());
    // Unlike `any` with `>`, this is false for NaN.
    differences.all(|difference| difference < TOLERANCE * largest)
}
