//! All settings of a detector's run, which are stored in the run folder and in the bundle.

use std::path::Path;

use recognise::locate::STRIDE;
use recognise::metadata::{CropShape, InputSpec, Resize};
use serde::{Deserialize, Serialize};

use crate::net::Architecture;
use crate::train::recipe::{RecipeError, read_toml};

/// The settings of a run. `trainer detect --recipe FILE` reads them from TOML; settings that are missing in the file
/// keep their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Seed of every random choice.
    pub seed: u64,
    /// Side of the network's input in pixels, a multiple of 32.
    pub size: usize,
    /// The last stage of the network that is used, 5 or 6 (as in `blocks.5` of weight files).
    pub trunk: usize,
    /// Number of epochs.
    pub epochs: usize,
    /// Batch size.
    pub batch: usize,
    /// Highest learning rate of the head.
    pub rate: f64,
    /// The trunk's learning rate as a share of the head's. It is low: what the trunk has learnt of a thousand kinds of
    /// things tells animals from the rest.
    pub trunk_rate: f64,
    /// Number of epochs until the highest rate is reached.
    pub warmup: f64,
    /// AdamW's decoupled weight decay (Loshchilov and Hutter, ICLR 2019). Biases do not decay.
    pub weight_decay: f64,
    /// Decay per step of the averaged weights.
    pub average: f64,
    /// Share of the photographs of animals that are placed in a scene, instead of being seen as they are.
    pub scenes: f64,
    /// Share of the pictures without an animal.
    pub negatives: f64,
    /// The smallest share of a photograph's area that is seen if it is not placed in a scene.
    pub crop: f64,
    /// Probability that a picture is corrupted: noise, blur, JPEG, fog, coloured light.
    pub corruption: f64,
    /// Largest relative change of brightness, of contrast and of saturation.
    pub colour: f64,
    /// By how much each side of a box is moved out before the network learns it, as a share of the box's width or
    /// height. The machine that draws the boxes cuts off ears and noses.
    pub widening: f32,
    /// The margin of what is recognised around a found box, as a share of the box's sides. It does not change the
    /// detector.
    pub margin: f32,
    /// The shape of what is recognised. It does not change the detector.
    pub shape: CropShape,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 1,
            size: 192,
            trunk: 5,
            epochs: 12,
            batch: 32,
            rate: 1e-3,
            trunk_rate: 0.2,
            warmup: 1.0,
            weight_decay: 0.02,
            average: 0.998,
            scenes: 0.5,
            negatives: 0.2,
            crop: 0.4,
            corruption: 0.4,
            colour: 0.3,
            widening: 0.035,
            margin: 0.06,
            shape: CropShape::Tight,
        }
    }
}

impl Recipe {
    /// Reads and checks a TOML file.
    ///
    /// # Errors
    /// If it cannot be read, or a setting is unknown or out of range.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = read_toml(path)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("numbers and names have a TOML form")
    }

    /// The detector's input at the kiosk.
    #[must_use]
    pub fn input(&self) -> InputSpec {
        let [mean, std] = Architecture::MobileNetV2.normalisation();
        InputSpec {
            size: self.size,
            resize: Resize::Squash,
            mean,
            std,
        }
    }

    /// Cells of a side of the detector's output.
    #[must_use]
    pub fn grid(&self) -> usize {
        2 * (self.size / STRIDE)
    }

    /// Checks the range of every setting.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn check(&self) -> Result<(), RecipeError> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        let probability = |value: f64| (0.0..=1.0).contains(&value);
        let size = (32..=1024).contains(&self.size) && self.size.is_multiple_of(STRIDE);
        let rules = [
            ("size", size, "a multiple of 32 from 32 to 1024"),
            ("trunk", (5..=6).contains(&self.trunk), "5 or 6"),
            ("epochs", (1..=10_000).contains(&self.epochs), "1 to 10000"),
            ("batch", (1..=1024).contains(&self.batch), "1 to 1024"),
            ("rate", self.rate.is_finite() && self.rate > 0.0, "above 0"),
            ("trunk_rate", probability(self.trunk_rate), "0 to 1"),
            (
                "warmup",
                self.warmup.is_finite() && self.warmup >= 0.0,
                "at least 0",
            ),
            (
                "weight_decay",
                share(self.weight_decay),
                "0 or more and below 1",
            ),
            ("average", share(self.average), "0 or more and below 1"),
            ("scenes", probability(self.scenes), "0 to 1"),
            (
                "negatives",
                (0.0..=0.9).contains(&self.negatives),
                "0 to 0.9",
            ),
            (
                "crop",
                self.crop > 0.0 && self.crop <= 1.0,
                "above 0 and at most 1",
            ),
            ("corruption", probability(self.corruption), "0 to 1"),
            ("colour", share(self.colour), "0 or more and below 1"),
            ("widening", (0.0..=1.0).contains(&self.widening), "0 to 1"),
            ("margin", (0.0..=1.0).contains(&self.margin), "0 to 1"),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            Some((setting, _, range)) => Err(RecipeError::Range { setting, range }),
            None => Ok(()),
        }
    }
}
