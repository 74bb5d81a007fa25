//! Fills empty fields of an animal from another one that is merged into it, and empties them again.

use crate::animals::AnimalFields;

/// An animal's fields, with the empty ones filled from another animal.
pub(crate) fn filled(own: &AnimalFields, other: &AnimalFields) -> AnimalFields {
    let text = |own: &String, other: &String| {
        let is_empty = own.trim().is_empty();
        if is_empty { other.clone() } else { own.clone() }
    };
    let breed_name = (other.breed_name.clone()).filter(|_| own.breed == other.breed);
    AnimalFields {
        breed_name: own.breed_name.clone().or(breed_name),
        notes: text(&own.notes, &other.notes),
        contact: text(&own.contact, &other.contact),
        warnings: text(&own.warnings, &other.warnings),
        feeding: text(&own.feeding, &other.feeding),
        medication: text(&own.medication, &other.medication),
        vaccinated_until: own.vaccinated_until.or(other.vaccinated_until),
        vaccinations: if own.vaccinations.is_empty() {
            other.vaccinations.clone()
        } else {
            own.vaccinations.clone()
        },
        tag: own.tag.clone().or_else(|| other.tag.clone()),
        ..own.clone()
    }
}

/// An animal's fields without what was filled from another animal and is still the same. `filled` are
/// the names of the fields that were.
pub(crate) fn emptied(own: &AnimalFields, other: &AnimalFields, filled: &[String]) -> AnimalFields {
    let is_filled = |field: &str| filled.iter().any(|filled| filled == field);
    let mut fields = own.clone();
    for (field, text, filling) in [
        ("notes", &mut fields.notes, &other.notes),
        ("contact", &mut fields.contact, &other.contact),
        ("warnings", &mut fields.warnings, &other.warnings),
        ("feeding", &mut fields.feeding, &other.feeding),
        ("medication", &mut fields.medication, &other.medication),
    ] {
        if is_filled(field) && text == filling {
            text.clear();
        }
    }
    if is_filled("vaccinated_until") && fields.vaccinations == other.vaccinations {
        fields.vaccinated_until = None;
        fields.vaccinations.clear();
    }
    for (field, text, filling) in [
        ("breed_name", &mut fields.breed_name, &other.breed_name),
        ("tag", &mut fields.tag, &other.tag),
    ] {
        if is_filled(field) && text == filling {
            *text = None;
        }
    }
    fields
}
