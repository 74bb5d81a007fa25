//! Finds what is wrong with the photographs of a data folder, without changing anything.

mod sheet;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};
use indicatif::ProgressBar;
use md5::{Digest, Md5};
use rayon::prelude::*;
use recognise::photo;

use super::files::format_of_name;
use super::fingerprint::{Fingerprint, alike};
use super::{Dataset, Photo, Role};

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
    /// Photographs that look nearly the same.
    pub alike: Vec<Alike>,
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
    /// The photographs, with what each is for.
    pub photos: Vec<(Role, Photo)>,
    /// Whether the files are identical, not only their pixels.
    pub same_bytes: bool,
}

impl Duplicates {
    /// Whether the picture is on two sides of a split, which makes figures too good.
    pub fn is_across_splits(&self) -> bool {
        are_across_splits(&self.photos)
    }

    /// Whether the picture is labelled with two breeds, at least one of them wrongly.
    pub fn of_two_breeds(&self) -> bool {
        differ(&self.photos, |(_, photo)| photo.breed)
    }
}

/// Two or more photographs that look nearly the same, mirrored or not, but not all of them with the very same picture.
#[derive(Debug)]
pub struct Alike {
    /// The photographs, with what each is for.
    pub photos: Vec<(Role, Photo)>,
}

impl Alike {
    /// Whether they are on two sides of a split, which makes figures too good.
    pub fn is_across_splits(&self) -> bool {
        are_across_splits(&self.photos)
    }

    /// Whether they are labelled with two breeds, at least one of them wrongly.
    pub fn of_two_breeds(&self) -> bool {
        differ(&self.photos, |(_, photo)| photo.breed)
    }
}

/// Reads and decodes every photograph of a dataset, on all cores. `bar` is set to their number and advances by one
/// for each. Splits that nobody made are then made as [`Dataset::keep_together`] makes them.
pub fn inspect(dataset: &mut Dataset, bar: &ProgressBar) -> Report {
    let photos = dataset.trainval.iter().chain(&dataset.test);
    let paths: Vec<PathBuf> = photos.map(|photo| photo.path.clone()).collect();
    bar.set_length(paths.len() as u64);
    let findings: HashMap<PathBuf, Finding> = paths
        .par_iter()
        .map(|path| {
            let finding = inspect_one(path);
            bar.inc(1);
            (path.clone(), finding)
        })
        .collect();
    let fingerprints = paths.iter().filter_map(|path| {
        let seen = findings.get(path)?.picture.as_ref().ok()?;
        Some((path.clone(), seen.fingerprint.clone()))
    });
    let fingerprints: Vec<(PathBuf, Fingerprint)> = fingerprints.collect();
    let groups = dataset.tie(alike(&fingerprints), &paths);

    let photos = dataset.roles();
    let photos: Vec<(Role, Photo)> = photos.map(|(role, photo)| (role, photo.clone())).collect();
    let mut report = faults(&photos, &findings);
    report.duplicates = duplicates(&photos, &findings);
    report.alike = near_duplicates(&photos, &findings, groups);
    report
}

/// The photographs that are misnamed or cannot be used.
fn faults(photos: &[(Role, Photo)], findings: &HashMap<PathBuf, Finding>) -> Report {
    let mut report = Report::default();
    for (_, photo) in photos {
        let Some(finding) = findings.get(&photo.path) else {
            continue;
        };
        let photo = photo.clone();
        if let Some(format) = finding.misnamed {
            let photo = photo.clone();
            report.misnamed.push(Misnamed { photo, format });
        }
        if let Err(reason) = &finding.picture {
            let reason = reason.clone();
            report.undecodable.push(Undecodable { photo, reason });
        }
    }
    report
}

/// The groups of photographs with the very same picture, or of identical files that are none.
fn duplicates(photos: &[(Role, Photo)], findings: &HashMap<PathBuf, Finding>) -> Vec<Duplicates> {
    let mut same: BTreeMap<Sum, Vec<usize>> = BTreeMap::new();
    for (index, (_, photo)) in photos.iter().enumerate() {
        if let Some(sum) = findings.get(&photo.path).and_then(Finding::sum) {
            same.entry(sum).or_default().push(index);
        }
    }
    let mut groups: Vec<Vec<usize>> = same.into_values().collect();
    groups.retain(|group| group.len() > 1);
    groups.sort();
    let groups = groups.into_iter().map(|group| {
        let photos: Vec<(Role, Photo)> = group.iter().map(|&it| photos[it].clone()).collect();
        let bytes = |(_, photo): &(Role, Photo)| findings.get(&photo.path).map(|it| it.bytes);
        Duplicates {
            same_bytes: photos
                .windows(2)
                .all(|pair| bytes(&pair[0]) == bytes(&pair[1])),
            photos,
        }
    });
    groups.collect()
}

/// The groups of photographs that look nearly the same, without those of a single picture.
fn near_duplicates(
    photos: &[(Role, Photo)],
    findings: &HashMap<PathBuf, Finding>,
    groups: Vec<Vec<PathBuf>>,
) -> Vec<Alike> {
    let groups = groups.into_iter().map(|group| {
        let paths: HashSet<PathBuf> = group.into_iter().collect();
        let photos = photos
            .iter()
            .filter(|(_, photo)| paths.contains(&photo.path));
        Alike {
            photos: photos.cloned().collect(),
        }
    });
    let sum = |(_, photo): &(Role, Photo)| findings.get(&photo.path).and_then(Finding::sum);
    groups.filter(|group| differ(&group.photos, sum)).collect()
}

/// Whether photographs differ in a property.
fn differ<T: PartialEq>(photos: &[(Role, Photo)], property: impl Fn(&(Role, Photo)) -> T) -> bool {
    photos
        .windows(2)
        .any(|pair| property(&pair[0]) != property(&pair[1]))
}

/// Whether two of these photographs are on two sides of a split.
fn are_across_splits(photos: &[(Role, Photo)]) -> bool {
    let roles: BTreeSet<Role> = photos.iter().map(|(role, _)| *role).collect();
    let mut others = roles.iter();
    others.any(|one| roles.iter().any(|other| one.is_apart_from(*other)))
}

type Sum = [u8; 16];

/// What inspecting one file brought.
struct Finding {
    /// The MD5 of the file; `None` if it could not be read.
    bytes: Option<Sum>,
    /// Its decoded picture, or why there is none.
    picture: Result<Seen, String>,
    /// The format of the content if it differs from the name's extension.
    misnamed: Option<ImageFormat>,
}

/// What is kept of a decoded picture.
struct Seen {
    /// Its MD5.
    sum: Sum,
    fingerprint: Fingerprint,
}

impl Finding {
    /// What is the same for the same picture, and for identical files that are none.
    fn sum(&self) -> Option<Sum> {
        match &self.picture {
            Ok(seen) => Some(seen.sum),
            Err(_) => self.bytes,
        }
    }
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
            .map(|picture| Seen {
                sum: sum_of(&picture),
                fingerprint: Fingerprint::of(&picture),
            })
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
