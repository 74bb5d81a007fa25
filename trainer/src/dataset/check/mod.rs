//! What is wrong with the photographs of a data folder. Nothing is changed.

mod sheet;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use recognise::photo;
use image::{ImageFormat, RgbImage};
use indicatif::ProgressBar;
use md5::{Digest, Md5};
use rayon::prelude::*;

use super::{Dataset, Photo, Split};

pub use sheet::contact_sheet;

/// What [`inspect`] found, each in the order of the dataset.
#[derive(Debug, Default)]
pub struct Report {
    /// Photographs whose content is of another format than their name says.
    pub misnamed: Vec<Misnamed>,
    /// Photographs that cannot be used.
    pub undecodable: Vec<Undecodable>,
    /// Photographs that stand in the dataset more than once.
    pub duplicates: Vec<Duplicates>,
}

/// A photograph whose content is of another format than its name says. It is read by its content.
#[derive(Debug)]
pub struct Misnamed {
    /// The photograph.
    pub photo: Photo,
    /// What it is.
    pub format: ImageFormat,
}

/// A photograph that cannot be read or decoded.
#[derive(Debug)]
pub struct Undecodable {
    /// The photograph.
    pub photo: Photo,
    /// Why.
    pub reason: String,
}

/// Two or more photographs that show the very same picture.
#[derive(Debug)]
pub struct Duplicates {
    /// The photographs, with the split of each.
    pub photos: Vec<(Split, Photo)>,
    /// Whether the files are identical too, and not only their pixels.
    pub same_bytes: bool,
}

impl Duplicates {
    /// Whether the picture is trained on and tested on, which makes the test too easy.
    pub fn in_both_splits(&self) -> bool {
        self.differ(|(split, _)| *split as usize)
    }

    /// Whether the picture is said to show two breeds, of which one at least is wrong.
    pub fn of_two_breeds(&self) -> bool {
        self.differ(|(_, photo)| photo.breed)
    }

    fn differ(&self, trait_of: impl Fn(&(Split, Photo)) -> usize) -> bool {
        let mut traits = self.photos.iter().map(trait_of);
        let first = traits.next();
        traits.any(|other| Some(other) != first)
    }
}

/// Reads and decodes every photograph of a dataset, on all cores. `bar` gets their number and
/// counts them.
pub fn inspect(dataset: &Dataset, bar: &ProgressBar) -> Report {
    let photos: Vec<(Split, &Photo)> = [Split::Trainval, Split::Test]
        .into_iter()
        .flat_map(|split| dataset.split(split).iter().map(move |photo| (split, photo)))
        .collect();
    bar.set_length(photos.len() as u64);
    let findings: Vec<Finding> = photos
        .par_iter()
        .map(|(_, photo)| {
            let finding = look_at(&photo.path);
            bar.inc(1);
            finding
        })
        .collect();

    let mut report = Report::default();
    let mut same_picture: BTreeMap<Sum, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let photo = photos[index].1;
        if let Some(format) = finding.misnamed {
            report.misnamed.push(Misnamed {
                photo: photo.clone(),
                format,
            });
        }
        let picture = match &finding.picture {
            Ok(sum) => Some(*sum),
            Err(reason) => {
                report.undecodable.push(Undecodable {
                    photo: photo.clone(),
                    reason: reason.clone(),
                });
                finding.bytes
            }
        };
        if let Some(sum) = picture {
            same_picture.entry(sum).or_default().push(index);
        }
    }
    let mut groups: Vec<Vec<usize>> = same_picture.into_values().collect();
    groups.retain(|group| group.len() > 1);
    groups.sort();
    report.duplicates = groups
        .into_iter()
        .map(|group| Duplicates {
            same_bytes: group
                .windows(2)
                .all(|pair| findings[pair[0]].bytes == findings[pair[1]].bytes),
            photos: group
                .into_iter()
                .map(|index| (photos[index].0, photos[index].1.clone()))
                .collect(),
        })
        .collect();
    report
}

type Sum = [u8; 16];

/// What one file turned out to be.
struct Finding {
    /// The MD5 of the file, where it could be read.
    bytes: Option<Sum>,
    /// The MD5 of its decoded picture, or why there is none.
    picture: Result<Sum, String>,
    /// What it is, where its name says otherwise.
    misnamed: Option<ImageFormat>,
}

fn look_at(path: &Path) -> Finding {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Finding {
                bytes: None,
                picture: Err(error.to_string()),
                misnamed: None,
            };
        }
    };
    Finding {
        bytes: Some(Md5::digest(&bytes).into()),
        // Opened as training and evaluation open it, so that both agree on what can be used.
        picture: photo::open(path)
            .map(|picture| sum_of(&picture))
            .map_err(|error| error.fault.to_string()),
        misnamed: image::guess_format(&bytes)
            .ok()
            .filter(|format| ImageFormat::from_path(path).ok() != Some(*format)),
    }
}

fn sum_of(picture: &RgbImage) -> Sum {
    Md5::new()
        // Pictures of another shape may have the same pixels in a row.
        .chain_update(picture.width().to_le_bytes())
        .chain_update(picture.as_raw())
        .finalize()
        .into()
}
