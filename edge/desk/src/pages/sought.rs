//! Sorts what was typed into a search into the fields of the record that is added because none was
//! found.

use super::listing::searched;

/// Fewer digits beside letters are part of a name.
const TAG_DIGITS: usize = 3;

/// The digits of a microchip (ISO 11784).
const CHIP_DIGITS: usize = 15;

/// What somebody typed into a search: one of these, and the others are empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sought {
    pub(super) name: String,
    /// A collar tag or microchip.
    pub(super) tag: String,
    /// A telephone number or an e-mail address.
    pub(super) contact: String,
}

impl Sought {
    pub(super) fn of(typed: &str) -> Self {
        let text = searched(typed);
        let mut sought = Self::default();
        let field = if is_tag(&text) {
            &mut sought.tag
        } else if is_contact(&text) {
            &mut sought.contact
        } else {
            &mut sought.name
        };
        *field = text;
        sought
    }
}

/// Whether it is a word of letters and digits, or the number of a microchip. A telephone number of as
/// many digits begins with `00`.
fn is_tag(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let has_letters = text.contains(|c: char| c.is_ascii_alphabetic());
    if has_letters {
        let is_of_tags = |c: char| c.is_ascii_alphanumeric() || c == '-';
        return digits >= TAG_DIGITS && text.chars().all(is_of_tags);
    }
    let is_grouped = |c: char| c.is_ascii_digit() || c == ' ' || c == '-';
    digits == CHIP_DIGITS && text.chars().all(is_grouped) && !text.starts_with("00")
}

fn is_contact(text: &str) -> bool {
    let is_number =
        text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_alphabetic);
    is_number || text.contains('@')
}

#[cfg(test)]
mod tests {
    use super::Sought;

    #[test]
    fn what_was_typed_is_sorted_by_what_it_looks_like() {
        for (typed, name, tag, contact) in [
            ("", "", "", ""),
            ("  Zoé ", "Zoé", "", ""),
            ("Anna-Maria", "Anna-Maria", "", ""),
            ("Rex 2", "Rex 2", "", ""),
            ("K9", "K9", "", ""),
            ("\">", "\">", "", ""),
            ("CH-756-0042", "", "CH-756-0042", ""),
            ("ch0042", "", "ch0042", ""),
            ("756098100012345", "", "756098100012345", ""),
            ("756 098 100 012 345", "", "756 098 100 012 345", ""),
            ("079 123 45 67", "", "", "079 123 45 67"),
            ("+41 (0)79 123.45-67", "", "", "+41 (0)79 123.45-67"),
            ("0049 151 12345678", "", "", "0049 151 12345678"),
            ("anna.1234@example.org", "", "", "anna.1234@example.org"),
        ] {
            let expected = Sought {
                name: name.to_owned(),
                tag: tag.to_owned(),
                contact: contact.to_owned(),
            };
            assert_eq!(Sought::of(typed), expected, "{typed}");
        }
    }
}
