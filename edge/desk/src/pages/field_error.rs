//! Says on a form what is wrong with one of its fields.

use super::page::Page;

/// A field whose value cannot be accepted, and why.
pub(super) struct FieldError {
    pub(super) field: &'static str,
    pub(super) text: String,
}

impl FieldError {
    pub(super) fn new(page: &Page, field: &'static str) -> Self {
        Self {
            // A breed is typed in one place, whether it is in a list or not.
            field: match field {
                "breed_name" => "breed",
                "vaccinations" => "vaccinated_until",
                // Owners are typed and ticked on the form of an animal.
                "phones" | "owner_id" => "owners",
                field => field,
            },
            text: page.t(key(field)),
        }
    }
}

/// The text that says what a field of the catalogue may hold.
pub(super) fn key(field: &str) -> &'static str {
    match field {
        "name" => "wrong-name",
        "breed" | "breed_name" => "wrong-breed",
        "vaccinated_until" => "wrong-date",
        "vaccinations" => "vaccination-wrong",
        "owners" | "phones" => "owner-wrong-choice",
        "owner_id" => "owner-wrong-gone",
        "run" => "stay-wrong-run",
        "vaccination_days" => "vaccination-wrong-days",
        "tag" => "wrong-tag",
        "keep_days" => "wrong-days",
        "contact_months" => "wrong-contact-months",
        "quota_mb" => "wrong-quota",
        "time_zone" => "wrong-time-zone",
        "camera" => "wrong-camera",
        "night_from" | "night_to" => "wrong-night",
        _ => "wrong-long",
    }
}
