//! Checks the texts: both languages have the same ones, they are well-formed, and the texts that the
//! sources use are those that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use recognise::Language;
use screens::Locale;
use screens::locale::Message;

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

/// A folder whose sources use texts.
struct Sources {
    folder: &'static str,
    extension: &'static str,
    /// The functions whose first argument is a key.
    calls: &'static [&'static str],
}

const CALLS: &[&str] = &[".text(", ".t(", "with_name(", ".note(", "Message::new("];

const SOURCES: [Sources; 6] = [
    Sources {
        folder: "src",
        extension: "rs",
        calls: CALLS,
    },
    Sources {
        folder: "../src",
        extension: "rs",
        calls: CALLS,
    },
    Sources {
        folder: "../devices/src",
        extension: "rs",
        calls: CALLS,
    },
    Sources {
        folder: "../desk/src",
        extension: "rs",
        calls: CALLS,
    },
    Sources {
        folder: "../sync/src",
        extension: "rs",
        calls: CALLS,
    },
    Sources {
        folder: "../desk/templates",
        extension: "html",
        calls: &[".t(", ".with("],
    },
];

/// Literals that look like keys but are not.
const NOT_KEYS: [&str; 5] = [
    "audit-strangers",
    "breed-kiosk",
    "breed-kiosk-rescue{name}",
    "former-authority",
    "no-store",
];

/// The texts of all files of a language by their keys, as they are written.
fn texts(language: Language) -> BTreeMap<String, String> {
    let folder = Path::new(CRATE).join("locales").join(language.tag());
    let mut texts = BTreeMap::new();
    for path in files(&folder, "ftl") {
        let path = path.display();
        let source = std::fs::read_to_string(path.to_string()).unwrap();
        if let Err((_, errors)) = FluentResource::try_new(source.clone()) {
            panic!("{path} is not Fluent: {errors:?}");
        }
        let mut last = String::new();
        for line in source.lines() {
            let continues = line.is_empty() || line.starts_with([' ', '#', '}']);
            if let Some((key, text)) = line.split_once('=').filter(|_| !continues) {
                last = key.trim().to_owned();
                let before = texts.insert(last.clone(), text.to_owned());
                assert_eq!(before, None, "{path} has {last}, which exists already");
            } else if line.starts_with(' ') {
                texts.entry(last.clone()).or_default().push_str(line);
            }
        }
    }
    texts
}

#[test]
fn french_punctuation_does_not_begin_a_line() {
    for (key, text) in texts(Language::French) {
        for loose in [" :", " ;", " ?", " !", " »", "« "] {
            assert!(!text.contains(loose), "{key} has {loose:?}: {text}");
        }
    }
}

#[test]
fn french_says_which_details_are_in_english() {
    for (key, text) in texts(Language::French) {
        // What the system, a library or another machine says is shown as it is.
        for (at, _) in text.match_indices("{ $reason }") {
            assert!(text[..at].contains("anglais"), "{key}: {text}");
        }
    }
}

/// The files below a folder that have this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}

/// The names of a text's arguments. What follows a hyphen in a name is the form of the argument: a
/// language may use `$hour` and another one `$hour-of-two-digits`.
fn arguments(text: &str) -> BTreeSet<&str> {
    let parts = text.split('$').skip(1);
    parts
        .filter_map(|part| part.split(|c: char| !c.is_alphanumeric()).next())
        .collect()
}

#[test]
fn both_languages_have_the_same_texts() {
    let [english, french] = Language::ALL.map(texts);
    let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
    let (in_english, in_french) = (keys(&english), keys(&french));
    let only_one: Vec<_> = in_english.symmetric_difference(&in_french).collect();
    assert!(only_one.is_empty(), "only one language has {only_one:?}");
    for (key, text) in &english {
        assert_eq!(arguments(text), arguments(&french[key]), "{key}");
    }
}

#[test]
fn every_text_that_is_used_exists() {
    let texts = texts(Language::English);
    // A literal that begins with the first word of keys is taken for a key.
    let words: BTreeSet<&str> = (texts.keys())
        .filter_map(|key| Some(key.split_once('-')?.0))
        .collect();
    let mut missing = Vec::new();
    for sources in &SOURCES {
        for (path, source) in sources.read() {
            let is_likely = |literal: &&str| {
                let word = literal.split('-').next().unwrap_or_default();
                sources.extension == "rs" && is_like_key(literal) && words.contains(word)
            };
            let likely = literals(&source).filter(is_likely);
            for literal in sources.looked_up(&source).chain(likely) {
                // It may be the last part of a key, to which the first part is added.
                let ending = format!("-{literal}");
                let exists = |key: &String| can_be(literal, key) || key.ends_with(&ending);
                if !NOT_KEYS.contains(&literal) && !texts.keys().any(exists) {
                    missing.push(format!("{}: {literal}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no such texts:\n{}", missing.join("\n"));
}

#[test]
fn every_text_is_used() {
    let mut used = BTreeSet::new();
    for sources in &SOURCES {
        for (_, source) in sources.read() {
            let keys = literals(&source).filter(|literal| !literal.contains(char::is_whitespace));
            used.extend(keys.map(str::to_owned));
        }
    }
    let with_placeholders: Vec<_> = used.iter().filter(|l| l.contains('{')).collect();
    let is_used = |key: &str| {
        used.contains(key) || (with_placeholders.iter()).any(|l| is_like_key(l) && can_be(l, key))
    };
    // Shorter forms are looked up by the key of the longer form.
    let is_used = |key: &str| is_used(key) || key.strip_suffix("-short").is_some_and(is_used);
    let texts = texts(Language::English);
    let unused: Vec<_> = texts.keys().filter(|key| !is_used(key)).collect();
    assert!(unused.is_empty(), "nothing uses {unused:#?}");
}

impl Sources {
    /// The paths and contents of its files.
    fn read(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let files = files(&Path::new(CRATE).join(self.folder), self.extension);
        files.into_iter().map(|path| {
            let source = std::fs::read_to_string(&path).unwrap();
            (path, source)
        })
    }

    /// The literals of a source that are keys, because they are the first argument of a call that
    /// looks up a text.
    fn looked_up<'a>(&self, source: &'a str) -> impl Iterator<Item = &'a str> {
        source.match_indices('"').filter_map(|(at, _)| {
            let before = source[..at].trim_end();
            let is_key = self.calls.iter().any(|call| before.ends_with(call));
            source[at + 1..].split('"').next().filter(|_| is_key)
        })
    }
}

/// All string literals of a source that are not in comments, and what is between them.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    let lines = source.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"'))
}

/// Whether a literal has the form of a key, words joined by hyphens, where a placeholder such as
/// `{part}` may stand for any of them but the first.
fn is_like_key(literal: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let outside = literal
        .split('{')
        .flat_map(|piece| piece.rsplit('}').next());
    literal.contains('-')
        && literal.starts_with(|c: char| c.is_ascii_lowercase())
        && outside.flat_map(str::chars).all(is_word)
}

/// Whether a literal, its placeholders filled in, can be this key.
fn can_be(literal: &str, key: &str) -> bool {
    let (first, rest) = literal.split_once('{').unwrap_or((literal, ""));
    let Some((_, last)) = rest.rsplit_once('}') else {
        return literal == key;
    };
    key.len() > first.len() + last.len() && key.starts_with(first) && key.ends_with(last)
}

#[test]
fn a_breed_has_a_name_whether_or_not_the_network_knows_it() {
    let check = |id: &str, english: &str, french: &str| {
        let names = Language::ALL.map(|language| Locale::of(language).breed(&id.into()));
        assert_eq!(names, [english, french]);
    };
    check("pug", "Pug", "Carlin");
    check("labrador_retriever", "Labrador Retriever", "Labrador");
    check(
        "other",
        "Another breed or a mix",
        "Autre race ou croisement",
    );
    check("green_dog", "Green dog", "Green dog");
}

#[test]
fn a_text_has_its_arguments() {
    let check = |language: Language, expected: &str| {
        let text = Locale::of(language).with("screen-thanks-guest", &[("name", "Bella".into())]);
        assert_eq!(text, expected);
    };
    check(Language::English, "Thank\u{a0}you, Bella!");
    check(Language::French, "Merci, Bella\u{a0}!");
}

#[test]
fn a_message_is_in_the_language_of_its_reader() {
    let check = |language: Language, times: &str, expected: &str| {
        let message = Message::new("frequency-long").with("times", times);
        assert_eq!(Locale::of(language).message(&message), expected);
    };
    check(Language::English, "1", "right once in 10");
    check(Language::English, "9", "right 9 times in 10");
    check(Language::French, "9", "juste 9 fois sur 10");
    // What only looks like a number stays as it is.
    check(Language::French, "007", "juste 007 fois sur 10");
    check(
        Language::French,
        "98512345678900123",
        "juste 98512345678900123 fois sur 10",
    );
}

#[test]
fn a_key_without_a_text_stands_for_itself() {
    for language in Language::ALL {
        assert_eq!(Locale::of(language).text("no-such-text"), "no-such-text");
    }
}

#[test]
fn french_has_a_no_break_space_before_its_tall_marks() {
    for (key, text) in texts(Language::French) {
        for mark in ['?', '!', ';', '»'] {
            assert!(!text.contains(&format!(" {mark}")), "{key}: {text}");
        }
        assert!(
            !text.contains('\''),
            "{key} has a straight apostrophe: {text}"
        );
    }
}
