//! Checks the vaccinations of an animal: what was given, and when each of them ends.

use jiff::civil::Date;
use recognise::text::fold;
use serde::{Deserialize, Serialize};

use crate::values::{check_day, check_line};
use crate::{CatalogueError, FieldError};

/// The most vaccinations of an animal.
const MOST: usize = 30;

/// The longest name of a vaccination, in characters.
const NAME_CHARACTERS: usize = 100;

/// A vaccination.
///
/// ```
/// use catalogue::Vaccination;
/// use jiff::civil::{Date, date};
///
/// let rabies = |valid_until: Date| Vaccination {
///     name: "Rabies".to_owned(),
///     ..Vaccination::until(valid_until)
/// };
/// // By their ends, as they are stored: the second one has renewed the first.
/// let both = [rabies(date(2026, 4, 30)), rabies(date(2029, 4, 30))];
/// let current: Vec<&Vaccination> = Vaccination::current(&both).collect();
/// assert_eq!(current, [&both[1]]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vaccination {
    /// What it is against, one line of at most 100 characters; empty where nobody said.
    #[serde(default)]
    pub name: String,
    /// The day on which it was given, in the years 2000 to 2100.
    #[serde(default)]
    pub given: Option<Date>,
    /// The last day that it covers, in the years 2000 to 2100.
    pub valid_until: Date,
}

impl Vaccination {
    /// One of which nothing is known but its end.
    #[must_use]
    pub fn until(valid_until: Date) -> Self {
        Self {
            name: String::new(),
            given: None,
            valid_until,
        }
    }

    /// Those that still count, of an animal's vaccinations sorted by their ends: of several of one name
    /// only the last, which renewed the others.
    pub fn current(vaccinations: &[Self]) -> impl Iterator<Item = &Self> {
        vaccinations.iter().enumerate().filter_map(|(at, one)| {
            let name = fold(&one.name);
            let mut later = vaccinations[at + 1..].iter();
            let is_renewed = !name.is_empty() && later.any(|other| fold(&other.name) == name);
            (!is_renewed).then_some(one)
        })
    }

    fn checked(&self) -> Result<Self, CatalogueError> {
        let (field, name) = ("vaccinations", self.name.trim());
        check_line(field, name, NAME_CHARACTERS)?;
        check_day(field, self.valid_until)?;
        if let Some(given) = self.given {
            check_day(field, given)?;
            if given > self.valid_until {
                let reason = FieldError::EndsBefore {
                    first: given,
                    last: self.valid_until,
                };
                return Err(CatalogueError::invalid(field, reason));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            ..self.clone()
        })
    }
}

/// The vaccinations as they are stored: by their ends. Where there are none but an end, one without a
/// name is.
pub(crate) fn normal(
    vaccinations: &[Vaccination],
    until: Option<Date>,
) -> Result<Vec<Vaccination>, CatalogueError> {
    if let Some(until) = until.filter(|_| vaccinations.is_empty()) {
        check_day("vaccinated_until", until)?;
        return Ok(vec![Vaccination::until(until)]);
    }
    if vaccinations.len() > MOST {
        let reason = FieldError::TooMany { most: MOST };
        return Err(CatalogueError::invalid("vaccinations", reason));
    }
    let mut normal: Vec<Vaccination> = (vaccinations.iter())
        .map(Vaccination::checked)
        .collect::<Result<_, _>>()?;
    normal.sort_by(|a, b| (a.valid_until, &a.name).cmp(&(b.valid_until, &b.name)));
    Ok(normal)
}
