//! Reads folders of new breeds: `<breed>/*.jpg`, or `<breed>_<32 hexadecimal digits>.jpg`.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use recognise::metadata::{Breed, Species};
use recognise::{BreedId, printable};

use super::super::{EvaluateError, Note};
use crate::dataset::{DatasetError, Declared, Photo, entries, identical, photographs};

/// Photographs of breeds that the bundle does not know.
#[derive(Clone, Debug)]
pub struct NewBreeds {
    /// The folder of those to learn from.
    pub root: PathBuf,
    /// The breeds, sorted by id.
    pub breeds: Vec<Breed>,
    /// The photographs to learn from. [`Photo::breed`] is an index into the breeds.
    pub examples: Vec<Photo>,
    /// The photographs to test on; `None` if those are the rest of the photographs to learn from.
    pub probes: Option<Vec<Photo>>,
    /// What was left out.
    pub notes: Vec<Note>,
}

impl NewBreeds {
    /// Lists the photographs of the folders: `enrol` to learn from, `probe` to test on. No photograph is decoded.
    ///
    /// Left out with a note are breeds that are in one folder only, that the bundle knows (`known`), whose species
    /// neither the `breeds.toml` in the folder to learn from nor the kiosk's vocabulary says, or that have no photograph
    /// to test on; files whose breed is not known; and files to test on that are also there to learn from. Of files that
    /// are there twice to learn from, one is used.
    ///
    /// # Errors
    /// When a folder or `breeds.toml` cannot be read, `breeds.toml` contradicts the vocabulary, or no breed is left.
    pub fn open(
        enrol: &Path,
        probe: Option<&Path>,
        known: &[Breed],
    ) -> Result<Self, EvaluateError> {
        let mut notes = Vec::new();
        let mut unnamed = Vec::new();
        let mut examples = list(enrol, &mut unnamed)?;
        let mut probes = probe.map(|root| list(root, &mut unnamed)).transpose()?;
        notes.extend(Note::on_unnamed_breeds(unnamed));

        once_each(&mut examples);
        if let Some(probes) = &mut probes {
            let pairs = identical(&photos(probes), &photos(&examples));
            let same: HashSet<PathBuf> = pairs.iter().map(|[one, _]| one.clone()).collect();
            for listed in probes.values_mut() {
                listed.photographs.retain(|path| !same.contains(path));
            }
            notes.extend(Note::on_same_files(pairs));
        }

        let known_too = remove(&mut examples, |id, _| known.iter().any(|it| it.id == *id));
        notes.extend(Note::on_unused(enrol, "are known to the bundle", known_too));
        let species = species(&Declared::read(enrol)?, &examples)?;
        let of_none = remove(&mut examples, |id, _| !species.contains_key(id));
        let why = "are not known to be cats or dogs, which a breeds.toml there can say,";
        notes.extend(Note::on_unused(enrol, why, of_none));
        let few = match &probes {
            Some(probes) => remove(&mut examples, |id, _| {
                let of_breed = probes.get(id);
                of_breed.is_none_or(|listed| listed.photographs.is_empty())
            }),
            None => remove(&mut examples, |_, listed| listed.photographs.len() < 2),
        };
        notes.extend(Note::on_unused(enrol, "have no photograph to test on", few));
        if let Some(probes) = &mut probes {
            probes.retain(|id, _| examples.contains_key(id));
        }
        if examples.is_empty() {
            let root = enrol.to_owned();
            return Err(EvaluateError::NoNewBreeds { root });
        }
        Ok(Self {
            root: enrol.to_owned(),
            // Both have the same breeds, so the same indices.
            examples: photos(&examples),
            probes: probes.as_ref().map(photos),
            breeds: (species.into_iter())
                .filter(|(id, _)| examples.contains_key(id))
                .map(|(id, species)| Breed { id, species })
                .collect(),
            notes,
        })
    }
}

/// The photographs of a breed.
#[derive(Default)]
struct Listed {
    /// The name of its folder or of its files.
    name: String,
    photographs: Vec<PathBuf>,
}

type ByBreed = BTreeMap<BreedId, Listed>;

/// The species of the breeds for which it is known.
fn species(
    declared: &Declared,
    by_breed: &ByBreed,
) -> Result<BTreeMap<BreedId, Species>, DatasetError> {
    let known = by_breed.iter().filter_map(|(id, listed)| {
        let species = declared.species_of(&listed.name).transpose()?;
        Some(species.map(|species| (id.clone(), species)))
    });
    known.collect()
}

/// Lists a folder, and adds to `unnamed` the photographs whose breed is not known.
fn list(root: &Path, unnamed: &mut Vec<PathBuf>) -> Result<ByBreed, DatasetError> {
    let mut named = Vec::new();
    for folder in entries(root)?.into_iter().filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap_or_default();
        let name = printable(Path::new(name)).trim().to_owned();
        let of_folder = photographs(&folder)?.into_iter();
        named.extend(of_folder.map(|path| (name.clone(), path)));
    }
    for path in photographs(root)? {
        match breed_of(&path) {
            Some(name) => named.push((name, path)),
            None => unnamed.push(path),
        }
    }
    let mut by_breed = ByBreed::new();
    for (name, path) in named {
        let listed = by_breed.entry(name.to_lowercase().into()).or_default();
        listed.photographs.push(path);
        listed.name = name;
    }
    Ok(by_breed)
}

/// The breed in a file's name: `cairn` in `cairn_80eb30c084e6d6ad0c1a52ebfc066afa.jpg`.
fn breed_of(path: &Path) -> Option<String> {
    let (breed, digest) = path.file_stem()?.to_str()?.rsplit_once('_')?;
    let is_digest = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_digest && !breed.is_empty()).then(|| printable(Path::new(breed)))
}

/// All photographs, with the places of their breeds.
fn photos(by_breed: &ByBreed) -> Vec<Photo> {
    let of_breeds = by_breed.values().enumerate();
    of_breeds
        .flat_map(|(breed, listed)| {
            let paths = listed.photographs.iter().cloned();
            paths.map(move |path| Photo { path, breed })
        })
        .collect()
}

/// Keeps one of the files that are the same.
fn once_each(by_breed: &mut ByBreed) {
    let all = photos(by_breed);
    let pairs = identical(&all, &all).into_iter();
    let copies: HashSet<PathBuf> = pairs
        .filter(|[one, other]| one != other)
        .map(|[one, _]| one)
        .collect();
    for listed in by_breed.values_mut() {
        listed.photographs.retain(|path| !copies.contains(path));
    }
}

/// Removes breeds, and gives their ids.
fn remove(by_breed: &mut ByBreed, is_removed: impl Fn(&BreedId, &Listed) -> bool) -> Vec<BreedId> {
    let removed: Vec<BreedId> = (by_breed.iter())
        .filter(|&(id, listed)| is_removed(id, listed))
        .map(|(id, _)| id.clone())
        .collect();
    for id in &removed {
        by_breed.remove(id);
    }
    removed
}
