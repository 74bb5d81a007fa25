//! Finds the number to dial in what staff typed as a telephone number.

/// Fewer digits are no number to dial.
const DIGITS: usize = 3;

/// The number of a line such as `079 123 45 67 (work)`, for an address that begins with `tel:`; the
/// longest one, and of several the first. `None` if there is none.
pub(super) fn number(line: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || "+ .-/()".contains(c);
    // A zero in brackets is not dialled after the code of the country.
    let line = line.replace("(0)", "").replace(" / ", ";");
    (line.split(|c: char| !is_part(c)))
        .map(dialled)
        .filter(|number| number.len() >= DIGITS)
        .reduce(|first, other| {
            if other.len() > first.len() {
                other
            } else {
                first
            }
        })
}

fn dialled(text: &str) -> String {
    let is_dialled = |c: &char| c.is_ascii_digit() || *c == '+';
    text.chars().filter(is_dialled).collect()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_number_is_found_among_what_stands_beside_it() {
        for (line, expect) in [
            ("079 123 45 67", Some("0791234567")),
            ("+41 (0)79 123.45-67", Some("+41791234567")),
            ("Anna: 079 123 45 67 (work, floor 12)", Some("0791234567")),
            ("022 1234567 / 079 1234567", Some("0221234567")),
            ("0621/123456", Some("0621123456")),
            ("ring twice", None),
            ("12", None),
            ("\"><script>", None),
            ("", None),
        ] {
            assert_eq!(number(line).as_deref(), expect, "{line}");
        }
    }
}
