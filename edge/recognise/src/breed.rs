//! Species and ids of breeds, and the breeds that an animal may be of.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A breed's stable id, such as `staffordshire_bull_terrier`: the dataset's name in lower case.
///
/// ```
/// use recognise::BreedId;
///
/// let breed = BreedId::from("maine_coon");
/// assert_eq!(breed.display_name(), "Maine coon");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BreedId(String);

impl BreedId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name made from the id, for breeds that the [vocabulary](crate::vocabulary) does not have:
    /// `Staffordshire bull terrier`.
    #[must_use]
    pub fn display_name(&self) -> String {
        let words = self.0.replace('_', " ");
        let mut letters = words.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => words,
        }
    }
}

impl From<&str> for BreedId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for BreedId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl FromStr for BreedId {
    type Err = Infallible;

    fn from_str(id: &str) -> Result<Self, Infallible> {
        Ok(id.into())
    }
}

impl From<BreedId> for String {
    fn from(id: BreedId) -> Self {
        id.0
    }
}

impl Deref for BreedId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for BreedId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for BreedId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for BreedId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for BreedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
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

/// The error for a text that is not the name of a species.
#[derive(Debug, Error)]
#[error("neither cat nor dog")]
pub struct UnknownSpecies;

impl Species {
    /// `cat` or `dog`.
    ///
    /// ```
    /// use recognise::metadata::Species;
    ///
    /// assert_eq!(Species::Cat.as_str(), "cat");
    /// assert_eq!("dog".parse::<Species>()?, Species::Dog);
    /// assert!("bird".parse::<Species>().is_err());
    /// # Ok::<(), recognise::metadata::UnknownSpecies>(())
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cat => "cat",
            Self::Dog => "dog",
        }
    }
}

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Species {
    type Err = UnknownSpecies;

    fn from_str(text: &str) -> Result<Self, UnknownSpecies> {
        [Self::Cat, Self::Dog]
            .into_iter()
            .find(|species| species.as_str() == text)
            .ok_or(UnknownSpecies)
    }
}

/// A breed that an animal may be of.
///
/// ```
/// use recognise::learnt::Learnt;
/// use recognise::{Bundle, Prediction};
///
/// let metadata = Bundle::embedded()?.metadata;
/// let mut prediction = Prediction {
///     probabilities: vec![0.0; 37],
///     similarity: Vec::new(),
/// };
/// prediction.probabilities[4] = 0.98;
/// let candidates = Learnt::default().candidates_for(&prediction, &[], &metadata);
/// assert_eq!(candidates[0].breed, metadata.breeds[4].id);
/// assert_eq!(candidates[0].probability, 0.98);
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The breed.
    pub breed: BreedId,
    /// Its probability, 0 to 1.
    pub probability: f32,
}
