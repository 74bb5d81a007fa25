//! The texts that people read, in English and French: those of `locales/`, in the syntax of Fluent
//! (<https://projectfluent.org>).

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use recognise::{BreedId, Language, vocabulary};

/// A text whose language is not decided yet: its key and its arguments.
///
/// What is reported far from where it is shown, such as why a camera does not work, is passed on in
/// this form. It becomes words where it is read, in the reader's language.
///
/// ```
/// use recognise::Language;
/// use screens::locale::{Locale, Message};
///
/// let message = Message::new("frequency-long").with("times", 1);
/// assert_eq!(Locale::of(Language::English).message(&message), "right once in 10");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The key of the text.
    pub key: &'static str,
    /// The names and values of its arguments.
    pub arguments: Vec<(&'static str, String)>,
}

impl Message {
    /// The text of `key`, without arguments.
    #[must_use]
    pub fn new(key: &'static str) -> Self {
        let arguments = Vec::new();
        Self { key, arguments }
    }

    /// Adds the argument `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

/// The texts of one language.
///
/// ```
/// use recognise::Language;
/// use screens::Locale;
///
/// let french = Locale::of(Language::French);
/// assert_eq!(french.text("button-confirm"), "Confirmer");
/// assert_eq!(french.breed(&"persian".into()), "Persan");
/// ```
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
                    include_str!("../locales/en/screens.ftl"),
                    include_str!("../locales/en/desk.ftl"),
                    include_str!("../locales/en/notices.ftl"),
                    include_str!("../locales/en/cameras.ftl"),
                    include_str!("../locales/en/cameras-http.ftl"),
                    include_str!("../locales/en/stay.ftl"),
                    include_str!("../locales/en/people.ftl"),
                    include_str!("../locales/en/setup.ftl"),
                    include_str!("../locales/en/arrivals.ftl"),
                    include_str!("../locales/en/hub.ftl"),
                    include_str!("../locales/en/mqtt.ftl"),
                    include_str!("../locales/en/where.ftl"),
                    include_str!("../locales/en/tls.ftl"),
                ],
            )
        });
        static FRENCH: LazyLock<Locale> = LazyLock::new(|| {
            Locale::new(
                Language::French,
                [
                    include_str!("../locales/fr/screens.ftl"),
                    include_str!("../locales/fr/desk.ftl"),
                    include_str!("../locales/fr/notices.ftl"),
                    include_str!("../locales/fr/cameras.ftl"),
                    include_str!("../locales/fr/cameras-http.ftl"),
                    include_str!("../locales/fr/stay.ftl"),
                    include_str!("../locales/fr/people.ftl"),
                    include_str!("../locales/fr/setup.ftl"),
                    include_str!("../locales/fr/arrivals.ftl"),
                    include_str!("../locales/fr/hub.ftl"),
                    include_str!("../locales/fr/mqtt.ftl"),
                    include_str!("../locales/fr/where.ftl"),
                    include_str!("../locales/fr/tls.ftl"),
                ],
            )
        });
        match language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    fn new<const FILES: usize>(language: Language, files: [&str; FILES]) -> Self {
        let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks around arguments are for mixed writing directions; both languages are
        // written from left to right.
        bundle.set_use_isolating(false);
        for file in files {
            // Lines that are not Fluent are left out; a test makes sure that there are none.
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(file.to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`; the key itself if there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of `key` with its arguments; the key itself if there is none.
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

    /// A message in this language.
    #[must_use]
    pub fn message(&self, message: &Message) -> String {
        let arguments: Vec<(&str, FluentValue<'_>)> = (message.arguments.iter())
            .map(|(name, value)| (*name, argument(value)))
            .collect();
        self.with(message.key, &arguments)
    }

    /// A breed's name: that of the [vocabulary], or one made of the id if it has none there. The id
    /// `other` stands for any other breed.
    #[must_use]
    pub fn breed(&self, id: &BreedId) -> String {
        match vocabulary::of(id) {
            Some(breed) => breed.name(self.language).to_owned(),
            None if *id == "other" => self.text("breed-other"),
            None => id.display_name(),
        }
    }
}

/// The value of a message's argument. Whole numbers are numbers in Fluent too, because plurals
/// depend on them.
fn argument(value: &str) -> FluentValue<'_> {
    match value.parse::<i32>() {
        Ok(number) if number.to_string() == value => number.into(),
        _ => value.into(),
    }
}
