//! Compares telephone numbers and other long numbers, however their digits are grouped.

use std::borrow::Cow;

/// Fewer digits are a word like any other.
const DIGITS: usize = 3;

/// The text with `00` in place of a plus sign before a number: both stand before the code of a
/// country.
pub(crate) fn with_zeros(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return text.into();
    }
    let mut replaced = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        let number = after.trim_start_matches([' ', '\u{a0}', '(']);
        replaced.push_str(before);
        replaced.push_str(if number.starts_with(|c: char| c.is_ascii_digit()) {
            " 00"
        } else {
            " "
        });
        rest = after;
    }
    replaced.push_str(rest);
    replaced.into()
}

/// Whether a folded word is a number, or several that hyphens join.
pub(crate) fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// Words in groups: numbers that follow each other are one group, since the digits of one number may
/// be apart. Every other word is a group by itself.
pub(crate) fn groups<'a, 'b>(words: &'a [&'b str]) -> impl Iterator<Item = &'a [&'b str]> {
    words.chunk_by(|a, b| is_number(a) && is_number(b))
}

/// Adds the digits of the numbers in a folded text, with a space after each number. Numbers next to
/// each other are taken for one, since their digits may be grouped.
pub(crate) fn add(folded: &str, digits: &mut String) {
    for word in folded.split(' ') {
        if is_number(word) {
            digits.extend(word.chars().filter(char::is_ascii_digit));
        } else {
            digits.push(' ');
        }
    }
    digits.push(' ');
}

/// What to look for among the digits of [`add`] to find a number that somebody typed: its digits
/// without the code of the country and the zero before that of the region, since either may be
/// missing. `None` where these are too few, or the words are no numbers.
pub(crate) fn needle(words: &[&str]) -> Option<String> {
    if !words.iter().all(|word| is_number(word)) {
        return None;
    }
    let mut digits = String::new();
    for word in words {
        digits.extend(word.chars().filter(char::is_ascii_digit));
    }
    let national = match digits.strip_prefix("00") {
        Some(international) => &international[country_code(international)..],
        None => digits.as_str(),
    };
    let national = national.strip_prefix('0').unwrap_or(national);
    let needle = if national.len() < DIGITS {
        digits.as_str()
    } else {
        national
    };
    (needle.len() >= DIGITS).then(|| needle.to_owned())
}

/// The length of the country's code at the beginning of an international number. (ITU-T E.164.)
fn country_code(digits: &str) -> usize {
    let length = match digits.get(..2).and_then(|two| two.parse::<u8>().ok()) {
        Some(10..=19 | 70..=79) => 1,
        Some(
            20
            | 27
            | 30..=34
            | 36
            | 39..=41
            | 43..=49
            | 51..=58
            | 60..=66
            | 81
            | 82
            | 84
            | 86
            | 90..=95
            | 98,
        ) => 2,
        Some(_) => 3,
        None => 0,
    };
    length.min(digits.len())
}
