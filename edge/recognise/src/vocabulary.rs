//! The breeds that staff can name, whether or not the network knows them: `breeds.tsv`.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::breed::Species;
use crate::language::Language;
use crate::text::{is_misspelt, key};

/// A shorter name is found only as it is written: one letter off, it would be another word.
const LEAST_LETTERS: usize = 5;

/// A breed that has a name.
#[derive(Debug)]
pub struct NamedBreed {
    /// Its stable id.
    pub id: &'static str,
    /// Its species.
    pub species: Species,
    /// What else people call it, in any language.
    pub aliases: Vec<&'static str>,
    english: &'static str,
    french: &'static str,
}

impl NamedBreed {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::French => self.french,
        }
    }

    /// Everything that it is called: its names, its aliases and its id.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let names = [self.english, self.french, self.id];
        names.into_iter().chain(self.aliases.iter().copied())
    }

    /// Reads a line: id, species, English and French name, and aliases between semicolons.
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t').map(str::trim);
        let mut text = || columns.next().filter(|text| !text.is_empty());
        let id = text()?;
        let species = text()?.parse().ok()?;
        let (english, french) = (text()?, text()?);
        let aliases = text().map_or_else(Vec::new, |all| all.split("; ").collect());
        Some(Self {
            id,
            species,
            aliases,
            english,
            french,
        })
    }
}

static BREEDS: LazyLock<Vec<NamedBreed>> = LazyLock::new(|| {
    let lines = include_str!("../breeds.tsv").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(NamedBreed::parse)
        .collect()
});

static BY_ID: LazyLock<HashMap<&'static str, &'static NamedBreed>> =
    LazyLock::new(|| BREEDS.iter().map(|breed| (breed.id, breed)).collect());

/// By the keys of all their names. These take the longest to make, and only what people type is
/// looked up among them: what is drawn does not wait for them.
static BY_KEY: LazyLock<HashMap<String, &'static NamedBreed>> = LazyLock::new(|| {
    let breeds = BREEDS.iter();
    let keys = breeds.flat_map(|breed| breed.names().map(move |name| (key(name), breed)));
    keys.collect()
});

/// All of them: dogs, then cats.
#[must_use]
pub fn all() -> &'static [NamedBreed] {
    &BREEDS
}

/// The breed with an id; `None` for `other`, and for breeds that only somebody's own network has.
#[must_use]
pub fn of(id: &str) -> Option<&'static NamedBreed> {
    BY_ID.get(id).copied()
}

/// The breed with that name: its id, its name in any language, or an alias. Capitals, accents,
/// spaces, hyphens and apostrophes do not matter.
#[must_use]
pub fn named(name: &str) -> Option<&'static NamedBreed> {
    BY_KEY.get(&key(name)).copied()
}

/// The breed that somebody typed. As [`named`], but one typing error in a longer name does not
/// matter either, if only one breed can be meant and the first letter is right.
///
/// ```
/// use recognise::vocabulary::find;
///
/// for typed in ["Labrador", "lab", "labrador retrievre", "Labrador-Retriever", "labradro"] {
///     assert_eq!(find(typed).map(|breed| breed.id), Some("labrador_retriever"), "{typed}");
/// }
/// assert!(find("unicorn").is_none());
/// ```
#[must_use]
pub fn find(typed: &str) -> Option<&'static NamedBreed> {
    named(typed).or_else(|| misspelt(&key(typed)))
}

/// The only breed that has `typed` as a name, but for one typing error. The first letter is seldom
/// wrong; with another one it is another word, as a tortie is no Portie.
fn misspelt(typed: &str) -> Option<&'static NamedBreed> {
    let is_long = |name: &str| name.chars().count() >= LEAST_LETTERS;
    let is_meant = |name: &str| {
        is_long(name) && name.chars().next() == typed.chars().next() && is_misspelt(typed, name)
    };
    if !is_long(typed) {
        return None;
    }
    let similar = BY_KEY.iter().filter(|(name, _)| is_meant(name));
    let breeds: BTreeSet<&str> = similar.map(|(_, breed)| breed.id).collect();
    let mut breeds = breeds.into_iter();
    of(breeds.next().filter(|_| breeds.next().is_none())?)
}
