//! Compares what people type with the words of an animal.

use recognise::text::{begins_misspelt, fold, is_misspelt};

use crate::numbers;
use crate::search::Searchable;

/// Further words of a query are ignored.
const TERMS: usize = 8;

/// The longest query of several words that is also searched for as one word, in bytes.
const WHOLE: usize = 100;

/// A word needs this many letters to be found but for one typing error, ...
const LETTERS: usize = 4;

/// ... and this many to be taken for the beginning of a longer one.
const LETTERS_OF_BEGINNING: usize = 5;

/// How well an animal matches, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// A word of its name.
    Name,
    /// The beginning of a word of its name.
    NameBegins,
    /// The beginning of any other word.
    Elsewhere,
    /// A word of its name, but for one typing error.
    NameMisspelt,
    /// A word of its breed, contact or tag, but for one typing error.
    OtherMisspelt,
    /// A word of its warnings or notes, but for one typing error.
    TextMisspelt,
}

/// What somebody typed.
pub(crate) struct Query {
    terms: Vec<Term>,
    /// All of it as one word, where it is several.
    whole: Option<Word>,
}

impl Query {
    pub(crate) fn of(typed: &str) -> Self {
        let folded = fold(&numbers::with_zeros(typed));
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let whole = folded.replace([' ', '-'], "");
        let is_several = whole.len() < folded.len() && folded.len() <= WHOLE;
        Self {
            terms: (numbers::groups(&words))
                .take(TERMS)
                .map(Term::of)
                .collect(),
            whole: is_several.then(|| Word::new(&whole)),
        }
    }

    /// How well an animal matches all of it; `None` where it does not.
    pub(crate) fn rank(&self, animal: &Searchable) -> Option<Rank> {
        let whole = self.whole.as_ref().and_then(|word| word.rank(animal));
        let terms = worst(self.terms.iter().map(|term| term.rank(animal)));
        whole.into_iter().chain(terms).min()
    }

    /// The same, where each word may have a typing error.
    pub(crate) fn rank_misspelt(&self, animal: &Searchable) -> Option<Rank> {
        let terms = self.terms.iter().map(|term| {
            let exact = term.rank(animal);
            exact.or_else(|| term.word.rank_misspelt(animal))
        });
        self.rank(animal).or_else(|| worst(terms))
    }
}

/// The worst of several ranks; `None` where there are none, or one of them is none.
fn worst(mut ranks: impl Iterator<Item = Option<Rank>>) -> Option<Rank> {
    let first = ranks.next()??;
    ranks.try_fold(first, |worst, rank| Some(worst.max(rank?)))
}

/// A word or a number of a query.
struct Term {
    /// As one word.
    word: Word,
    /// The parts, where there are several.
    parts: Vec<Word>,
    /// What is to be found among the digits of a number.
    digits: Option<String>,
}

impl Term {
    /// The term of one of the [`numbers::groups`] of folded words.
    fn of(words: &[&str]) -> Self {
        let parts: Vec<&str> = words.iter().flat_map(|word| word.split('-')).collect();
        let digits = numbers::needle(words);
        // The parts of a long number in any order are another number.
        let is_one = parts.len() == 1 || digits.is_some();
        Self {
            word: Word::new(&parts.concat()),
            parts: if is_one {
                Vec::new()
            } else {
                parts.into_iter().take(TERMS).map(Word::new).collect()
            },
            digits,
        }
    }

    fn rank(&self, animal: &Searchable) -> Option<Rank> {
        let is_among_digits = || {
            let digits = self.digits.as_ref()?;
            animal.digits.contains(digits).then_some(Rank::Elsewhere)
        };
        (self.word.rank(animal))
            .or_else(|| worst(self.parts.iter().map(|part| part.rank(animal))))
            .or_else(is_among_digits)
    }
}

/// A word to be found.
struct Word {
    /// Between spaces.
    whole: String,
    /// How many letters it has; `None` if it has digits, where another one is another number.
    letters: Option<usize>,
}

impl Word {
    fn new(word: &str) -> Self {
        let has_digits = word.contains(|c: char| c.is_numeric());
        Self {
            whole: format!(" {word} "),
            letters: (!has_digits).then(|| word.chars().count()),
        }
    }

    /// The word with a space before it.
    fn beginning(&self) -> &str {
        &self.whole[..self.whole.len() - 1]
    }

    fn rank(&self, animal: &Searchable) -> Option<Rank> {
        let beginning = self.beginning();
        if animal.name.contains(beginning) {
            let is_word = animal.name.contains(&self.whole);
            Some(if is_word {
                Rank::Name
            } else {
                Rank::NameBegins
            })
        } else if animal.other.contains(beginning) || animal.text.contains(beginning) {
            Some(Rank::Elsewhere)
        } else {
            None
        }
    }

    fn rank_misspelt(&self, animal: &Searchable) -> Option<Rank> {
        let is_similar = match self.letters? {
            ..LETTERS => return None,
            LETTERS..LETTERS_OF_BEGINNING => is_misspelt,
            LETTERS_OF_BEGINNING.. => begins_misspelt,
        };
        let typed = self.whole.trim();
        let is_in = |words: &str| words.split(' ').any(|word| is_similar(typed, word));
        if is_in(&animal.name) {
            Some(Rank::NameMisspelt)
        } else if is_in(&animal.other) {
            Some(Rank::OtherMisspelt)
        } else if is_in(&animal.text) {
            Some(Rank::TextMisspelt)
        } else {
            None
        }
    }
}
