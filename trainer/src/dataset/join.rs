//! Joins data sets into one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use recognise::metadata::Breed;
use recognise::text::key;
use recognise::{printable, vocabulary};

use super::declared::Declared;
use super::files::real;
use super::species::{Said, two_species};
use super::{Dataset, DatasetError, Missing, Note, Photo, Sides};

/// One data set with the photographs of all of these; the data set itself if it is the only one.
///
/// # Errors
/// When there is none, a breed is a cat in one and a dog in another, or a photograph is in two of them.
pub(super) fn join(mut datasets: Vec<Dataset>) -> Result<Dataset, DatasetError> {
    if datasets.len() < 2 {
        return datasets.pop().ok_or(DatasetError::NoData);
    }
    refuse_twice(&datasets)?;
    let called = Called::of(&datasets);
    let breeds = called.breeds(&datasets)?;
    let names = datasets.iter().flat_map(|it| it.declared.names());
    let names = names.map(|(name, id)| (name.to_owned(), called.id(id)));
    let mut joined = Dataset {
        root: PathBuf::new(),
        joined: datasets.iter().map(|it| it.root.clone()).collect(),
        declared: Declared::of_joined(&breeds, names),
        breeds,
        trainval: Vec::new(),
        test: Vec::new(),
        missing: Vec::new(),
        unlisted: Vec::new(),
        notes: called.notes(&datasets),
        sides: Sides::default(),
    };
    joined.root = joined.joined.remove(0);
    for dataset in datasets {
        joined.add(dataset, &called);
    }
    for photos in [&mut joined.trainval, &mut joined.test] {
        photos.sort_by(|a, b| (a.breed, &a.path).cmp(&(b.breed, &b.path)));
    }
    joined.unlisted.sort();
    joined.forget_named();
    joined.choose_test();
    Ok(joined)
}

impl Dataset {
    /// What one data set does not name is no news where another one does.
    fn forget_named(&mut self) {
        let named: HashSet<PathBuf> = self.photos().map(|photo| real(&photo.path)).collect();
        let is_unlisted = |path: &PathBuf| !named.contains(&real(path));
        self.unlisted.retain(is_unlisted);
        self.notes.retain_mut(|note| match note {
            Note::Unlisted { photographs, .. } => {
                photographs.retain(is_unlisted);
                !photographs.is_empty()
            }
            _ => true,
        });
    }

    /// Adds the photographs of a data set whose breeds this one has under the names that they are called.
    fn add(&mut self, dataset: Dataset, called: &Called) {
        let place = |breed: &Breed| {
            let id = called.id(&breed.id);
            let place = self.breeds.iter().position(|breed| *breed.id == *id);
            place.unwrap_or_default()
        };
        let places: Vec<usize> = dataset.breeds.iter().map(place).collect();
        let own_ids = dataset.photos().filter_map(|photo| {
            let (own, joined) = (
                &dataset.breeds[photo.breed].id,
                &self.breeds[places[photo.breed]].id,
            );
            (own != joined).then(|| (photo.path.clone(), own.clone()))
        });
        self.sides.own_ids.extend(own_ids);
        let placed = |photo: Photo| Photo {
            breed: places[photo.breed],
            ..photo
        };
        self.trainval
            .extend(dataset.trainval.into_iter().map(placed));
        self.test.extend(dataset.test.into_iter().map(placed));
        let missing = dataset.missing.into_iter();
        self.missing.extend(missing.map(|missing| Missing {
            photo: placed(missing.photo),
            split: missing.split,
        }));
        self.unlisted.extend(dataset.unlisted);
        self.notes.extend(dataset.notes);
        let (sides, own) = (dataset.sides, &mut self.sides);
        own.test_said.extend(sides.test_said);
        own.validation_said.extend(sides.validation_said);
        own.validation.extend(sides.validation);
        own.together.take_in(&sides.together);
    }
}

/// What the breeds of the data sets are called when these are joined.
struct Called {
    /// The ids of the breeds that the vocabulary does not know, by the keys of their names.
    others: HashMap<String, String>,
}

impl Called {
    fn of(datasets: &[Dataset]) -> Self {
        let mut others = HashMap::new();
        for breed in datasets.iter().flat_map(|dataset| &dataset.breeds) {
            if vocabulary::named(&breed.id).is_none() {
                let first = others.entry(key(&breed.id));
                first.or_insert_with(|| breed.id.to_string());
            }
        }
        Self { others }
    }

    /// The id of a breed: that of the vocabulary, or that of the first data set whose name for it is nearly the same.
    fn id(&self, id: &str) -> String {
        let known = vocabulary::named(id).map(|known| known.id.to_owned());
        let known = known.or_else(|| self.others.get(&key(id)).cloned());
        known.unwrap_or_else(|| id.to_owned())
    }

    /// The breeds of all data sets, sorted by id.
    fn breeds(&self, datasets: &[Dataset]) -> Result<Vec<Breed>, DatasetError> {
        let mut breeds: BTreeMap<String, Said> = BTreeMap::new();
        for dataset in datasets {
            for breed in &dataset.breeds {
                let id = self.id(&breed.id);
                let said = Said {
                    species: breed.species,
                    by: printable(&dataset.root),
                };
                let first = breeds.entry(id.clone()).or_insert_with(|| said.clone());
                if first.species != said.species {
                    return Err(two_species(&id, first, &said));
                }
            }
        }
        let breeds = breeds.into_iter().map(|(id, said)| Breed {
            id: id.into(),
            species: said.species,
        });
        Ok(breeds.collect())
    }

    /// What the owner of the data sets may not expect of their breeds.
    fn notes(&self, datasets: &[Dataset]) -> Vec<Note> {
        let renamed = datasets.iter().filter_map(|dataset| {
            let ids = dataset.breeds.iter().map(|breed| breed.id.to_string());
            let renamed = ids.map(|id| (self.id(&id), id));
            let renamed = renamed.filter(|(to, from)| to != from);
            let renamed = renamed.map(|(to, from)| (from, to));
            Note::on_renamed(&dataset.root, renamed.collect())
        });
        let mut alone: Vec<String> = (self.others.values())
            .filter(|id| {
                let has = |dataset: &&Dataset| {
                    let mut breeds = dataset.breeds.iter();
                    breeds.any(|breed| self.id(&breed.id) == **id)
                };
                datasets.iter().filter(has).count() == 1
            })
            .cloned()
            .collect();
        alone.sort();
        renamed.chain(Note::on_unknown(alone)).collect()
    }
}

/// Refuses photographs that are in two data sets, perhaps by two names of a folder.
fn refuse_twice(datasets: &[Dataset]) -> Result<(), DatasetError> {
    let mut owners: HashMap<PathBuf, usize> = HashMap::new();
    for (index, dataset) in datasets.iter().enumerate() {
        for photo in dataset.photos() {
            let file = real(&photo.path);
            let owner = *owners.entry(file).or_insert(index);
            if owner != index {
                return Err(DatasetError::InTwo {
                    photo: photo.path.clone(),
                    first: datasets[owner].root.clone(),
                    second: dataset.root.clone(),
                });
            }
        }
    }
    Ok(())
}
