//! Finds what is wrong with the photographs of a data folder, without changing anything.

mod sheet;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use image::{ImageFormat, RgbImage};
use indicatif::ProgressBar;
use md5::{Digest, Md5};
use rayon::prelude::*;
use recognise::photo;

use super::{Dataset, Photo, Split, format_of_name};

pub use sheet::contact_sheet;

/// The findings of [`inspect`], each list in the order of the dataset.
#[derive(Debug, Default)]
pub struct Report {
    /// Photographs whose format differs from their file name's extension.
    pub misnamed: Vec<Misnamed>,
    /// Photographs that cannot be used.
    pub undecodable: Vec<Undecodable>,
    /// Pictures that occur more than once.
    pub duplicates: Vec<Duplicates>,
}

/// A photograph whose format differs from its file name's extension. The content decides how it is read.
#[derive(Debug)]
pub struct Misnamed {
    /// The photograph.
    pub photo: Photo,
    /// The format of the content.
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

/// Two or more photographs with the very same picture.
#[derive(Debug)]
pub struct Duplicates {
    /// The photographs, with the split of each.
    pub photos: Vec<(Split, Photo)>,
    /// Whether the files are identical, not only their pixels.
    pub same_bytes: bool,
}

impl Duplicates {
    /// Whether the picture is in both splits, which makes the test figures too good.
    pub fn in_both_splits(&self) -> bool {
        self.differ(|(split, _)| *split as usize)
    }

    /// Whether the picture is labelled with two breeds, at least one of them wrongly.
    pub fn of_two_breeds(&self) -> bool {
        self.differ(|(_, photo)| photo.breed)
    }

    fn differ(&self, property: impl Fn(&(Split, Photo)) -> usize) -> bool {
        let mut properties = self.photos.iter().map(property);
        let first = properties.next();
        properties.any(|other| Some(other) != first)
    }
}

/// Reads and decodes every photograph of a dataset, on all cores. `bar` is set to their number and advances by one
/// for each.
pub fn inspect(dataset: &Dataset, bar: &ProgressBar) -> Report {
    let photos: Vec<(Split, &Photo)> = [Split::Trainval, Split::Test]
        .into_iter()
        .flat_map(|split| dataset.split(split).iter().map(move |photo| (split, photo)))
        .collect();
    bar.set_length(photos.len() as u64);
    let findings: Vec<Finding> = photos
        .par_iter()
        .map(|(_, photo)| {
            let finding = inspect_one(&photo.path);
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

/// What inspecting one file brought.
struct Finding {
    /// The MD5 of the file; `None` if it could not be read.
    bytes: Option<Sum>,
    /// The MD5 of its decoded picture, or why there is none.
    picture: Result<Sum, String>,
    /// The format of the content if it differs from the name's extension.
    misnamed: Option<ImageFormat>,
}

fn inspect_one(path: &Path) -> Finding {
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
        // Opened as training and evaluation open it, so that all three agree on what can be used.
        picture: photo::open(path)
            .map(|picture| sum_of(&picture))
            .map_err(|error| error.fault.to_string()),
        misnamed: image::guess_format(&bytes)
            .ok()
            .filter(|format| format_of_name(path) != Some(*format)),
    }
}

fn sum_of(picture: &RgbImage) -> Sum {
    Md5::new()
        // Pictures of different shapes may consist of the same bytes.
        .chain_update(picture.width().to_le_bytes())
        .chain_update(picture.as_raw())
        .finalize()
        .into()
}
