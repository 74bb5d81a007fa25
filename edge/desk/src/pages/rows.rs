//! Visits and animals as rows of a list: what tells each apart from the others stands with it.

use std::collections::HashMap;

use super::words::Words;
use catalogue::{
    Animal, AnimalId, Catalogue, CatalogueError, Change, Suggestion, Visit, VisitId,
};

/// A short word on how a visit stands, and its colour.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// A visit.
pub(super) struct VisitRow {
    pub(super) id: VisitId,
    /// The guest's name, else the breed, else that nobody knows yet.
    pub(super) title: String,
    /// What tells it apart: breed and contact, or how sure the answer is.
    pub(super) detail: String,
    pub(super) breed: String,
    pub(super) time: String,
    pub(super) moment: String,
    pub(super) machine: String,
    pub(super) mark: Mark,
    /// What must not be overlooked about the guest.
    pub(super) alerts: Vec<String>,
    pub(super) photograph: bool,
}

/// An animal.
pub(super) struct AnimalRow {
    pub(super) id: AnimalId,
    pub(super) name: String,
    /// What tells it apart from others of its name: look, breed, last visit, contact.
    pub(super) detail: String,
    /// What must not be overlooked: an overdue vaccination, warnings.
    pub(super) alerts: Vec<String>,
    /// How often it was here.
    pub(super) visits: String,
    /// The visit with its newest photograph, where that was asked for.
    pub(super) photograph: Option<VisitId>,
}

/// A change of a visit or an animal.
pub(super) struct ChangeRow {
    pub(super) what: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
    pub(super) by: String,
    pub(super) moment: String,
    pub(super) machine: String,
}

impl AnimalRow {
    pub(super) fn new(words: &Words, animal: &Animal) -> Self {
        Self::with_look(words, animal, None)
    }

    fn with_look(words: &Words, animal: &Animal, look: Option<String>) -> Self {
        let fields = &animal.fields;
        let seen = match animal.last_visit {
            Some(at) => words.with("last-visit", "when", words.since(at)),
            None => words.t("no-visit-yet"),
        };
        let contact = first_line(&fields.contact);
        let parts = [look, Some(words.breed(&fields.breed)), Some(seen), contact];
        Self {
            id: animal.id,
            name: fields.name.clone(),
            detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            alerts: alerts(words, animal),
            visits: words.with("visits-count", "count", animal.visits),
            photograph: None,
        }
    }

    /// A suggested animal, with how alike it looks.
    pub(super) fn suggested(words: &Words, suggestion: &Suggestion) -> Self {
        let look = suggestion.similarity.map(|cosine| words.alike(cosine));
        Self::with_look(words, &suggestion.animal, look)
    }

    /// With its newest photograph.
    pub(super) fn pictured(self, catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let visits = catalogue.visits_of(self.id)?;
        let pictured = visits.iter().find(|visit| visit.has_photograph);
        Ok(Self {
            photograph: pictured.map(|visit| visit.id),
            ..self
        })
    }
}

impl VisitRow {
    /// A row that does not know its guest beyond the name.
    pub(super) fn new(words: &Words, visit: &Visit) -> Self {
        Self::with_guest(words, visit, None)
    }

    fn with_guest(words: &Words, visit: &Visit, guest: Option<&Animal>) -> Self {
        let breed = match &visit.breed {
            Some(breed) => words.breed(breed),
            None => words.t("breed-open"),
        };
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
            (None, _) => (breed.clone(), how_sure(words, visit)),
        };
        Self {
            id: visit.id,
            title,
            detail,
            breed,
            time: words.time(visit.at),
            moment: words.moment(visit.at),
            machine: words.machine(visit.at),
            mark: mark(words, visit),
            alerts: guest.map_or_else(Vec::new, |guest| alerts(words, guest)),
            photograph: visit.has_photograph,
        }
    }
}

/// Rows of visits, with what is known of their guests.
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

/// One visit, with what is known of its guest.
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

/// Changes, the latest first.
pub(super) fn changes(
    catalogue: &Catalogue,
    words: &Words,
    changes: &[Change],
) -> Result<Vec<ChangeRow>, CatalogueError> {
    let text = |field: &str, value: &Option<String>| {
        let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(match field {
            "said" | "breed" => words.breed(value),
            "species" if ["cat", "dog"].contains(&value) => words.t(&format!("species-{value}")),
            "vaccinated_until" => value
                .parse()
                .map_or_else(|_| value.to_owned(), |day| words.date(day)),
            "animal" => match value.parse().map(|id| catalogue.animal(AnimalId(id))) {
                Ok(Ok(animal)) => animal.fields.name,
                Ok(Err(CatalogueError::NoSuchAnimal(_))) | Err(_) => words.t("animal-forgotten"),
                Ok(Err(error)) => return Err(error),
            },
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
                by: by(words, &change.by),
                moment: words.moment(change.at),
                machine: words.machine(change.at),
            })
        })
        .collect()
}

/// The name of a field; of one that has none here, the record's own.
fn field(words: &Words, field: &str) -> String {
    let key = format!("field-{}", field.replace('_', "-"));
    let text = words.t(&key);
    if text == key { field.to_owned() } else { text }
}

/// Who did something: a role by its name in the reader's language.
fn by(words: &Words, by: &str) -> String {
    match by {
        "owner" | "staff" => words.t(&format!("role-{by}")),
        name => name.to_owned(),
    }
}

/// What must not be overlooked about an animal.
fn alerts(words: &Words, animal: &Animal) -> Vec<String> {
    let overdue = (animal.fields.vaccinated_until)
        .filter(|until| *until < words.today)
        .map(|until| words.with("vaccination-overdue", "date", words.date(until)));
    let warnings = animal.fields.warnings.trim();
    let warnings = (!warnings.is_empty()).then(|| warnings.to_owned());
    warnings.into_iter().chain(overdue).collect()
}

/// What there is to say beside the breed of a visit without a guest.
fn how_sure(words: &Words, visit: &Visit) -> String {
    match (&visit.confirmed_breed, visit.verdict.as_str()) {
        (Some(_), _) => words.t("guest-open"),
        (None, "breed") => words.sure(visit.confidence),
        (None, _) => recognised(words, visit),
    }
}

/// What the network made of it, and how sure it was.
pub(super) fn recognised(words: &Words, visit: &Visit) -> String {
    let sure = words.sure(visit.confidence);
    match (visit.verdict.as_str(), visit.candidates.first()) {
        ("breed", Some(best)) => format!("{}, {sure}", words.breed(&best.breed)),
        ("species", _) => words.t("verdict-species"),
        ("not_ours", _) => words.t("verdict-not-ours"),
        _ => words.t("verdict-unsure"),
    }
}

fn mark(words: &Words, visit: &Visit) -> Mark {
    let best = visit.candidates.first().map(|best| &best.breed);
    let (class, key) = match &visit.confirmed_breed {
        Some(said) if visit.verdict == "breed" && Some(said) != best => ("good", "mark-corrected"),
        Some(_) => ("good", "mark-confirmed"),
        None if visit.verdict == "breed" => ("", "mark-recognised"),
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
