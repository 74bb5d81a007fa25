//! All settings of a training run, which are stored in the run folder and in the bundle.

use std::path::{Path, PathBuf};

use recognise::metadata::{InputSpec, Resize};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::optimiser::rate_share;
use crate::augment::Augment;
use crate::net::Architecture;

/// The settings of a run. `trainer train --recipe FILE` reads them from TOML; settings that are missing in the file
/// keep their defaults.
///
/// ```
/// use trainer::train::recipe::Recipe;
///
/// let recipe = Recipe {
///     epochs: 3,
///     ..Recipe::default()
/// };
/// recipe.check()?;
/// assert!(recipe.to_toml().contains("epochs = 3"));
/// # Ok::<(), trainer::train::recipe::RecipeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// The network that is trained.
    pub network: Architecture,
    /// SHA-256, in hexadecimal digits, of the file that the weights started from; `None` for the hub's and random ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Side of the views in training, in pixels.
    pub train_size: usize,
    /// Side of the network's input at the kiosk, in pixels. It should be a quarter larger than `train_size`: animals
    /// appear larger in random crops than in the whole picture (Touvron et al., "Fixing the train-test resolution
    /// discrepancy", 2019).
    pub size: usize,
    /// How a picture becomes a square.
    pub resize: Resize,
    /// Share of the trainval split that is used for validation.
    pub validation: f64,
    /// Batch size.
    pub batch: usize,
    /// Number of epochs that train only the new head, on frozen features.
    pub head_epochs: usize,
    /// Number of epochs that train the whole network.
    pub epochs: usize,
    /// How many of these epochs were done each time the learning rate started again: see [`Recipe::longer`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<usize>,
    /// Number of epochs without a better validation loss after which the run stops, counted from the last restart on.
    pub patience: usize,
    /// Learning rate while only the head is trained.
    pub head_rate: f64,
    /// Highest learning rate while the whole network is trained.
    pub rate: f64,
    /// Number of epochs until the highest rate is reached.
    pub warmup: f64,
    /// AdamW's decoupled weight decay (Loshchilov and Hutter, ICLR 2019). Biases do not decay.
    pub weight_decay: f64,
    /// Decay per step of the averaged weights.
    pub average: f64,
    /// Label smoothing: the probability mass spread over all breeds.
    pub smoothing: f64,
    /// Weight of a breed in the loss, as `count ^ -balance`: with 0 all photographs count alike, with 1 all breeds.
    pub balance: f64,
    /// Share of the embedding's values dropped before the classifier.
    pub dropout: f64,
    /// Probability that a view shows the animal's box instead of the whole photograph. Above 0 it needs boxes.
    pub box_views: f64,
    /// Weight of the contrast between photographs and between breeds in the loss, for which each photograph gives two
    /// more views: see [`super::contrast`]. Above 0 it needs boxes.
    pub contrast: f64,
    /// Weight in the loss of staying like the start weights: see [`super::distillation`].
    pub distillation: f64,
    /// Strengths of the random changes of a view.
    pub augment: Augment,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            network: Architecture::default(),
            init: None,
            seed: 1,
            train_size: 208,
            size: 264,
            resize: Resize::Squash,
            validation: 0.1,
            batch: 32,
            head_epochs: 2,
            epochs: 14,
            restarts: Vec::new(),
            patience: 14,
            head_rate: 2e-3,
            rate: 1.2e-4,
            warmup: 1.0,
            weight_decay: 0.02,
            average: 0.997,
            smoothing: 0.1,
            balance: 0.5,
            dropout: 0.2,
            box_views: 0.0,
            contrast: 0.0,
            distillation: 0.0,
            augment: Augment::default(),
        }
    }
}

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file cannot be read.
    #[error("cannot read the recipe {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a setting that does not exist.
    #[error("the recipe {path} cannot be parsed: {message}", path = path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line and the cause.
        message: String,
    },
    /// A setting is out of its range.
    #[error("the recipe's {setting} must be {range}")]
    Range {
        /// The setting.
        setting: &'static str,
        /// The allowed range.
        range: &'static str,
    },
}

impl Recipe {
    /// The defaults for random initial weights: no epochs for the head alone, and a higher rate.
    #[must_use]
    pub fn from_scratch() -> Self {
        Self {
            head_epochs: 0,
            rate: 1e-3,
            ..Self::default()
        }
    }

    /// The defaults for photographs with boxes: breeds are learnt from crops as well, individual animals by contrast, and
    /// what the start weights know is kept.
    #[must_use]
    pub fn with_boxes() -> Self {
        Self {
            batch: 64,
            head_epochs: 0,
            epochs: 8,
            rate: 1.7e-4,
            box_views: 0.5,
            contrast: 0.3,
            distillation: 2.0,
            augment: Augment {
                mixup: 0.0,
                ..Augment::default()
            },
            ..Self::default()
        }
    }

    /// The recipe with more epochs, `epochs` in all. Those that it had stay as they are. After them the learning rate
    /// starts again: it rises to [`Recipe::rate`] and falls over the added epochs to zero, a warm restart (Loshchilov
    /// and Hutter, "SGDR", ICLR 2017). To go on from the last rate would teach nothing, since that is zero.
    ///
    /// A run that was made longer at any time is the same as one with this recipe from the start.
    #[must_use]
    pub fn longer(mut self, epochs: usize) -> Self {
        if epochs > self.epochs {
            self.restarts.push(self.epochs);
            self.epochs = epochs;
        }
        self
    }

    /// The learning rate once the whole network has learnt for `done` epochs.
    pub(super) fn rate_after(&self, done: f64) -> f64 {
        let passed = self.restarts.iter();
        let passed = passed
            .take_while(|&&restart| restart as f64 <= done)
            .count();
        let start = passed.checked_sub(1).map_or(0, |last| self.restarts[last]);
        let end = self.restarts.get(passed).copied().unwrap_or(self.epochs);
        let [start, end] = [start, end].map(|epochs| epochs as f64);
        self.rate * rate_share(done - start, self.warmup, end - start)
    }

    /// Whether it can only be followed with boxes.
    pub(super) fn needs_boxes(&self) -> bool {
        self.box_views > 0.0 || self.contrast > 0.0
    }

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

    /// The form of a bundle's metadata: the recipe of its run, or a list if the bundle averages several runs.
    pub(crate) fn to_metadata(recipes: &[Self]) -> serde_json::Value {
        let value = match recipes {
            [one] => serde_json::to_value(one),
            several => serde_json::to_value(several),
        };
        value.expect("numbers and names have a JSON form")
    }

    /// The recipe, or the first of several, in a bundle's metadata.
    pub(crate) fn from_metadata(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let first = value.as_array().and_then(|several| several.first());
        serde_json::from_value(first.unwrap_or(value).clone())
    }

    /// The network's input at the kiosk.
    #[must_use]
    pub fn input(&self) -> InputSpec {
        let [mean, std] = self.network.normalisation();
        InputSpec {
            size: self.size,
            resize: self.resize,
            mean,
            std,
        }
    }

    /// Checks the range of every setting.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn check(&self) -> Result<(), RecipeError> {
        let rules = [
            self.rules_of_course(),
            self.rules_of_learning(),
            self.rules_of_views(),
        ];
        match rules.into_iter().flatten().find(|(_, holds, _)| !holds) {
            Some((setting, _, range)) => Err(RecipeError::Range { setting, range }),
            None => Ok(()),
        }
    }

    /// The rules of what is seen, and for how long.
    fn rules_of_course(&self) -> Vec<Rule> {
        vec![
            ("train_size", side(self.train_size), "32 to 1024"),
            ("size", side(self.size), "32 to 1024"),
            (
                "validation",
                share(self.validation) && self.validation > 0.0,
                "above 0 and below 1",
            ),
            ("batch", (1..=1024).contains(&self.batch), "1 to 1024"),
            ("epochs", (1..=10_000).contains(&self.epochs), "1 to 10000"),
            (
                "restarts",
                self.restarts.is_sorted_by(|one, next| one < next)
                    && self.restarts.iter().all(|it| (1..self.epochs).contains(it)),
                "rising numbers from 1 to below epochs",
            ),
            ("patience", self.patience >= 1, "at least 1"),
            ("head_epochs", self.head_epochs <= 10_000, "0 to 10000"),
        ]
    }

    /// The rules of the optimiser and of the loss.
    fn rules_of_learning(&self) -> Vec<Rule> {
        vec![
            ("head_rate", positive(self.head_rate), "above 0"),
            ("rate", positive(self.rate), "above 0"),
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
            ("smoothing", share(self.smoothing), "0 or more and below 1"),
            ("balance", probability(self.balance), "0 to 1"),
            ("dropout", share(self.dropout), "0 or more and below 1"),
        ]
    }

    /// The rules of the views of a photograph.
    fn rules_of_views(&self) -> Vec<Rule> {
        let augment = &self.augment;
        vec![
            ("box_views", probability(self.box_views), "0 to 1"),
            ("contrast", (0.0..=10.0).contains(&self.contrast), "0 to 10"),
            (
                "distillation",
                (0.0..=10.0).contains(&self.distillation),
                "0 to 10",
            ),
            (
                "augment.crop",
                augment.crop > 0.0 && augment.crop <= 1.0,
                "above 0 and at most 1",
            ),
            ("augment.distance", probability(augment.distance), "0 to 1"),
            (
                "augment.corruption",
                probability(augment.corruption),
                "0 to 1",
            ),
            (
                "augment.upside_down",
                probability(augment.upside_down),
                "0 to 1",
            ),
            (
                "augment.colour",
                share(augment.colour),
                "0 or more and below 1",
            ),
            ("augment.erasing", probability(augment.erasing), "0 to 1"),
            (
                "augment.mixup",
                (0.0..=10.0).contains(&augment.mixup),
                "0 to 10",
            ),
            (
                "augment.mixup",
                augment.mixup == 0.0 || self.contrast == 0.0,
                "0 where contrast is above 0: a blend of two animals is neither",
            ),
        ]
    }
}

/// The name of a setting, whether it is in its range, and that range.
type Rule = (&'static str, bool, &'static str);

fn share(value: f64) -> bool {
    (0.0..1.0).contains(&value)
}

fn probability(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// Whether a picture may have sides of this many pixels.
fn side(size: usize) -> bool {
    (32..=1024).contains(&size)
}

/// Reads settings from a TOML file.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, RecipeError> {
    let text = std::fs::read_to_string(path).map_err(|source| RecipeError::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|error| RecipeError::Parse {
        path: path.to_owned(),
        message: parse_message(&text, &error),
    })
}

/// The parser's message on one line; its own has several and underlines the place.
fn parse_message(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = text
        .bytes()
        .take(start)
        .filter(|&byte| byte == b'\n')
        .count()
        + 1;
    format!("line {line}: {}", error.message().replace('\n', " "))
}
