//! Changes of a record as rows of its history.

use catalogue::{AnimalId, Catalogue, CatalogueError, Change, OwnerId, Recurrence, Vaccination};
use jiff::Timestamp;

use super::care;
use super::words::Words;

/// A change of a visit or an animal.
pub(super) struct ChangeRow {
    pub(super) what: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
    pub(super) author: String,
    pub(super) moment: String,
    pub(super) machine: String,
}

/// Rows of changes, the latest first.
pub(super) fn rows(
    catalogue: &Catalogue,
    words: &Words,
    changes: &[Change],
) -> Result<Vec<ChangeRow>, CatalogueError> {
    (changes.iter().rev())
        .map(|change| {
            Ok(ChangeRow {
                what: field(words, &change.field),
                before: text(catalogue, words, &change.field, change.before.as_deref())?,
                after: text(catalogue, words, &change.field, change.after.as_deref())?
                    .unwrap_or_else(|| words.t(nothing(&change.field))),
                author: author(words, &change.by),
                moment: words.moment(change.at),
                machine: words.machine(change.at),
            })
        })
        .collect()
}

/// What stands in the place of a value that is gone.
fn nothing(field: &str) -> &'static str {
    match field {
        "known_at" => "history-adopted",
        "deleted_elsewhere" => "history-kept-here",
        _ => "history-nothing",
    }
}

/// A value as its reader knows it; `None` if there is none. A value that cannot be read is shown as it
/// is stored.
fn text(
    catalogue: &Catalogue,
    words: &Words,
    field: &str,
    value: Option<&str>,
) -> Result<Option<String>, CatalogueError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let readable = match field {
        "said" | "breed" => Some(words.breed(value)),
        "species" => value.parse().ok().map(|species| words.species(species)),
        "vaccinated_until" => value.parse().ok().map(|day| words.date(day)),
        "vaccinations" => serde_json::from_str(value)
            .ok()
            .map(|list: Vec<Vaccination>| {
                let list = list
                    .iter()
                    .map(|vaccination| care::vaccination(words, vaccination));
                list.collect::<Vec<_>>().join("; ")
            }),
        "phones" => serde_json::from_str(value)
            .ok()
            .map(|list: Vec<String>| list.join(", ")),
        "booking" => {
            let days = value.parse::<Recurrence>().ok();
            days.map(|days| words.recurrence(&days))
        }
        "checked_out" => Some(match value.parse::<Timestamp>() {
            Ok(left) => words.moment(left),
            Err(_) => words.t("stay-left-unknown"),
        }),
        "animal" | "merged" => {
            let id = value.parse().ok().map(AnimalId);
            let name = id.map_or(Ok(None), |id| name(catalogue, id))?;
            Some(name.unwrap_or_else(|| words.t("animal-forgotten")))
        }
        // Not here, it is known by its UUID alone.
        "merged_elsewhere" => match value.parse() {
            Ok(id) => name(catalogue, AnimalId(id))?,
            Err(_) => None,
        },
        "owner" => {
            let id = value.parse().ok().map(OwnerId);
            let name = id.map_or(Ok(None), |id| owner_name(catalogue, id))?;
            Some(name.unwrap_or_else(|| words.t("owner-erased")))
        }
        "undone" => Some(words.t("history-undone")),
        "contact_expired" => Some(words.t("history-contact-expired")),
        _ => None,
    };
    Ok(Some(readable.unwrap_or_else(|| value.to_owned())))
}

/// The name of an owner; `None` if he or she was erased.
fn owner_name(catalogue: &Catalogue, id: OwnerId) -> Result<Option<String>, CatalogueError> {
    match catalogue.owner(id) {
        Ok(owner) => Ok(Some(owner.fields.name)),
        Err(CatalogueError::NoSuchOwner(_)) => Ok(None),
        Err(error) => Err(error),
    }
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

/// The name of a field; its name in the record if no text has one.
pub(super) fn field(words: &Words, field: &str) -> String {
    let key = format!("field-{}", field.replace('_', "-"));
    let text = words.t(&key);
    if text == key { field.to_owned() } else { text }
}

/// The author of a change: for the accounts that every kiosk has, here or at another site, a name in
/// the reader's language.
pub(super) fn author(words: &Words, author: &str) -> String {
    let elsewhere = author.strip_suffix(')').and_then(|it| it.split_once(" ("));
    if let Some((role @ ("owner" | "staff"), site)) = elsewhere {
        return format!("{} ({site})", words.t(&format!("role-{role}")));
    }
    match author {
        "owner" | "staff" => words.t(&format!("role-{author}")),
        name => match name.strip_prefix("token ") {
            Some(name) => words.with("role-token", "name", name),
            None => name.to_owned(),
        },
    }
}
