//! Makes the names of files safe to print.

use std::fmt::Write;
use std::path::Path;

/// The path as it is printed on a terminal, in a log and on a page: characters that control one of
/// these, or that change the direction of writing, are escaped.
///
/// Names come from outside, with photographs from a phone or the internet.
///
/// ```
/// use std::path::Path;
/// use recognise::printable;
///
/// assert_eq!(printable(Path::new("chien d’Élise.jpg")), "chien d’Élise.jpg");
/// assert_eq!(printable(Path::new("rex\u{1b}[2J\n.jpg")), r"rex\u{1b}[2J\n.jpg");
/// assert_eq!(printable(Path::new("rex\u{202e}gpj.exe")), r"rex\u{202e}gpj.exe");
/// ```
#[must_use]
pub fn printable(path: &Path) -> String {
    let name = path.to_string_lossy();
    let mut printed = String::with_capacity(name.len());
    for character in name.chars() {
        if is_harmless(character) {
            printed.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(printed, "{}", character.escape_default());
        }
    }
    printed
}

/// Whether a character shows itself and changes nothing else: no control character, no line or
/// paragraph separator, and none that directs the text (Unicode Standard Annex 9).
fn is_harmless(character: char) -> bool {
    let directs = matches!(
        character,
        '\u{061C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !directs
}
