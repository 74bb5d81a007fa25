//! Compares the photographs of a data set. Those that look nearly the same stay on one side of the splits that are made
//! here; those on two sides of a split that the data say are noted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::fingerprint::{alike, fingerprints};
use super::split::Together;
use super::{Dataset, Note, Photo, Role};

impl Dataset {
    /// Keeps photographs that look nearly the same on one side of each split that is made here: chooses again which
    /// photographs are to test on, if that is one of them, and ties those that [`Dataset::carve`] divides. Notes how
    /// many there are.
    ///
    /// Decodes the photographs of these splits on all cores; none if all splits are said. `bar` is set to their number,
    /// advances by one for each, and is reset at the end.
    pub fn keep_together(&mut self, bar: &ProgressBar) {
        let photos = self.divided();
        if photos.is_empty() {
            return;
        }
        bar.set_message("comparing");
        let fingerprints = fingerprints(&photos, bar);
        self.tie_and_note(alike(&fingerprints), &photos);
        bar.reset();
        bar.set_message("");
    }

    /// Does what [`Dataset::keep_together`] does, and notes the photographs that look nearly like one on another side of
    /// a split that the data say. These stay where they are.
    ///
    /// Gives for each of the `others`, which are no photographs of the dataset, those of the dataset that it looks nearly
    /// like, if there are any.
    ///
    /// Decodes all photographs, on all cores. `bar` is set to their number, advances by one for each, and is reset at the
    /// end.
    pub fn compare(
        &mut self,
        others: &[Photo],
        bar: &ProgressBar,
    ) -> HashMap<PathBuf, Vec<PathBuf>> {
        bar.set_message("comparing");
        let own = self.paths();
        let photos = self.photos().chain(others);
        let photos: Vec<PathBuf> = photos.map(|photo| photo.path.clone()).collect();
        let fingerprints = fingerprints(&photos, bar);
        let pairs = alike(&fingerprints);
        // No others are tied, or the splits would not be those of commands that compare no more than these.
        let divided = self.divided();
        let is_divided: HashSet<&Path> = divided.iter().map(PathBuf::as_path).collect();
        let tied = pairs.iter().copied();
        let tied = tied.filter(|pair| pair.iter().all(|path| is_divided.contains(path)));
        self.tie_and_note(tied, &divided);
        self.note_across(&pairs);
        bar.reset();
        bar.set_message("");

        let others: HashSet<&Path> = others.iter().map(|photo| photo.path.as_path()).collect();
        let mut resembling: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
        // The dataset's photographs come first in each pair, as they do in the list.
        for [one, other] in pairs {
            if own.contains(one) && others.contains(other) {
                let of_other = resembling.entry(other.to_owned()).or_default();
                of_other.push(one.to_owned());
            }
        }
        resembling
    }

    /// Ties these pairs of photographs, and chooses again which are to test on if nothing says so. Gives the groups,
    /// each with the paths in the given order.
    pub(super) fn tie<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = [&'a Path; 2]>,
        paths: &[PathBuf],
    ) -> Vec<Vec<PathBuf>> {
        let mut together = Together::default();
        for [one, other] in pairs {
            together.tie(one, other);
            self.sides.together.tie(one, other);
        }
        self.choose_test();
        together.groups(paths.iter())
    }

    fn tie_and_note<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = [&'a Path; 2]>,
        paths: &[PathBuf],
    ) {
        let groups = self.tie(pairs, paths);
        let photographs = groups.iter().map(Vec::len).sum();
        self.notes.extend(Note::on_alike(photographs, groups.len()));
    }

    /// Notes the pairs that are on two sides of a split.
    fn note_across(&mut self, pairs: &[[&Path; 2]]) {
        let roles = self.roles();
        let roles: HashMap<&Path, Role> = roles
            .map(|(role, photo)| (photo.path.as_path(), role))
            .collect();
        let mut across: BTreeMap<[Role; 2], Vec<[PathBuf; 2]>> = BTreeMap::new();
        for pair in pairs {
            // Photographs that are not the dataset's have none.
            let [Some(&one), Some(&other)] = pair.map(|path| roles.get(path)) else {
                continue;
            };
            if one.is_apart_from(other) {
                let mut sides = [(one, pair[0]), (other, pair[1])];
                sides.sort_unstable();
                let of_roles = across.entry(sides.map(|(role, _)| role)).or_default();
                of_roles.push(sides.map(|(_, path)| path.to_owned()));
            }
        }
        let notes = across.into_iter();
        self.notes
            .extend(notes.map(|(roles, pairs)| Note::Across { roles, pairs }));
    }

    /// The photographs that a split made here divides.
    fn divided(&self) -> Vec<PathBuf> {
        let is_carved = |photo: &Photo| !self.sides.validation_said.contains(&photo.path);
        let test = self.chooses_test().then_some(&self.test);
        if test.is_none() && !self.trainval.iter().any(is_carved) {
            return Vec::new();
        }
        let photos = self.trainval.iter().chain(test.into_iter().flatten());
        photos.map(|photo| photo.path.clone()).collect()
    }
}
