//! The texts of both languages: whole, sound, and the same ones in each.

use std::collections::BTreeMap;

use screens::locale::Language;
use recognise::Bundle;
use fluent_bundle::FluentResource;

const FILES: [&str; 3] = ["breeds", "screens", "desk"];

/// A file's texts by their keys, as they are written.
fn texts(language: Language, file: &str) -> BTreeMap<String, String> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/locales/{}/{file}.ftl", language.tag());
    let source = std::fs::read_to_string(&path).unwrap();
    if let Err((_, errors)) = FluentResource::try_new(source.clone()) {
        panic!("{path} is no Fluent: {errors:?}");
    }
    let mut texts = BTreeMap::new();
    let mut last = String::new();
    for line in source.lines() {
        let continues = line.is_empty() || line.starts_with([' ', '#', '}']);
        if let Some((key, text)) = line.split_once('=').filter(|_| !continues) {
            last = key.trim().to_owned();
            let before = texts.insert(last.clone(), text.to_owned());
            assert_eq!(before, None, "{path} has {last} twice");
        } else if line.starts_with(' ') {
            texts.entry(last.clone()).or_default().push_str(line);
        }
    }
    texts
}

#[test]
fn both_languages_have_the_same_texts() {
    for file in FILES {
        let [english, french] = Language::ALL.map(|language| texts(language, file));
        let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&english), keys(&french), "{file}.ftl");
        for (key, text) in &english {
            let arguments = |text: &str| {
                let parts = text.split('$').skip(1);
                let name = |part: &str| {
                    part.split(|c: char| !c.is_alphanumeric())
                        .next()
                        .map(str::to_owned)
                };
                let names: std::collections::BTreeSet<_> = parts.filter_map(name).collect();
                names
            };
            assert_eq!(arguments(text), arguments(&french[key]), "{key}");
        }
    }
}

#[test]
fn every_breed_of_the_built_in_network_has_a_name_in_both_languages() {
    let bundle = Bundle::embedded().unwrap();
    for language in Language::ALL {
        let texts = texts(language, "breeds");
        for breed in &bundle.metadata.breeds {
            let key = format!("breed-{}", breed.id.replace('_', "-"));
            let text = texts.get(&key);
            assert!(text.is_some(), "{language:?} has no {key}");
            assert_eq!(
                Some(language.locale().breed(&breed.id).as_str()),
                text.map(|t| t.trim())
            );
        }
    }
}

#[test]
fn a_text_is_filled_in() {
    let check = |language: Language, expected: &str| {
        let text = language
            .locale()
            .with("screen-thanks-guest", &[("name", "Bella".into())]);
        assert_eq!(text, expected);
    };
    check(Language::English, "Thank\u{a0}you, Bella!");
    check(Language::French, "Merci, Bella\u{a0}!");
}

#[test]
fn what_has_no_text_is_called_by_its_key() {
    for language in Language::ALL {
        let locale = language.locale();
        assert_eq!(locale.text("no-such-text"), "no-such-text");
        assert_eq!(locale.breed("norwegian_elkhound"), "Norwegian elkhound");
    }
}

#[test]
fn french_has_a_no_break_space_before_its_tall_marks() {
    for file in FILES {
        for (key, text) in texts(Language::French, file) {
            for mark in ['?', '!', ';', '»'] {
                assert!(!text.contains(&format!(" {mark}")), "{key}: {text}");
            }
            assert!(
                !text.contains('\''),
                "{key} has a straight apostrophe: {text}"
            );
        }
    }
}
