//! Visits and animals as rows of a list, each with what tells it from the others.

use std::collections::HashMap;

use catalogue::{
    Animal, AnimalFields, AnimalId, Catalogue, CatalogueError, Suggestion, Visit, VisitId,
};
use recognise::VerdictKind;
use screens::locale::Message;

use super::care;
use super::words::Words;
use crate::contacts::Whose;

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
    /// `known at North`, if it is known at another site and was never here.
    pub(super) known_at: Option<String>,
    /// The address of its newest photograph, if that was asked for.
    pub(super) photograph: Option<String>,
    /// Whether it is suggested because it is expected today.
    pub(super) is_expected: bool,
}

impl AnimalRow {
    pub(super) fn new(words: &Words, animal: &Animal) -> Self {
        Self::with(words, animal, None, reach(words, animal))
    }

    /// A row beside which the page says how to reach somebody about the animal.
    pub(super) fn without_contact(words: &Words, animal: &Animal) -> Self {
        Self::with(words, animal, None, None)
    }

    fn with(
        words: &Words,
        animal: &Animal,
        similarity: Option<String>,
        reach: Option<String>,
    ) -> Self {
        let fields = &animal.fields;
        let seen = match animal.last_visit {
            Some(at) => words.with("last-visit", "when", words.since(at)),
            None => words.t("no-visit-yet"),
        };
        let breed = words.breed_of(fields);
        let parts = [similarity, Some(breed), Some(seen), reach];
        Self {
            id: animal.id,
            name: fields.name.clone(),
            detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            alerts: care::alerts(words, fields),
            visits: words.with("visits-count", "count", animal.visits),
            known_at: (animal.known_at.as_ref())
                .map(|site| words.with("animal-known-at", "site", site)),
            photograph: None,
            is_expected: false,
        }
    }

    /// A suggested animal, with whether it is expected and how similar it looks.
    pub(super) fn suggested(words: &Words, suggestion: &Suggestion) -> Self {
        let animal = &suggestion.animal;
        let similarity = suggestion.similarity.map(|cosine| words.similarity(cosine));
        Self {
            is_expected: suggestion.expected,
            ..Self::with(words, animal, similarity, reach(words, animal))
        }
    }

    /// The row with the newest photograph of its animal.
    pub(super) fn with_photograph(self, catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let newest = catalogue.newest_photographed(self.id)?;
        Ok(Self {
            photograph: photograph(catalogue, self.id, newest)?,
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
                let parts = [Some(breed.clone()), reach(words, guest)];
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
            alerts: guest.map_or_else(Vec::new, |guest| care::alerts(words, &guest.fields)),
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

/// A name, with the site where the animal is known if it was never here.
pub(super) fn known_name(words: &Words, animal: &Animal) -> String {
    let name = &animal.fields.name;
    match &animal.known_at {
        Some(site) => {
            let text = Message::new("guest-known-at").with("name", name);
            words.message(&text.with("site", site))
        }
        None => name.clone(),
    }
}

/// The address of an animal's photograph: that of its newest visit which has one, else the one that
/// other sites gave, if there is any.
pub(super) fn photograph(
    catalogue: &Catalogue,
    animal: AnimalId,
    newest: Option<VisitId>,
) -> Result<Option<String>, CatalogueError> {
    match newest {
        Some(visit) => Ok(Some(photograph_of(visit))),
        None => {
            let given = catalogue.guest_photograph(animal)?;
            Ok(given.map(|_| format!("/api/v1/animals/{animal}/photograph")))
        }
    }
}

/// The address of a visit's photograph.
pub(super) fn photograph_of(visit: VisitId) -> String {
    format!("/api/v1/visits/{visit}/photograph")
}

/// What staff entered about an animal, in a line that tells it from others of its name.
pub(super) fn described(words: &Words, id: AnimalId, fields: &AnimalFields) -> String {
    let (breed, contact) = (words.breed_of(fields), first_line(&fields.contact));
    if contact.is_some() {
        words.contacts.note(Whose::Animal(id));
    }
    let parts = [Some(breed), contact, fields.tag.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
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

/// How to reach somebody about an animal: its contact, else its first owner.
fn reach(words: &Words, animal: &Animal) -> Option<String> {
    if let Some(contact) = first_line(&animal.fields.contact) {
        words.contacts.note(Whose::Animal(animal.id));
        return Some(contact);
    }
    let owner = animal.owners.first()?;
    let Some(phone) = owner.phones.first() else {
        return Some(owner.name.clone());
    };
    words.contacts.note(Whose::Owner(owner.id));
    Some(format!("{}, {phone}", owner.name))
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(line.trim().to_owned())
}
