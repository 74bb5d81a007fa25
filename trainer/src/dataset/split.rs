//! Splits photographs by their names, so that a split stays the same as photographs are added. Photographs that belong
//! together stay on one side.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use super::Photo;
use super::files::file_name;

/// One in this many photographs of a folder without splits goes to the test split.
const TEST_SHARE: u64 = 5;

/// Splits `trainval` into photographs to train on and a validation set, in this order; both keep the given order.
///
/// The split is stratified: `share` (0 to 1) of each breed's photographs, rounded, goes to validation. A breed with
/// two or more photographs has at least one in either part, a breed with a single one keeps it for training. The
/// choice within a breed depends on `seed` and its file names, not on the other breeds.
///
/// # Panics
/// When a photograph's breed is not below `breeds`.
pub fn carve(trainval: &[Photo], breeds: usize, share: f64, seed: u64) -> (Vec<Photo>, Vec<Photo>) {
    carve_together(
        trainval,
        breeds,
        &Together::default(),
        |_| None,
        share,
        seed,
    )
}

/// As [`carve`], but photographs that belong together stay on one side, that of the breed of the first of them. So a
/// breed has a photograph in either part if not all of its photographs belong together, and the share of its
/// photographs that go to validation is met only as nearly as their groups allow.
///
/// `said` tells of a photograph whether it is to validate on, if something says so; then it is on that side. The share is
/// that of the other photographs. Of those, the ones that belong together with such a photograph follow it.
pub(super) fn carve_together(
    trainval: &[Photo],
    breeds: usize,
    together: &Together,
    said: impl Fn(&Path) -> Option<bool>,
    share: f64,
    seed: u64,
) -> (Vec<Photo>, Vec<Photo>) {
    let seed = seed.to_string();
    let mut of_breed: Vec<Vec<Unit>> = vec![Vec::new(); breeds];
    let hash = |photo: &Photo| stable_hash(&[&seed, &file_name(&photo.path)]);
    let (mut chosen, units) = follow(together.units(trainval, hash), &said);
    for unit in units {
        of_breed[unit.first.breed].push(unit);
    }
    let units = of_breed.into_iter().flat_map(|units| choose(units, share));
    chosen.extend(units.flat_map(|unit| unit.paths));
    let is_chosen = |photo: &Photo| {
        let path = photo.path.as_path();
        said(path).unwrap_or_else(|| chosen.contains(path))
    };
    let (validation, train) = trainval.iter().cloned().partition(is_chosen);
    (train, validation)
}

/// The photographs that belong together with one that is said to be chosen, and the units of which nothing is said.
fn follow<'a>(
    units: Vec<Unit<'a>>,
    said: &impl Fn(&Path) -> Option<bool>,
) -> (HashSet<&'a Path>, Vec<Unit<'a>>) {
    let (mut chosen, mut others) = (HashSet::new(), Vec::new());
    for unit in units {
        // If two of them are said to be on two sides, the others can be on the side of one only: that of the first.
        let Some(is_chosen) = unit.paths.iter().find_map(|path| said(path)) else {
            others.push(unit);
            continue;
        };
        if is_chosen {
            chosen.extend(unit.paths);
        }
    }
    (chosen, others)
}

/// The units of a breed that are validated on.
fn choose(mut units: Vec<Unit<'_>>, share: f64) -> Vec<Unit<'_>> {
    if units.len() < 2 {
        return Vec::new();
    }
    units.sort_by(|a, b| (a.hash, &a.first.path).cmp(&(b.hash, &b.first.path)));
    let count: usize = units.iter().map(|unit| unit.paths.len()).sum();
    let wanted = (share * count as f64).round() as usize;
    let mut left = wanted.clamp(1, count - 1);
    // All but the smallest may be larger than the share; one has to go.
    let least = units.iter().map(|unit| unit.paths.len()).min();
    left = left.max(least.unwrap_or_default());
    units.retain(|unit| {
        let fits = unit.paths.len() <= left;
        left -= if fits { unit.paths.len() } else { 0 };
        fits
    });
    units
}

/// Divides photographs into `count` folds, at least 2: gives the fold of each, from 0. Photographs that belong together are
/// in one fold, and each breed's are spread over the folds as evenly as that allows. If all photographs of a breed belong
/// together, they are in no fold (`None`): without them the breed could not be learnt.
///
/// The choice depends on `seed` and the file names.
pub(super) fn folds_together(
    photos: &[Photo],
    breeds: usize,
    together: &Together,
    count: usize,
    seed: u64,
) -> Vec<Option<usize>> {
    let seed = seed.to_string();
    let mut of_breed: Vec<Vec<Unit>> = vec![Vec::new(); breeds];
    let hash = |photo: &Photo| stable_hash(&[&seed, &file_name(&photo.path)]);
    for unit in together.units(photos, hash) {
        of_breed[unit.first.breed].push(unit);
    }
    let mut folds: HashMap<&Path, usize> = HashMap::new();
    let mut all = vec![0; count];
    for mut units in of_breed.into_iter().filter(|units| units.len() > 1) {
        // The largest first: the smaller ones then even out the folds.
        let key = |unit: &Unit| (Reverse(unit.paths.len()), unit.hash);
        units.sort_by(|a, b| (key(a), &a.first.path).cmp(&(key(b), &b.first.path)));
        let mut own = vec![0; count];
        for unit in units {
            let least = (0..count).min_by_key(|&fold| (own[fold], all[fold]));
            let fold = least.unwrap_or_default();
            own[fold] += unit.paths.len();
            all[fold] += unit.paths.len();
            folds.extend(unit.paths.into_iter().map(|path| (path, fold)));
        }
    }
    let paths = photos.iter().map(|photo| photo.path.as_path());
    paths.map(|path| folds.get(path).copied()).collect()
}

/// Chooses the photographs of a folder without splits that go to the test split, about one in five: `breed` gives the
/// id of a photograph's breed. A photograph's own name decides, so new photographs move none of the old ones, except for
/// those that belong together with them.
///
/// `said` tells of a photograph whether it is to test on, if something says so. The others that belong together with it
/// follow it.
pub(super) fn test_of<'a>(
    photos: &'a [Photo],
    together: &Together,
    said: impl Fn(&Path) -> Option<bool>,
    breed: impl Fn(&Photo) -> &'a str,
) -> HashSet<PathBuf> {
    let hash = |photo: &Photo| stable_hash(&[breed(photo), &file_name(&photo.path)]);
    let (mut chosen, units) = follow(together.units(photos, hash), &said);
    let by_hash = units
        .into_iter()
        .filter(|unit| unit.hash.is_multiple_of(TEST_SHARE));
    chosen.extend(by_hash.flat_map(|unit| unit.paths));
    let paths = photos.iter().map(|photo| photo.path.as_path());
    paths
        .filter(|path| said(path).unwrap_or_else(|| chosen.contains(path)))
        .map(Path::to_owned)
        .collect()
}

/// Photographs that stay on one side of a split.
#[derive(Clone)]
struct Unit<'a> {
    /// The least hash of its photographs.
    hash: u64,
    /// The photograph with that hash.
    first: &'a Photo,
    paths: Vec<&'a Path>,
}

/// Which photographs belong together.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    /// The places of photographs that belong together with others.
    places: HashMap<PathBuf, usize>,
    /// For each place another one of the same group, which is no later; for the first one of a group its own.
    former: Vec<usize>,
}

impl Together {
    /// Keeps two photographs together, with all that belong together with either.
    pub(super) fn tie(&mut self, one: &Path, other: &Path) {
        let [one, other] = [one, other].map(|path| {
            let place = self.place(path);
            self.first(place)
        });
        self.former[one.max(other)] = one.min(other);
    }

    /// Keeps photographs together that are so in another one, too.
    pub(super) fn take_in(&mut self, other: &Self) {
        let mut places: Vec<(&PathBuf, usize)> = (other.places.iter())
            .map(|(path, place)| (path, other.first(*place)))
            .collect();
        // The order of a hash map is another one in each run.
        places.sort_unstable();
        let mut firsts: HashMap<usize, &Path> = HashMap::new();
        for (path, place) in places {
            self.tie(firsts.entry(place).or_insert(path), path);
        }
    }

    /// What identifies the group of a photograph; `None` if it has none.
    fn group(&self, path: &Path) -> Option<usize> {
        Some(self.first(*self.places.get(path)?))
    }

    /// The groups of these photographs, in the given order.
    pub(super) fn groups<'a>(&self, paths: impl Iterator<Item = &'a PathBuf>) -> Vec<Vec<PathBuf>> {
        let mut groups: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            if let Some(group) = self.group(path) {
                groups.entry(group).or_default().push(path.clone());
            }
        }
        groups.into_values().collect()
    }

    fn place(&mut self, path: &Path) -> usize {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        let place = self.former.len();
        self.former.push(place);
        self.places.insert(path.to_owned(), place);
        place
    }

    fn first(&self, mut place: usize) -> usize {
        while self.former[place] < place {
            place = self.former[place];
        }
        place
    }

    /// The photographs in the units in which they are split: those that belong together, and each other one alone.
    fn units<'a>(&self, photos: &'a [Photo], hash: impl Fn(&Photo) -> u64) -> Vec<Unit<'a>> {
        let mut units: Vec<Unit> = Vec::new();
        let mut of_group: HashMap<usize, usize> = HashMap::new();
        for photo in photos {
            let (hash, path) = (hash(photo), photo.path.as_path());
            let group = self.group(path);
            if let Some(known) = group.and_then(|group| of_group.get(&group)) {
                let unit = &mut units[*known];
                unit.paths.push(path);
                if (hash, path) < (unit.hash, unit.first.path.as_path()) {
                    (unit.hash, unit.first) = (hash, photo);
                }
                continue;
            }
            if let Some(group) = group {
                of_group.insert(group, units.len());
            }
            units.push(Unit {
                hash,
                first: photo,
                paths: vec![path],
            });
        }
        units
    }
}

/// A hash that is the same on every machine and in every version, unlike the standard library's: the first 8 bytes of
/// an MD5.
fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part);
        // File names hold no zero byte, so ["a", "bc"] and ["ab", "c"] differ.
        hasher.update([0]);
    }
    let sum = hasher.finalize();
    sum.iter()
        .take(8)
        .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
