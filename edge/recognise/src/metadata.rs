//! A bundle's metadata: the JSON values in the `metadata_props` of its ONNX file.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::breed::BreedId;
use crate::error::{BundleError, Fault};
use crate::graph::STRIDE;
use crate::region::Region;
use crate::vectors;

pub use crate::breed::{Species, UnknownSpecies};

const BREEDS: &str = "kiosk.breeds";
const INPUT: &str = "kiosk.input";
const CALIBRATION: &str = "kiosk.calibration";
const UNKNOWN: &str = "kiosk.unknown";
const ANIMALS: &str = "kiosk.animals";
const EMBEDDING: &str = "kiosk.embedding";
const TRAINED: &str = "kiosk.trained";
const MEASURED: &str = "kiosk.measured";

/// How far from 1 the length of an embedding may be that was rounded.
const ROUNDING: f32 = 1e-2;

/// A bundle's metadata.
///
/// ```
/// use recognise::Bundle;
///
/// let metadata = Bundle::embedded()?.metadata;
/// assert_eq!(metadata.breeds.len(), 37);
/// assert!(metadata.calibration.temperature > 0.0);
/// assert!((0.0..=1.0).contains(&metadata.unknown.threshold));
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The breeds, in the order of the network's output: at least two.
    pub breeds: Vec<Breed>,
    /// The network's input.
    pub input: InputSpec,
    /// How the network's output becomes probabilities.
    pub calibration: Calibration,
    /// When no breed is named.
    pub unknown: Unknown,
    /// How animals are found, if the bundle has a detector.
    pub animals: Option<Animals>,
    /// What the network's embeddings are compared with, if it makes any itself.
    pub embedding: Option<EmbeddingSpec>,
    /// How the network was trained.
    pub trained: Trained,
    /// How accurate the network is, if that was measured.
    pub measured: Option<Measured>,
}

/// One breed that the network can name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breed {
    /// Its stable id: unique, never empty.
    pub id: BreedId,
    /// Its species.
    pub species: Species,
}

/// The network's input: f32 `[1, 3, size, size]`, RGB, `(value / 255 - mean) / std`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// Width and height in pixels, 32 to 1024.
    pub size: usize,
    /// How a picture of any shape becomes a square.
    pub resize: Resize,
    /// The mean of each channel (red, green, blue), on a scale of 0 to 1.
    pub mean: [f32; 3],
    /// The standard deviation of each channel, on the same scale, above 0.
    pub std: [f32; 3],
}

/// How a picture of any shape becomes a square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// The whole picture is squeezed into the square; its proportions change.
    Squash,
    /// The largest centred square is cut out.
    Crop,
}

/// How logits become probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Logits are divided by this; above 0. See [`softmax`](fn@crate::softmax).
    pub temperature: f32,
}

/// When no breed is named: the answer is unsure, or the picture is out of distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// A breed is named only if its probability is at least this, 0 to 1.
    pub threshold: f32,
    /// How out-of-distribution pictures are detected.
    #[serde(flatten)]
    pub method: Method,
}

/// How pictures that show none of the breeds are detected (out-of-distribution detection).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Method {
    /// By the largest probability alone (Hendrycks and Gimpel, "A Baseline for Detecting
    /// Misclassified and Out-of-Distribution Examples in Neural Networks", ICLR 2017).
    MaxProbability,
    /// By the network's output `similarity`, see
    /// [`Prediction::similarity`](crate::Prediction::similarity).
    // Bundles of former versions call it `likeness`; those in use can still be loaded.
    #[serde(alias = "likeness")]
    PrototypeSimilarity {
        /// A picture is in distribution if its similarity to any prototype is at least this.
        animal: f32,
        /// A breed is named only if the similarity to its prototype is at least this.
        breed: f32,
    },
}

/// How animals are found in a picture (see [`locate`](crate::locate)), and what of the picture is
/// recognised then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Animals {
    /// The detector's input: its size is a multiple of 32, and the picture is squashed.
    pub input: InputSpec,
    /// Each side of a box moves out by this share of the box's width or height, 0 to 1.
    pub margin: f32,
    /// What is done about the proportions of a box.
    pub shape: CropShape,
    /// The least resemblance of a crop to the breeds at which what was found can be an animal: see
    /// [`resemblance`](crate::verdict::resemblance). `None` in older bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resemblance: Option<f32>,
    /// How the detector was trained.
    pub trained: TrainedDetector,
}

/// The shape of what is cut out around a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CropShape {
    /// The box with its margin.
    Tight,
    /// The shorter side is as long as the longer one, as far as the picture allows.
    Square,
}

/// How a detector was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedDetector {
    /// How many pictures it was trained with.
    pub images: usize,
    /// The trainer's settings.
    pub recipe: serde_json::Value,
}

/// What the network's output `embedding` is compared with: see [`learnt`](crate::learnt) for breeds,
/// and [`embedding`](crate::embedding) for single animals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingSpec {
    /// For each breed, in the order of [`Metadata::breeds`], the mean of the embeddings of its training
    /// photographs, scaled to length 1.
    pub prototypes: Vec<Vec<f32>>,
    /// How similarities become probabilities of single animals, if that was calibrated.
    pub guests: Option<Guests>,
}

/// How the similarities of a picture to single animals become probabilities: see
/// [`embedding::guests`](crate::embedding::guests).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guests {
    /// The factor of similarities, above 0.
    pub scale: f32,
    /// The similarity at which an animal is as probably a known one as a new one.
    pub new: f32,
}

impl Animals {
    /// What is recognised of a picture of `width` x `height` pixels if an animal was found in
    /// `found`: that region with its margin, in the wanted shape, within the picture.
    #[must_use]
    pub fn crop(&self, found: Region, width: u32, height: u32) -> Region {
        let region = found.with_margin(self.margin);
        match self.shape {
            CropShape::Tight => region,
            CropShape::Square => region.squared(width, height),
        }
    }
}

/// How a network was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// When, as an RFC 3339 time or date.
    pub when: String,
    /// How many photographs it was trained with.
    pub images: usize,
    /// A digest of the list of photographs: breed, file name and length of each.
    pub data_digest: String,
    /// The pretrained weights that training started from.
    pub pretrained: String,
    /// The trainer's settings; a list of them if the network is the average of several runs.
    pub recipe: serde_json::Value,
}

/// How accurate a network is, measured with the kiosk's own engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The split of the dataset that it was measured on.
    pub split: String,
    /// How many photographs that split has.
    pub images: usize,
    /// Share of photographs whose breed came first, 0 to 1.
    pub top1: f64,
    /// Share of photographs whose breed was among the first three, 0 to 1.
    pub top3: f64,
    /// The mean of `top1` over the breeds, 0 to 1.
    pub mean_per_class: f64,
}

impl Metadata {
    /// The key-value pairs of an ONNX file's `metadata_props`. `kiosk.animals` is absent if there is no
    /// detector, `kiosk.embedding` if the network makes no embeddings, and `kiosk.measured` if nothing
    /// was measured.
    #[must_use]
    pub fn to_props(&self) -> Vec<(String, String)> {
        let mut props = vec![
            prop(BREEDS, &self.breeds),
            prop(INPUT, &self.input),
            prop(CALIBRATION, &self.calibration),
            prop(UNKNOWN, &self.unknown),
            prop(TRAINED, &self.trained),
        ];
        props.extend(self.animals.as_ref().map(|it| prop(ANIMALS, it)));
        props.extend(self.embedding.as_ref().map(|it| prop(EMBEDDING, it)));
        props.extend(self.measured.as_ref().map(|it| prop(MEASURED, it)));
        props
    }

    /// The inverse of [`Metadata::to_props`]; keys of other programs are ignored. Prototypes are scaled
    /// to length 1 exactly.
    ///
    /// # Errors
    /// If a key is missing, or its value is not valid JSON, has the wrong form or is out of range.
    pub fn from_props<'a>(
        props: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BundleError> {
        let props: BTreeMap<&str, &str> = props.into_iter().collect();
        let mut metadata = Self {
            breeds: required(&props, BREEDS)?,
            input: required(&props, INPUT)?,
            calibration: required(&props, CALIBRATION)?,
            unknown: required(&props, UNKNOWN)?,
            animals: optional(&props, ANIMALS)?,
            embedding: optional(&props, EMBEDDING)?,
            trained: required(&props, TRAINED)?,
            measured: optional(&props, MEASURED)?,
        };
        metadata.check()?;
        let spec = metadata.embedding.as_mut();
        for prototype in spec.into_iter().flat_map(|it| &mut it.prototypes) {
            *prototype = vectors::scaled(prototype);
        }
        Ok(metadata)
    }

    fn check(&self) -> Result<(), Fault> {
        let ids: BTreeSet<&str> = self.breeds.iter().map(|breed| breed.id.as_str()).collect();
        rule(BREEDS, self.breeds.len() >= 2, "fewer than two breeds")?;
        rule(BREEDS, !ids.contains(""), "a breed without an id")?;
        rule(
            BREEDS,
            ids.len() == self.breeds.len(),
            "two breeds with the same id",
        )?;

        self.input.check(INPUT)?;
        if let Some(animals) = &self.animals {
            animals.check()?;
        }
        if let Some(embedding) = &self.embedding {
            embedding.check(self.breeds.len())?;
        }

        let temperature = self.calibration.temperature;
        rule(
            CALIBRATION,
            temperature.is_finite() && temperature > 0.0,
            "temperature must be finite and above 0",
        )?;
        if let Method::PrototypeSimilarity { animal, breed } = self.unknown.method {
            rule(
                UNKNOWN,
                animal.is_finite() && breed.is_finite(),
                "animal and breed must be finite",
            )?;
        }
        rule(
            UNKNOWN,
            (0.0..=1.0).contains(&self.unknown.threshold),
            "threshold must be 0 to 1",
        )
    }
}

impl InputSpec {
    /// Checks it as a part of the metadata value of `key`.
    fn check(&self, key: &'static str) -> Result<(), Fault> {
        let Self {
            size, mean, std, ..
        } = self;
        rule(
            key,
            (32..=1024).contains(size),
            "size must be 32 to 1024 pixels",
        )?;
        rule(
            key,
            mean.iter().all(|m| m.is_finite()),
            "mean must be finite",
        )?;
        rule(
            key,
            std.iter().all(|s| s.is_finite() && *s > 0.0),
            "std must be finite and above 0",
        )
    }
}

impl Animals {
    fn check(&self) -> Result<(), Fault> {
        self.input.check(ANIMALS)?;
        rule(
            ANIMALS,
            self.input.size.is_multiple_of(STRIDE),
            "size must be a multiple of 32 pixels",
        )?;
        rule(
            ANIMALS,
            self.input.resize == Resize::Squash,
            "resize must be squash: boxes are shares of the whole picture",
        )?;
        rule(
            ANIMALS,
            (0.0..=1.0).contains(&self.margin),
            "margin must be 0 to 1",
        )?;
        rule(
            ANIMALS,
            self.resemblance
                .is_none_or(|least| (0.0..=5.0).contains(&least)),
            "resemblance must be 0 to 5",
        )
    }
}

impl EmbeddingSpec {
    fn check(&self, breeds: usize) -> Result<(), Fault> {
        let prototypes = &self.prototypes;
        rule(
            EMBEDDING,
            prototypes.len() == breeds,
            "there must be one prototype for each breed",
        )?;
        let is_scaled = |it: &Vec<f32>| (vectors::length(it) - 1.0).abs() <= ROUNDING;
        rule(
            EMBEDDING,
            prototypes.iter().all(is_scaled),
            "each prototype must have length 1",
        )?;
        let Some(Guests { scale, new }) = self.guests else {
            return Ok(());
        };
        rule(
            EMBEDDING,
            scale.is_finite() && scale > 0.0 && new.is_finite(),
            "scale must be finite and above 0, and new finite",
        )
    }

    /// Prototypes must have as many numbers as the network's embeddings, `length`.
    pub(crate) fn check_numbers(&self, length: usize) -> Result<(), Fault> {
        let mut prototypes = self.prototypes.iter();
        rule(
            EMBEDDING,
            prototypes.all(|it| it.len() == length),
            &format!("each prototype must have {length} numbers, as the output `embedding` has"),
        )
    }
}

/// What is wrong with the metadata value of `key`, unless something holds.
fn rule(key: &'static str, holds: bool, reason: &str) -> Result<(), Fault> {
    if !holds {
        let reason = reason.to_owned();
        return Err(Fault::Metadata { key, reason });
    }
    Ok(())
}

fn prop(key: &str, value: &impl Serialize) -> (String, String) {
    let json = serde_json::to_string(value).expect("plain data always has a JSON form");
    (key.to_owned(), json)
}

fn required<T: DeserializeOwned>(
    props: &BTreeMap<&str, &str>,
    key: &'static str,
) -> Result<T, Fault> {
    optional(props, key)?.ok_or(Fault::NoMetadata { key })
}

fn optional<T: DeserializeOwned>(
    props: &BTreeMap<&str, &str>,
    key: &'static str,
) -> Result<Option<T>, Fault> {
    let parse = |json: &&str| {
        serde_json::from_str(json).map_err(|error| Fault::Metadata {
            key,
            reason: error.to_string(),
        })
    };
    props.get(key).map(parse).transpose()
}
