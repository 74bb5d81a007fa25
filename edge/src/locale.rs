//! What people read, in English and French: the texts of `locales/`, in Fluent's form
//! (<https://projectfluent.org>).

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

use crate::recognise::metadata::Breed;

/// A language that the kiosk speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its BCP 47 tag: `en` or `fr`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language of a BCP 47 tag such as `fr` or `fr-CH`; `None` for any other.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|known| language.eq_ignore_ascii_case(known.tag()))
    }

    /// Its texts.
    #[must_use]
    pub fn locale(self) -> &'static Locale {
        static ENGLISH: LazyLock<Locale> = LazyLock::new(|| {
            Locale::new(
                Language::English,
                [
                    include_str!("../locales/en/breeds.ftl"),
                    include_str!("../locales/en/screens.ftl"),
                    include_str!("../locales/en/desk.ftl"),
                ],
            )
        });
        static FRENCH: LazyLock<Locale> = LazyLock::new(|| {
            Locale::new(
                Language::French,
                [
                    include_str!("../locales/fr/breeds.ftl"),
                    include_str!("../locales/fr/screens.ftl"),
                    include_str!("../locales/fr/desk.ftl"),
                ],
            )
        });
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }
}

/// The texts of one language.
pub struct Locale {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Locale {
    fn new(language: Language, files: [&str; 3]) -> Self {
        let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Marks around arguments are for mixed directions of writing; both languages have one.
        bundle.set_use_isolating(false);
        for file in files {
            // A line that is no Fluent is left out; a test sees to it that there is none.
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(file.to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// Which language it is.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text called `key`; the key itself where there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text called `key`, its arguments filled in.
    #[must_use]
    pub fn with(&self, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        let pattern = self.bundle.get_message(key).and_then(|found| found.value());
        let Some(pattern) = pattern else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = arguments.iter().cloned().collect();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut Vec::new())
            .into_owned()
    }

    /// A breed's name: from the texts, or made of its id where they do not know it.
    #[must_use]
    pub fn breed(&self, id: &str) -> String {
        let key = format!("breed-{}", id.replace('_', "-"));
        let name = self.text(&key);
        match name == key {
            true => Breed::display_name_of(id),
            false => name,
        }
    }
}
