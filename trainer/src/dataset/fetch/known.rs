//! The data sets that can be downloaded: where they are, how they are verified, and the terms of their use.

use std::fmt;
use std::fs;
use std::path::Path;

use super::annotations::{self, Boxed};
use super::{Archive, FetchError, Sum, cannot_write};
use crate::dataset::declared;
use crate::replace::replace;

/// A data set that can be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Known {
    /// The Oxford-IIIT Pet dataset: 37 breeds of cats and dogs, 7,349 photographs, 800 MB
    OxfordIiitPet,
    /// The Stanford Dogs dataset: 120 breeds, 20,580 photographs, 815 MB, boxes; for non-commercial research and
    /// education only
    StanfordDogs,
}

impl Known {
    /// Its archives, the small one first.
    #[must_use]
    pub fn archives(self) -> [Archive; 2] {
        match self {
            Self::OxfordIiitPet => oxford(),
            Self::StanfordDogs => stanford(),
        }
    }

    /// Its size, and the terms under which it may be used.
    #[must_use]
    pub fn terms(self) -> &'static str {
        match self {
            Self::OxfordIiitPet => {
                "the Oxford-IIIT Pet dataset (https://www.robots.ox.ac.uk/~vgg/data/pets/), 800 MB: CC BY-SA 4.0; the \
                 owners of the photographs keep their copyright"
            }
            Self::StanfordDogs => {
                "the Stanford Dogs dataset (http://vision.stanford.edu/aditya86/ImageNetDogs/), 815 MB: its \
                 photographs are from ImageNet, whose terms of access (https://image-net.org/download) allow \
                 non-commercial research and education only; the owners of the photographs keep their copyright"
            }
        }
    }

    /// Writes what a folder lacks once its archives are unpacked: for the Stanford Dogs dataset `breeds.toml`, with the
    /// species of the breeds that the kiosk has no name for, and `boxes.csv`, with the boxes of its annotations. Files
    /// that are there are left alone. Gives what was written into the table of boxes, if it was.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn finish(self, out: &Path) -> Result<Option<Boxed>, FetchError> {
        match self {
            Self::OxfordIiitPet => Ok(None),
            Self::StanfordDogs => {
                let breeds = out.join(declared::FILE);
                if !breeds.exists() {
                    let content = include_str!("stanford-dogs.toml");
                    let written = replace(&breeds, |part| Ok(fs::write(part, content)?));
                    written.map_err(|error| cannot_write(&breeds, error))?;
                }
                annotations::write_boxes(out)
            }
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OxfordIiitPet => "oxford-iiit-pet",
            Self::StanfordDogs => "stanford-dogs",
        })
    }
}

fn oxford() -> [Archive; 2] {
    [
        ("annotations", "95a8c909bbe2e81eed6a22bccdf3f68f"),
        ("images", "5c4f3ee8e5d25df40f4fd59a7f44e54c"),
    ]
    .map(|(name, md5)| Archive {
        file: format!("{name}.tar.gz"),
        folder: name.to_owned(),
        urls: vec![
            format!("https://thor.robots.ox.ac.uk/pets/{name}.tar.gz"),
            format!("https://www.robots.ox.ac.uk/~vgg/data/pets/data/{name}.tar.gz"),
        ],
        sum: Sum::Md5(md5.to_owned()),
    })
}

/// The site names no checksums, and does not speak TLS. These are the ones with which TensorFlow Datasets verifies the
/// archives: `tensorflow_datasets/url_checksums/stanford_dogs.txt` in <https://github.com/tensorflow/datasets>.
///
/// The third archive has the lists of the site's own splits. It is not downloaded: they are cell arrays in MATLAB files,
/// for which there is no maintained crate. The photographs are split as those of any folder.
fn stanford() -> [Archive; 2] {
    [
        (
            "annotation.tar",
            "Annotation",
            "662ed36f707be6b195c2fda392d8e153e83af28cedc8e2134a649f198def30fd",
        ),
        (
            "images.tar",
            "Images",
            "a443fc2f9a851aa1a7b8e4fa4af94b8459fce2c9f5a2f4dd4669cf9673a4ec58",
        ),
    ]
    .map(|(file, folder, sha256)| Archive {
        file: file.to_owned(),
        folder: folder.to_owned(),
        urls: vec![format!(
            "http://vision.stanford.edu/aditya86/ImageNetDogs/{file}"
        )],
        sum: Sum::Sha256(sha256.to_owned()),
    })
}
