//! Describes a line of a CSV file that cannot be understood.

/// The most characters of a value that a message repeats.
const SHOWN: usize = 80;

/// The beginning of a text, which may be anything.
pub(super) fn start(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// What is wrong with a line that is not CSV.
pub(super) fn reason_of(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("there are {len} values instead of {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not text in UTF-8".to_owned(),
        _ => error.to_string(),
    }
}
