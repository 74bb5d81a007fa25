//! Collects what nobody may overlook about an animal, and what it needs.

use catalogue::{AnimalFields, Vaccination};
use jiff::ToSpan;
use screens::locale::Message;

use super::words::Words;

/// A fact about an animal, under its name.
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) text: String,
}

/// What nobody may overlook: warnings, and vaccinations that have ended or end soon.
pub(super) fn alerts(words: &Words, fields: &AnimalFields) -> Vec<String> {
    let warnings = fields.warnings.trim();
    let warnings = (!warnings.is_empty()).then(|| warnings.to_owned());
    let vaccinations = Vaccination::current(&fields.vaccinations);
    let ends = vaccinations.filter_map(|vaccination| end(words, vaccination));
    warnings.into_iter().chain(ends).collect()
}

/// What it needs at every stay, where somebody said so.
pub(super) fn needs(words: &Words, fields: &AnimalFields) -> Vec<Fact> {
    [
        ("field-feeding", &fields.feeding),
        ("field-medication", &fields.medication),
    ]
    .into_iter()
    .filter(|(_, text)| !text.trim().is_empty())
    .map(|(name, text)| Fact {
        name: words.t(name),
        text: text.trim().to_owned(),
    })
    .collect()
}

/// A vaccination in a line: `Rabies: valid until 30 April 2027 (given 1 May 2026)`.
pub(super) fn vaccination(words: &Words, vaccination: &Vaccination) -> String {
    let until = words.with(
        "vaccination-until",
        "date",
        words.date(vaccination.valid_until),
    );
    let given =
        (vaccination.given).map(|given| words.with("vaccination-given", "date", words.date(given)));
    let until = match given {
        Some(given) => format!("{until} ({given})"),
        None => until,
    };
    if vaccination.name.is_empty() {
        return until;
    }
    let named = Message::new("vaccination-named").with("name", &vaccination.name);
    words.message(&named.with("until", until))
}

/// What to say of a vaccination that has ended, or does within the days of the settings.
fn end(words: &Words, vaccination: &Vaccination) -> Option<String> {
    let until = vaccination.valid_until;
    let soon = words
        .today
        .checked_add(i64::from(words.vaccination_days).days());
    let (key, named) = if until < words.today {
        ("vaccination-overdue", "vaccination-overdue-named")
    } else if soon.is_ok_and(|soon| until <= soon) {
        ("vaccination-ends", "vaccination-ends-named")
    } else {
        return None;
    };
    let date = words.date(until);
    Some(if vaccination.name.is_empty() {
        words.with(key, "date", date)
    } else {
        let named = Message::new(named).with("name", &vaccination.name);
        words.message(&named.with("date", date))
    })
}
