//! Checks what every page has to have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A tag of a page with its attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
}

/// The tags of a page, and what people read or hear on it. `<`, `>` and `"` that come from data are
/// escaped, so that splitting at them is enough.
fn parse(html: &str) -> (Vec<Tag<'_>>, Vec<String>) {
    let (mut tags, mut texts) = (Vec::new(), Vec::new());
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a whole tag");
        texts.push(text.trim().to_owned());
        let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut attributes = BTreeMap::new();
        while let Some((before, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a whole attribute");
            let words: Vec<&str> = before.split_whitespace().collect();
            for word in &words {
                attributes.insert(*word, "");
            }
            attributes.insert(words.last().unwrap(), value);
            rest = after;
        }
        attributes.extend(rest.split_whitespace().map(|word| (word, "")));
        for read in ["alt", "aria-label", "placeholder", "title"] {
            texts.extend(attributes.get(read).map(|text| (*text).to_owned()));
        }
        tags.push(Tag { name, attributes });
    }
    (tags, texts)
}

/// Checks a page.
pub(crate) fn check_page(path: &str, language: &str, html: &str) {
    let about = format!("{path} in {language}");
    let (tags, texts) = parse(html);
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    let lang = |tag: &Tag<'_>| tag.name == "html" && tag.attributes.get("lang") == Some(&language);
    assert!(tags.iter().any(lang), "{about}: the language is not said");
    assert_eq!(count("h1"), 1, "{about}: one heading above all others");
    assert_eq!(count("main"), 1, "{about}: a landmark");
    assert_eq!(count("title"), 1, "{about}");
    assert_eq!(count("style"), 0, "{about}: nothing inline");
    assert_eq!(
        count("script"),
        1,
        "{about}: one script, and none from data"
    );

    let mut ids = BTreeSet::new();
    let labels: BTreeSet<&str> = (tags.iter())
        .filter(|tag| tag.name == "label")
        .filter_map(|tag| tag.attributes.get("for").copied())
        .collect();
    let mut within_label = false;
    for Tag { name, attributes } in &tags {
        let value = |attribute: &str| attributes.get(attribute).copied();
        within_label = (within_label || *name == "label") && *name != "/label";
        if let Some(id) = value("id") {
            assert!(ids.insert(id), "{about}: {id} twice");
        }
        let inline = attributes
            .keys()
            .any(|key| *key == "style" || key.starts_with("on"));
        assert!(!inline, "{about}: {name} {attributes:?}");
        match *name {
            "img" => assert!(attributes.contains_key("alt"), "{about}: {attributes:?}"),
            "input" | "select" | "textarea" if value("type") != Some("hidden") => assert!(
                within_label || value("id").is_some_and(|id| labels.contains(id)),
                "{about}: no label for {attributes:?}"
            ),
            "form" => assert!(
                value("action").is_some_and(|action| action.starts_with('/')),
                "{about}: {attributes:?} leads elsewhere"
            ),
            _ => {}
        }
    }
    for (tag, attribute) in [
        ("section", "aria-labelledby"),
        ("input", "aria-describedby"),
    ] {
        for named in (tags.iter()).filter_map(|found| {
            found
                .attributes
                .get(attribute)
                .filter(|_| found.name == tag)
        }) {
            assert!(ids.contains(named), "{about}: {attribute} names {named}");
        }
    }
    let keys = keys(language);
    let first = |key: &str| key.split('-').next().unwrap().to_owned();
    let kinds: BTreeSet<String> = keys
        .iter()
        .filter(|key| key.contains('-'))
        .map(|key| first(key))
        .collect();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        let like_a_key = word.contains('-')
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-')
            && kinds.contains(&first(word));
        assert!(!like_a_key, "{about}: shows {word}");
    }
}

/// The folder of the crate.
pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The keys of the desk's texts.
pub(crate) fn keys(language: &str) -> BTreeSet<String> {
    let locale = here().join("../screens/locales").join(language);
    let files = fs::read_dir(locale)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let texts: String = files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let mut keys = BTreeSet::new();
    for line in texts
        .lines()
        .filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()))
    {
        let (key, _) = line.split_once(" =").expect("a text");
        assert!(keys.insert(key.to_owned()), "{key} twice");
    }
    keys
}

/// The files in a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
