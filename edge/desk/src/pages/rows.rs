//! Visits, animals and changes as rows of a list, each with what tells it from the others.

use std::collections::HashMap;

use catalogue::{
    Animal, AnimalFields, AnimalId, Catalogue, CatalogueError, Change, Suggestion, Visit, VisitId,
};
use recognise::VerdictKind;

use super::words::Words;

/// The state of a visit in a word, and its colour.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// A visit.
pub(super) struct VisitRow {
    pub(super) id: VisitId,
    /// The revision that the row shows.
    pub(super) revision: u32,
    /// The guest's name, else the breed, else that it is open.
    pub(super) title: String,
    /// Breed and contact, or how sure the answer is.
    pub(super) detail: String,
    pub(super) breed: String,
    pub(super) time: String,
    pub(super) moment: String,
    pub(super) machine: String,
    pub(super) mark: Mark,
    /// What nobody may overlook about the guest.
    pub(super) alerts: Vec<String>,
    pub(super) has_photograph: bool,
}

/// An animal.
pub(super) struct AnimalRow {
    pub(super) id: AnimalId,
    pub(super) name: String,
    /// What tells it from others of its name: similarity, breed, last visit, contact.
    pub(super) detail: String,
    /// What nobody may overlook: warnings, an overdue vaccination.
    pub(super) alerts: Vec<String>,
    /// How often it was here.
    pub(super) visits: String,
    /// The visit with its newest photograph, if that was asked for.
    pub(super) photograph: Option<VisitId>,
}

/// A change of a visit or an animal.
pub(super) struct ChangeRow {
    pub(super) what: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
    pub(super) author: String,
    pub(super) moment: String,
    pub(super) machine: String,
}

impl AnimalRow {
    pub(super) fn new(words: &Words, animal: &Animal) -> Self {
        Self::with_similarity(words, animal, None)
    }

    fn with_similarity(words: &Words, animal: &Animal, similarity: Option<String>) -> Self {
        let fields = &animal.fields;
        let seen = match animal.last_visit {
            Some(at) => words.with("last-visit", "when", words.since(at)),
            None => words.t("no-visit-yet"),
        };
        let contact = first_line(&fields.contact);
        let breed = words.breed_of(fields);
        let parts = [similarity, Some(breed), Some(seen), contact];
        Self {
            id: animal.id,
            name: fields.name.clone(),
            detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            alerts: alerts(words, animal),
            visits: words.with("visits-count", "count", animal.visits),
            photograph: None,
        }
    }

    /// A suggested animal, with how similar it looks.
    pub(super) fn suggested(words: &Words, suggestion: &Suggestion) -> Self {
        let similarity = suggestion.similarity.map(|cosine| words.similarity(cosine));
        Self::with_similarity(words, &suggestion.animal, similarity)
    }

    /// The row with the newest photograph of its animal.
    pub(super) fn with_photograph(self, catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        Ok(Self {
            photograph: catalogue.newest_photographed(self.id)?,
            ..self
        })
    }
}

impl VisitRow {
    /// A row that knows nothing of the guest but the name.
    pub(super) fn new(words: &Words, visit: &Visit) -> Self {
        Self::with_guest(words, visit, None)
    }

    fn with_guest(words: &Words, visit: &Visit, guest: Option<&Animal>) -> Self {
        let breed = (words.breed_of_visit(visit)).unwrap_or_else(|| words.t("breed-open"));
        let (title, detail) = match (&visit.animal, guest) {
            (Some((_, name)), Some(guest)) => {
                let contact = first_line(&guest.fields.contact);
                let parts = [Some(breed.clone()), contact];
                (
                    name.clone(),
                    parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                )
            }
            (Some((_, name)), None) => (name.clone(), breed.clone()),
            (None, _) => (breed.clone(), detail(words, visit)),
        };
        Self {
            id: visit.id,
            revision: visit.revision,
            title,
            detail,
            breed,
            time: words.time(visit.at),
            moment: words.moment(visit.at),
            machine: words.machine(visit.at),
            mark: mark(words, visit),
            alerts: guest.map_or_else(Vec::new, |guest| alerts(words, guest)),
            has_photograph: visit.has_photograph,
        }
    }
}

/// Rows of visits, with what the catalogue knows about their guests.
pub(super) fn visits(
    catalogue: &Catalogue,
    words: &Words,
    visits: &[Visit],
) -> Result<Vec<VisitRow>, CatalogueError> {
    let mut guests: HashMap<AnimalId, Animal> = HashMap::new();
    for (id, _) in visits.iter().filter_map(|visit| visit.animal.as_ref()) {
        if !guests.contains_key(id) {
            guests.insert(*id, catalogue.animal(*id)?);
        }
    }
    let guest = |visit: &Visit| guests.get(&visit.animal.as_ref()?.0);
    Ok((visits.iter())
        .map(|visit| VisitRow::with_guest(words, visit, guest(visit)))
        .collect())
}

/// The row of a visit, with what the catalogue knows about its guest.
pub(super) fn visit(
    catalogue: &Catalogue,
    words: &Words,
    visit: &Visit,
) -> Result<VisitRow, CatalogueError> {
    let guest = match &visit.animal {
        Some((id, _)) => Some(catalogue.animal(*id)?),
        None => None,
    };
    Ok(VisitRow::with_guest(words, visit, guest.as_ref()))
}

/// Rows of changes, the latest first.
pub(super) fn changes(
    catalogue: &Catalogue,
    words: &Words,
    changes: &[Change],
) -> Result<Vec<ChangeRow>, CatalogueError> {
    let text = |field: &str, value: &Option<String>| -> Result<Option<String>, CatalogueError> {
        let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(match field {
            "said" | "breed" => words.breed(value),
            "species" if ["cat", "dog"].contains(&value) => words.t(&format!("species-{value}")),
            "vaccinated_until" => value
                .parse()
                .map_or_else(|_| value.to_owned(), |day| words.date(day)),
            "animal" | "merged" => {
                let id = value.parse().ok().map(AnimalId);
                let name = id.map_or(Ok(None), |id| name(catalogue, id))?;
                name.unwrap_or_else(|| words.t("animal-forgotten"))
            }
            "undone" => words.t("history-undone"),
            _ => value.to_owned(),
        }))
    };
    (changes.iter().rev())
        .map(|change| {
            Ok(ChangeRow {
                what: field(words, &change.field),
                before: text(&change.field, &change.before)?,
                after: text(&change.field, &change.after)?
                    .unwrap_or_else(|| words.t("history-nothing")),
                author: author(words, &change.by),
                moment: words.moment(change.at),
                machine: words.machine(change.at),
            })
        })
        .collect()
}

/// The name of an animal, also of one that was merged; `None` if it was forgotten.
fn name(catalogue: &Catalogue, id: AnimalId) -> Result<Option<String>, CatalogueError> {
    match catalogue.animal(id) {
        Ok(animal) => Ok(Some(animal.fields.name)),
        Err(CatalogueError::NoSuchAnimal(_)) => {
            let merged = catalogue.merged_animal(id)?;
            Ok(merged.map(|merged| merged.fields.name))
        }
        Err(error) => Err(error),
    }
}

/// What staff entered about an animal, in a line that tells it from others of its name.
pub(super) fn described(words: &Words, fields: &AnimalFields) -> String {
    let breed = Some(words.breed_of(fields));
    let parts = [breed, first_line(&fields.contact), fields.tag.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The name of a field; its name in the record if no text has one.
fn field(words: &Words, field: &str) -> String {
    let key = format!("field-{}", field.replace('_', "-"));
    let text = words.t(&key);
    if text == key { field.to_owned() } else { text }
}

/// The author of a change: for a role, its name in the reader's language.
fn author(words: &Words, author: &str) -> String {
    match author {
        "owner" | "staff" => words.t(&format!("role-{author}")),
        name => match name.strip_prefix("token ") {
            Some(name) => words.with("role-token", "name", name),
            None => name.to_owned(),
        },
    }
}

/// What nobody may overlook about an animal.
fn alerts(words: &Words, animal: &Animal) -> Vec<String> {
    let overdue = (animal.fields.vaccinated_until)
        .filter(|until| *until < words.today)
        .map(|until| words.with("vaccination-overdue", "date", words.date(until)));
    let warnings = animal.fields.warnings.trim();
    let warnings = (!warnings.is_empty()).then(|| warnings.to_owned());
    warnings.into_iter().chain(overdue).collect()
}

/// The detail beside the breed of a visit without a guest.
fn detail(words: &Words, visit: &Visit) -> String {
    match (&visit.confirmed_breed, visit.verdict) {
        (Some(_), _) => words.t("guest-open"),
        (None, VerdictKind::Breed) => words.certainty(visit.confidence),
        (None, _) => recognised(words, visit),
    }
}

/// The answer of the network, and how sure it was.
pub(super) fn recognised(words: &Words, visit: &Visit) -> String {
    match (visit.verdict, visit.candidates.first()) {
        (VerdictKind::Breed, Some(best)) => {
            let certainty = words.certainty(visit.confidence);
            format!("{}, {certainty}", words.breed(&best.breed))
        }
        (other, _) => words.t(open_verdict(other)),
    }
}

/// The text for an answer that leaves the breed open.
pub(super) fn open_verdict(verdict: VerdictKind) -> &'static str {
    match verdict {
        VerdictKind::Species => "verdict-species",
        VerdictKind::NotOurs => "verdict-not-ours",
        VerdictKind::Unsure | VerdictKind::Breed => "verdict-unsure",
    }
}

fn mark(words: &Words, visit: &Visit) -> Mark {
    let best = visit.candidates.first().map(|best| &best.breed);
    let is_breed = visit.verdict == VerdictKind::Breed;
    let (class, key) = match &visit.confirmed_breed {
        Some(confirmed) if is_breed && Some(confirmed) != best => ("good", "mark-corrected"),
        Some(_) => ("good", "mark-confirmed"),
        None if is_breed => ("", "mark-recognised"),
        None => ("warn", "mark-call"),
    };
    Mark {
        class,
        text: words.t(key),
    }
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(line.trim().to_owned())
}
