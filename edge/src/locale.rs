//! The language of the system's locale.

use std::env;

use recognise::Language;

/// The variables that name the locale of messages (POSIX.1-2024, 8.2), the one that decides first.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// The language of the system's locale; English if that is another one, or if there is no locale.
pub(crate) fn language() -> Language {
    language_of(|variable| env::var(variable).ok())
}

/// The same, with the values of the variables as they are given. An empty one counts as none.
fn language_of(value: impl Fn(&str) -> Option<String>) -> Language {
    let mut values = VARIABLES.into_iter().filter_map(value);
    let locale = values.find(|value| !value.is_empty()).unwrap_or_default();
    // Such as `fr_CH.UTF-8` or `fr@euro`.
    let tag = locale.split(['.', '@']).next().unwrap_or_default();
    Language::of_tag(tag).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let french = [
            [None, None, Some("fr_FR.UTF-8")],
            [None, None, Some("fr_CH.UTF-8")],
            [None, None, Some("fr")],
            [None, None, Some("fr.UTF-8")],
            [None, None, Some("fr_FR@euro")],
            [None, Some("fr_BE"), Some("en_GB.UTF-8")],
            [Some("fr_FR.UTF-8"), Some("C"), Some("de_DE.UTF-8")],
            [Some(""), Some(""), Some("fr_FR.UTF-8")],
        ];
        let english = [
            [None, None, None],
            [None, None, Some("")],
            [None, None, Some("C")],
            [None, None, Some("C.UTF-8")],
            [None, None, Some("POSIX")],
            [None, None, Some("en_GB.UTF-8")],
            [None, None, Some("de_CH.UTF-8")],
            [None, None, Some("frp_FR.UTF-8")],
            [None, None, Some("/usr/share/locale/fr")],
            [Some("C"), Some("fr_FR.UTF-8"), Some("fr_FR.UTF-8")],
            [None, Some("de_DE.UTF-8"), Some("fr_FR.UTF-8")],
        ];
        let expected = [
            (Language::French, &french[..]),
            (Language::English, &english[..]),
        ];
        for (language, systems) in expected {
            for system in systems {
                let value = |variable: &str| {
                    let place = VARIABLES.iter().position(|known| *known == variable)?;
                    system[place].map(str::to_owned)
                };
                assert_eq!(language_of(value), language, "{system:?}");
            }
        }
    }
}
