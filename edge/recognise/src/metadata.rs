//! A bundle's metadata: the JSON values in the `metadata_props` of its ONNX file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::breed::BreedId;
use crate::error::{BundleError, Fault};

const BREEDS: &str = "kiosk.breeds";
const INPUT: &str = "kiosk.input";
const CALIBRATION: &str = "kiosk.calibration";
const UNKNOWN: &str = "kiosk.unknown";
const TRAINED: &str = "kiosk.trained";
const MEASURED: &str = "kiosk.measured";

/// A bundle's metadata.
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

/// The species that breeds belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Species {
    /// *Felis catus*.
    Cat,
    /// *Canis familiaris*.
    Dog,
}

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cat => "cat",
            Self::Dog => "dog",
        })
    }
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
    /// Logits are divided by this; above 0. See [`softmax`](crate::softmax).
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
    /// The key-value pairs of an ONNX file's `metadata_props`. `kiosk.measured` is absent if nothing
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
        props.extend(self.measured.as_ref().map(|it| prop(MEASURED, it)));
        props
    }

    /// The inverse of [`Metadata::to_props`]; keys of other programs are ignored.
    ///
    /// # Errors
    /// If a key is missing, or its value is not valid JSON, has the wrong form or is out of range.
    pub fn from_props<'a>(
        props: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BundleError> {
        let props: BTreeMap<&str, &str> = props.into_iter().collect();
        let metadata = Self {
            breeds: required(&props, BREEDS)?,
            input: required(&props, INPUT)?,
            calibration: required(&props, CALIBRATION)?,
            unknown: required(&props, UNKNOWN)?,
            trained: required(&props, TRAINED)?,
            measured: optional(&props, MEASURED)?,
        };
        metadata.check()?;
        Ok(metadata)
    }

    fn check(&self) -> Result<(), Fault> {
        let rule = |key, holds: bool, reason: &str| {
            if !holds {
                let reason = reason.to_owned();
                return Err(Fault::Metadata { key, reason });
            }
            Ok(())
        };
        let ids: BTreeSet<&str> = self.breeds.iter().map(|breed| breed.id.as_str()).collect();
        rule(BREEDS, self.breeds.len() >= 2, "fewer than two breeds")?;
        rule(BREEDS, !ids.contains(""), "a breed without an id")?;
        rule(
            BREEDS,
            ids.len() == self.breeds.len(),
            "two breeds with the same id",
        )?;

        let InputSpec {
            size, mean, std, ..
        } = &self.input;
        rule(
            INPUT,
            (32..=1024).contains(size),
            "size must be 32 to 1024 pixels",
        )?;
        rule(
            INPUT,
            mean.iter().all(|m| m.is_finite()),
            "mean must be finite",
        )?;
        rule(
            INPUT,
            std.iter().all(|s| s.is_finite() && *s > 0.0),
            "std must be finite and above 0",
        )?;

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
