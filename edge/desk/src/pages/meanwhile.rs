//! Finds what somebody else has changed while a form was filled in.

use catalogue::Mark;

use super::care::Fact;

/// What is there now, by the names of the fields, where it is not what was typed. Each field is its
/// name, what is there now, and what was typed; how the words are spaced does not matter.
pub(super) fn differing<const FIELDS: usize>(fields: [(String, &str, &str); FIELDS]) -> Vec<Fact> {
    let differs = |now: &str, typed: &str| now.split_whitespace().ne(typed.split_whitespace());
    (fields.into_iter())
        .filter(|(_, now, typed)| differs(now, typed))
        .map(|(name, now, _)| Fact {
            name,
            text: if now.trim().is_empty() {
                "–"
            } else {
                now.trim()
            }
            .to_owned(),
        })
        .collect()
}

/// The mark of what a form showed; `None` for one that says none.
pub(super) fn seen(mark: &str) -> Option<Mark> {
    (!mark.is_empty()).then(|| mark.to_owned().into())
}
