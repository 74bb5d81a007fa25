//! Compares texts as people type them: capitals, accents and ligatures do not matter, and one typing
//! error can be allowed for.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// Unicode's compatibility decomposition (Unicode Standard Annex 15): it takes accents off letters.
const DECOMPOSITION: DecomposingNormalizerBorrowed<'static> =
    DecomposingNormalizerBorrowed::new_nfkd();

/// What Unicode says of marks such as accents: a class other than 0.
const MARKS: CanonicalCombiningClassMapBorrowed<'static> =
    CanonicalCombiningClassMapBorrowed::new();

/// The words of a text in small letters without accents and ligatures, with one space between them.
/// Words are made of letters and digits. Those that an apostrophe or a hyphen joins have a hyphen
/// between them. An emoji is a word.
///
/// ```
/// use recognise::text::fold;
///
/// assert_eq!(fold("  L’Œil de Bœuf, STRASSE/Straße "), "l-oeil de boeuf strasse strasse");
/// assert_eq!(fold("Smith-Jones' Zoé🐾 (06.12)"), "smith-jones zoe 🐾 06 12");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    // First of all: some of them decompose into a space and an accent.
    let text = text.replace(is_apostrophe, "'");
    let mut folded = String::with_capacity(text.len());
    let mut between = "";
    for c in plain(&text).chars() {
        if c.is_alphanumeric() {
            folded.push_str(between);
            push_letter(&mut folded, c);
            between = "";
        } else if is_emoji(c) {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push(c);
            between = " ";
        } else if is_joint(c) && between.is_empty() && !folded.is_empty() {
            between = "-";
        } else if !folded.is_empty() {
            between = " ";
        }
    }
    folded
}

/// The text in small letters without accents; spaces, marks and symbols stay.
///
/// ```
/// assert_eq!(recognise::text::plain("Été-2026 !"), "ete-2026 !");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let decomposed = DECOMPOSITION.normalize(text);
    let letters = decomposed.chars().flat_map(char::to_lowercase);
    letters.filter(|c| !is_invisible(*c)).collect()
}

/// The folded text without spaces and hyphens: `Saint-Bernard`, `saint bernard` and `SaintBernard`
/// have the same key.
#[must_use]
pub fn key(text: &str) -> String {
    fold(text).replace([' ', '-'], "")
}

/// Whether `typed` is `word` but for one typing error: a letter that is wrong, missing or too many,
/// or two neighbours that are swapped. Both are folded.
///
/// ```
/// use recognise::text::is_misspelt;
///
/// for typed in ["labrador", "labradot", "labrado", "labbrador", "lbarador"] {
///     assert!(is_misspelt(typed, "labrador"), "{typed}");
/// }
/// assert!(!is_misspelt("labrdaro", "labrador"));
/// ```
#[must_use]
pub fn is_misspelt(typed: &str, word: &str) -> bool {
    matches_but_once(typed, word, |typed, word| typed == word)
}

/// Whether `typed` is the beginning of `word` but for one typing error, as in [`is_misspelt`].
#[must_use]
pub fn begins_misspelt(typed: &str, word: &str) -> bool {
    matches_but_once(typed, word, |typed, word| word.starts_with(typed))
}

/// Whether `typed` and `word` are the same up to one typing error, and what follows it `fits`.
fn matches_but_once(typed: &str, word: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
    let (typed, word) = without_common_start(typed, word);
    let Some((t, typed_rest)) = split(typed) else {
        // Nothing, or a letter at the end, is missing.
        return split(word).is_none_or(|(_, rest)| fits("", rest));
    };
    let Some((w, word_rest)) = split(word) else {
        return typed_rest.is_empty();
    };
    let is_swapped = || match (split(typed_rest), split(word_rest)) {
        (Some((second, typed)), Some((other, word))) => {
            t == other && w == second && fits(typed, word)
        }
        _ => false,
    };
    fits(typed_rest, word_rest) || fits(typed_rest, word) || fits(typed, word_rest) || is_swapped()
}

fn without_common_start<'a>(mut a: &'a str, mut b: &'a str) -> (&'a str, &'a str) {
    while let (Some((x, a_rest)), Some((y, b_rest))) = (split(a), split(b))
        && x == y
    {
        (a, b) = (a_rest, b_rest);
    }
    (a, b)
}

/// The first letter and the rest.
fn split(text: &str) -> Option<(char, &str)> {
    let mut letters = text.chars();
    Some((letters.next()?, letters.as_str()))
}

/// Adds a small letter. Unicode does not decompose some letters that people replace by others.
fn push_letter(folded: &mut String, c: char) {
    match c {
        'œ' => folded.push_str("oe"),
        'æ' => folded.push_str("ae"),
        'ß' => folded.push_str("ss"),
        'þ' => folded.push_str("th"),
        'ø' => folded.push('o'),
        'đ' | 'ð' => folded.push('d'),
        'ł' => folded.push('l'),
        'ħ' => folded.push('h'),
        'ı' => folded.push('i'),
        'ς' => folded.push('σ'),
        c => folded.push(c),
    }
}

/// The characters that people and keyboards write for an apostrophe, the straight one included.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '´'
            | '\u{2bb}'..='\u{2bd}'
            | '\u{2c8}'
            | '\u{2018}'..='\u{201b}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{ff07}'
            | '\u{ff40}'
    )
}

/// What joins the parts of a word: an apostrophe, a hyphen or dash, or the underscore of an id.
fn is_joint(c: char) -> bool {
    matches!(c, '\'' | '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Emoji, and the symbols among them.
fn is_emoji(c: char) -> bool {
    let is_skin_tone = matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}') && !is_skin_tone
}

/// Characters that take no place of their own: accents, and those that only change how others look.
fn is_invisible(c: char) -> bool {
    MARKS.get_u8(c) != 0
        || matches!(
            c,
            '\u{ad}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2060}'
                | '\u{20e3}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{1f3fb}'..='\u{1f3ff}'
                | '\u{e0020}'..='\u{e007f}'
        )
}
