//! A network that was trained before, from which another training goes on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use recognise::metadata::Breed;
use recognise::text::key;
use recognise::{BreedId, Bundle, vocabulary};

use super::bundle::file;
use super::classifier::LENGTH;
use super::weights::{File, WeightsError};
use super::{Architecture, CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Network};

/// The weights of a trained network, and the breeds that its classifier tells apart.
#[derive(Clone, Debug)]
pub struct Former {
    /// The file that it was read from.
    path: PathBuf,
    architecture: Architecture,
    breeds: Vec<BreedId>,
    /// `NAME.weight` and `NAME.bias` of each convolution.
    convolutions: HashMap<String, Tensor>,
    /// The classifier's weights `[breeds, features]`, for embeddings as the network makes them.
    weight: Tensor,
    /// Its biases `[breeds]`.
    bias: Tensor,
}

impl Former {
    /// The network of a bundle that the trainer made, in f32 or in int8, which must be of this architecture.
    ///
    /// # Errors
    /// If the bundle lacks one of the network's tensors or has it in another shape: the message names the bundle and
    /// the tensor.
    pub fn from_bundle(architecture: Architecture, bundle: &Bundle) -> Result<Self, WeightsError> {
        let breeds = bundle.metadata.breeds.iter();
        let breeds = breeds.map(|breed| breed.id.clone()).collect();
        let mut former = Self::of(architecture, breeds, &file(bundle)?)?;
        // A bundle's classifier reads embeddings of length 1.
        former.weight = (former.weight / f64::from(LENGTH))?;
        Ok(former)
    }

    /// The network with these tensors, which have the names of [`Network::variables`] and were read from `path`.
    ///
    /// # Errors
    /// If one is missing, of another shape or not finite: the message names the file and the tensor.
    pub fn from_tensors(
        path: &Path,
        architecture: Architecture,
        breeds: Vec<BreedId>,
        tensors: HashMap<String, Tensor>,
    ) -> Result<Self, WeightsError> {
        Self::of(architecture, breeds, &File::new(path, tensors))
    }

    fn of(
        architecture: Architecture,
        breeds: Vec<BreedId>,
        file: &File,
    ) -> Result<Self, WeightsError> {
        let dims = [breeds.len(), architecture.features()];
        Ok(Self {
            path: file.path().to_owned(),
            architecture,
            convolutions: file.folded(architecture, &architecture.blocks())?,
            weight: file.tensor(CLASSIFIER_WEIGHT, &dims)?,
            bias: file.tensor(CLASSIFIER_BIAS, &dims[..1])?,
            breeds,
        })
    }

    /// The network for these breeds, which must be of this architecture. Breeds that the classifier knows
    /// ([`Former::place`]) keep their rows. Each other one starts from the mean of all its rows, so that its logit is the
    /// mean of theirs: it is neither preferred nor out of reach.
    ///
    /// # Errors
    /// If it is of another architecture.
    pub fn network(
        &self,
        architecture: Architecture,
        breeds: &[Breed],
    ) -> Result<Network, WeightsError> {
        if architecture != self.architecture {
            return Err(WeightsError::OtherFormer {
                path: self.path.clone(),
                found: self.architecture,
                network: architecture,
            });
        }
        let new = self.breeds.len();
        let rows = breeds
            .iter()
            .map(|breed| self.place(&breed.id).unwrap_or(new) as u32);
        let rows = Tensor::from_vec(rows.collect(), breeds.len(), &Device::Cpu)?;
        let mut weights = self.convolutions.clone();
        for (name, own) in [
            (CLASSIFIER_WEIGHT, &self.weight),
            (CLASSIFIER_BIAS, &self.bias),
        ] {
            let with_new = Tensor::cat(&[own, &own.mean_keepdim(0)?], 0)?;
            weights.insert(name.to_owned(), with_new.index_select(&rows, 0)?);
        }
        Network::with(architecture, breeds.len(), &mut weights)
    }

    /// Which network it is.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The breeds in the order of the classifier's rows.
    #[must_use]
    pub fn breeds(&self) -> &[BreedId] {
        &self.breeds
    }

    /// The row of a breed in the classifier; `None` if it does not know the breed. It may have another name for it, as
    /// breeds get one when data sets are joined.
    #[must_use]
    pub fn place(&self, breed: &BreedId) -> Option<usize> {
        let exact = self.breeds.iter().position(|own| own == breed);
        exact.or_else(|| {
            let wanted = called(breed);
            self.breeds.iter().position(|own| called(own) == wanted)
        })
    }
}

/// What is the same for all names of a breed: the id of the kiosk's vocabulary, or the name without what people write
/// in several ways.
fn called(breed: &BreedId) -> String {
    vocabulary::named(breed).map_or_else(|| key(breed), |known| known.id.to_owned())
}
