//! What people read, in English and French: the texts of `locales/`, in Fluent's form
//! (<https://projectfluent.org>).

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use recognise::{BreedId, Language};

/// A sentence that is not in any language yet: the key of a text, and what is filled in.
///
/// Whatever is said to people far from where it is found out, such as why a camera does not work,
/// travels in this form, and becomes words where it is read.
///
/// ```
/// use recognise::Language;
/// use screens::locale::{Locale, Message};
///
/// let message = Message::new("screen-odds").with("times", 9);
/// assert_eq!(Locale::of(Language::English).message(&message), "9 in 10");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The key of its text.
    pub key: &'static str,
    /// What is filled in, by name.
    pub arguments: Vec<(&'static str, String)>,
}

impl Message {
    /// The text called `key`, with nothing to fill in.
    #[must_use]
    pub fn new(key: &'static str) -> Self {
        let arguments = Vec::new();
        Self { key, arguments }
    }

    /// The same with `value` in the place called `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

/// The texts of one language.
pub struct Locale {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Locale {
    /// The texts of a language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Locale> = LazyLock::new(|| {
            Locale::new(
                Language::English,
                [
                    include_str!("../locales/en/breeds.ftl"),
                    include_str!("../locales/en/screens.ftl"),
                    include_str!("../locales/en/desk.ftl"),
                    include_str!("../locales/en/notices.ftl"),
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
                    include_str!("../locales/fr/notices.ftl"),
                ],
            )
        });
        match language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    fn new(language: Language, files: [&str; 4]) -> Self {
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

    /// What a message says in this language.
    #[must_use]
    pub fn message(&self, message: &Message) -> String {
        let arguments: Vec<(&str, FluentValue<'_>)> = (message.arguments.iter())
            .map(|(name, value)| (*name, value.as_str().into()))
            .collect();
        self.with(message.key, &arguments)
    }

    /// A breed's name: from the texts, or made of its id where they do not know it.
    #[must_use]
    pub fn breed(&self, id: &BreedId) -> String {
        let key = format!("breed-{}", id.replace('_', "-"));
        let name = self.text(&key);
        match name == key {
            true => id.display_name(),
            false => name,
        }
    }
}
