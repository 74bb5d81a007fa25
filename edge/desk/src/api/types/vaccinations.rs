//! The vaccinations of an animal.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::DeskError;

/// A vaccination.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Vaccination {
    /// What it is against, at most 100 characters; empty if nobody said.
    #[serde(default)]
    name: String,
    /// The day on which it was given.
    #[serde(default)]
    given: Option<Date>,
    /// The last day on which it is valid.
    valid_until: Date,
}

impl From<catalogue::Vaccination> for Vaccination {
    fn from(vaccination: catalogue::Vaccination) -> Self {
        Self {
            name: vaccination.name,
            given: vaccination.given,
            valid_until: vaccination.valid_until,
        }
    }
}

impl From<Vaccination> for catalogue::Vaccination {
    fn from(vaccination: Vaccination) -> Self {
        Self {
            name: vaccination.name,
            given: vaccination.given,
            valid_until: vaccination.valid_until,
        }
    }
}

/// The vaccinations that an animal is to have. A program that knows of one end alone changes the only
/// vaccination that there is; a list that it only echoes says nothing.
///
/// # Errors
/// [`DeskError::Invalid`] if there are several.
pub(super) fn over(
    sent: Option<Vec<Vaccination>>,
    until: Option<Date>,
    former: Option<&catalogue::AnimalFields>,
) -> Result<Vec<catalogue::Vaccination>, DeskError> {
    let own = former.map_or(&[][..], |fields| fields.vaccinations.as_slice());
    let sent: Option<Vec<catalogue::Vaccination>> =
        sent.map(|sent| sent.into_iter().map(Into::into).collect());
    if let Some(changed) = sent.filter(|sent| sent.as_slice() != own) {
        return Ok(changed);
    }
    let own_until = former.and_then(|fields| fields.vaccinated_until);
    match (own, until) {
        _ if until == own_until => Ok(own.to_vec()),
        ([] | [_], None) => Ok(Vec::new()),
        ([], Some(until)) => Ok(vec![catalogue::Vaccination::until(until)]),
        ([only], Some(until)) => Ok(vec![catalogue::Vaccination {
            name: only.name.clone(),
            ..catalogue::Vaccination::until(until)
        }]),
        _ => Err(DeskError::Invalid(
            "the animal has several vaccinations; send them all as `vaccinations`".to_owned(),
        )),
    }
}
