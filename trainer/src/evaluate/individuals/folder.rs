//! Reads a folder of animals that came again: `<animal>/<visit>_<number>.jpg`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::super::{EvaluateError, Note};
use crate::dataset::{Photo, entries, photographs};

/// The photographs of animals that came at least twice.
#[derive(Clone, Debug)]
pub struct Individuals {
    /// The folder.
    pub root: PathBuf,
    /// The names of the animals, sorted: two or more.
    pub animals: Vec<String>,
    /// Their photographs. [`Photo::breed`] is an index into the animals.
    pub photos: Vec<Photo>,
    /// The visit of each photograph, counted for each animal from 0.
    pub visits: Vec<usize>,
    /// What was left out.
    pub notes: Vec<Note>,
}

impl Individuals {
    /// Lists the photographs of a folder with one folder for each animal. No photograph is opened.
    ///
    /// Left out with a note are photographs whose names do not tell their visit, and animals that came once only: they
    /// can neither be known again nor be left out of a gallery that has them.
    ///
    /// # Errors
    /// When a folder cannot be read, or fewer than two animals are left.
    pub fn open(root: &Path) -> Result<Self, EvaluateError> {
        let mut individuals = Self {
            root: root.to_owned(),
            animals: Vec::new(),
            photos: Vec::new(),
            visits: Vec::new(),
            notes: Vec::new(),
        };
        let (mut unnamed, mut once) = (Vec::new(), Vec::new());
        for folder in entries(root)?.into_iter().filter(|path| path.is_dir()) {
            let name = printable(Path::new(folder.file_name().unwrap_or_default()));
            let mut by_visit: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
            for path in photographs(&folder)? {
                match visit_of(&path) {
                    Some(visit) => by_visit.entry(visit).or_default().push(path),
                    None => unnamed.push(path),
                }
            }
            match by_visit.len() {
                0 => {}
                1 => once.push(name),
                _ => individuals.add(name, by_visit),
            }
        }
        if individuals.animals.len() < 2 {
            let root = root.to_owned();
            return Err(EvaluateError::NoGuests { root });
        }
        individuals.notes.extend(Note::on_unnamed_visits(unnamed));
        individuals.notes.extend(Note::on_single_visits(root, once));
        Ok(individuals)
    }

    fn add(&mut self, name: String, by_visit: BTreeMap<String, Vec<PathBuf>>) {
        let breed = self.animals.len();
        self.animals.push(name);
        for (visit, paths) in by_visit.into_values().enumerate() {
            for path in paths {
                self.photos.push(Photo { path, breed });
                self.visits.push(visit);
            }
        }
    }
}

/// The visit in the name of a photograph: `04` in `04_2.jpg`. `None` for names of any other form.
fn visit_of(path: &Path) -> Option<String> {
    let (visit, number) = path.file_stem()?.to_str()?.rsplit_once('_')?;
    let is_numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_numbered && !visit.is_empty()).then(|| visit.to_owned())
}
