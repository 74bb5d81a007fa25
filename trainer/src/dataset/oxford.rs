//! Reads the layout of the Oxford-IIIT Pet dataset.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use recognise::metadata::{Breed, Species};
use recognise::printable;

use super::declared::{self, Declared};
use super::error::not_a_dataset;
use super::files::{Content, breed_id, composed, file_name};
use super::species::{Said, check, species_in_list};
use super::{Dataset, DatasetError, Missing, Note, Photo, Sides, Split};

pub(super) fn open(root: &Path) -> Result<Dataset, DatasetError> {
    let images = root.join("images");
    if !images.is_dir() {
        return Err(not_a_dataset(root, "it has annotations/ but no images/"));
    }
    let mut lists = Lists::default();
    for split in [Split::Trainval, Split::Test] {
        let file = root.join("annotations").join(format!("{split}.txt"));
        if !file.is_file() {
            return Err(not_a_dataset(
                root,
                "it has images/ but not both lists, annotations/trainval.txt and annotations/test.txt",
            ));
        }
        lists.read(&file, split)?;
    }
    lists.check_species(&root.join("annotations"))?;
    lists.into_dataset(root, &images)
}

/// What Windows puts at the start of a text to say that it is UTF-8. Joined lists have it in between as well.
const MARK: char = '\u{FEFF}';
/// How many characters of a line that is not understood are shown: the file may be anything.
const SHOWN: usize = 80;

/// An image named in a list.
struct Listed {
    name: String,
    class: u32,
    split: Split,
}

/// The content of both lists, checked for contradictions while it is read.
#[derive(Default)]
struct Lists {
    images: Vec<Listed>,
    /// From class id to the breed's name and species.
    classes: BTreeMap<u32, (String, Species)>,
    /// From breed name to class id.
    ids: HashMap<String, u32>,
    names: HashSet<String>,
}

impl Lists {
    fn read(&mut self, file: &Path, split: Split) -> Result<(), DatasetError> {
        let text = fs::read_to_string(file).map_err(|source| DatasetError::Read {
            path: file.to_owned(),
            source,
        })?;
        for (index, line) in text.lines().enumerate() {
            let line = composed(line.trim_start_matches(MARK).trim());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.line(&line, split)
                .map_err(|reason| DatasetError::Line {
                    file: file.to_owned(),
                    line: index + 1,
                    reason,
                })?;
        }
        Ok(())
    }

    /// Adds a line such as `Abyssinian_100 1 1 1`: image, class id, species, and the breed's number within its
    /// species, which is not used.
    fn line(&mut self, line: &str, split: Split) -> Result<(), String> {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let &[name, class, species, _] = columns.as_slice() else {
            let start: String = line.chars().take(SHOWN).collect();
            return Err(format!(
                "\"{start}\" has {} columns instead of 4: image, class id, species, breed id",
                columns.len()
            ));
        };
        let breed = breed_of(name).ok_or_else(|| {
            format!(
                "the image \"{name}\" is not named <Breed>_<number>, without folder and extension"
            )
        })?;
        let class: u32 = class.parse().map_err(|_| {
            format!(
                "the class id \"{class}\" is not a whole number up to {}",
                u32::MAX
            )
        })?;
        let species = species_in_list(species)
            .ok_or_else(|| format!("the species \"{species}\" is neither 1 (cat) nor 2 (dog)"))?;
        self.class(class, breed, species)?;
        if !self.names.insert(name.to_owned()) {
            return Err(format!("{name} is listed a second time"));
        }
        self.images.push(Listed {
            name: name.to_owned(),
            class,
            split,
        });
        Ok(())
    }

    /// Records class id and species of a breed. Fails if an earlier line contradicts them.
    fn class(&mut self, class: u32, breed: String, species: Species) -> Result<(), String> {
        let known = self.ids.entry(breed.clone()).or_insert(class);
        if *known != class {
            return Err(format!(
                "{breed} has class id {class} here and {known} before"
            ));
        }
        let stated = (breed, species);
        let known = self.classes.entry(class).or_insert_with(|| stated.clone());
        if *known != stated {
            return Err(format!(
                "class {class} is {} ({}) here and {} ({}) before",
                stated.0, stated.1, known.0, known.1
            ));
        }
        Ok(())
    }

    /// Refuses a species that is not that of the kiosk's vocabulary.
    fn check_species(&self, folder: &Path) -> Result<(), DatasetError> {
        let by = printable(folder);
        self.classes.values().try_for_each(|(breed, species)| {
            let (species, by) = (*species, by.clone());
            check(breed, &Said { species, by })
        })
    }

    fn into_dataset(self, root: &Path, images: &Path) -> Result<Dataset, DatasetError> {
        // Lists the folder once instead of asking for each of thousands of files.
        let content = Content::of(images)?;
        let mut notes = content.notes(images);
        notes.extend(Note::on_hidden(images, &content.hidden));
        let present = content.photographs.into_iter();
        let mut present: HashMap<String, PathBuf> =
            present.map(|path| (file_name(&path), path)).collect();
        let index: HashMap<u32, usize> = (self.classes.keys().copied())
            .enumerate()
            .map(|(index, class)| (class, index))
            .collect();
        let mut dataset = without_photographs(root, self.classes, notes);
        for Listed { name, class, split } in self.images {
            let file = format!("{name}.jpg");
            let photo = |path| Photo {
                path,
                breed: index[&class],
            };
            let of_split = match split {
                Split::Trainval => &mut dataset.trainval,
                Split::Test => &mut dataset.test,
            };
            match present.remove(&file) {
                // Its accents may be written in another way than those of the list.
                Some(path) => of_split.push(photo(path)),
                None => dataset.missing.push(Missing {
                    photo: photo(images.join(&file)),
                    split,
                }),
            }
        }
        if dataset.trainval.is_empty() && dataset.test.is_empty() {
            return Err(not_a_dataset(
                root,
                "images/ holds none of the images that its lists name",
            ));
        }
        dataset.unlisted = present.into_values().collect();
        dataset.unlisted.sort();
        let lists = root.join("annotations");
        let note = Note::on_unlisted(&lists, &dataset.unlisted);
        dataset.notes.extend(note);
        let file = root.join(declared::FILE);
        if file.exists() {
            dataset.notes.push(Note::UnreadBreeds { file });
        }
        dataset.sides.test_said = dataset.paths();
        Ok(dataset)
    }
}

/// A dataset of these breeds, by class id, that has no photograph yet.
fn without_photographs(
    root: &Path,
    classes: BTreeMap<u32, (String, Species)>,
    notes: Vec<Note>,
) -> Dataset {
    Dataset {
        root: root.to_owned(),
        joined: Vec::new(),
        breeds: (classes.into_values())
            .map(|(id, species)| Breed {
                id: id.into(),
                species,
            })
            .collect(),
        trainval: Vec::new(),
        test: Vec::new(),
        missing: Vec::new(),
        unlisted: Vec::new(),
        notes,
        sides: Sides::default(),
        declared: Declared::default(),
    }
}

/// The breed id in an image's name: `american_bulldog` from `american_bulldog_7`. `None` for names of any other form,
/// among them all that lead out of the folder.
fn breed_of(name: &str) -> Option<String> {
    let (breed, number) = name.rsplit_once('_')?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let plain = !breed.is_empty() && !breed.contains(['/', '\\']);
    (numbered && plain).then(|| breed_id(breed))
}
