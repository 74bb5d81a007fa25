//! Reads what staff type about an animal into its fields.

use catalogue::{Animal, AnimalFields, OwnerId, Vaccination};
use jiff::civil::Date;
use recognise::Metadata;
use recognise::metadata::Species;

use super::breeds::{self, Chosen};
use super::care::{self, Fact};
use super::meanwhile;
use super::page::Page;
use super::words::Words;

/// How many empty rows for vaccinations the form has.
const EMPTY_ROWS: usize = 2;

/// The most rows that are read.
const ROWS: usize = 100;

/// The fields of the form, as typed.
#[derive(Debug, Default)]
pub(super) struct AnimalForm {
    pub(super) name: String,
    /// `None` is a dog, as on the empty form.
    pub(super) species: Option<Species>,
    pub(super) breed: String,
    pub(super) notes: String,
    pub(super) contact: String,
    pub(super) warnings: String,
    pub(super) feeding: String,
    pub(super) medication: String,
    pub(super) vaccinations: Vec<VaccinationRow>,
    pub(super) tag: String,
    /// The owners with a box, and whether it is ticked.
    pub(super) owners: Vec<(OwnerId, bool)>,
    /// Another owner.
    pub(super) owner: String,
    pub(super) owner_phone: String,
    /// `yes` if staff know of the animals in the catalogue that it may be.
    pub(super) anyway: String,
    /// The mark of the animal as the form showed it; empty for a new one.
    pub(super) mark: String,
}

/// A vaccination, as typed.
#[derive(Debug, Default)]
pub(super) struct VaccinationRow {
    pub(super) name: String,
    pub(super) given: String,
    pub(super) until: String,
}

impl AnimalForm {
    /// The form of an animal of the catalogue.
    pub(super) fn of(page: &Page, animal: Animal) -> Self {
        let mark = animal.mark().to_string();
        let fields = animal.fields;
        let vaccinations = fields.vaccinations.iter().map(VaccinationRow::of);
        Self {
            breed: page.words.breed_of(&fields),
            vaccinations: vaccinations.collect(),
            name: fields.name,
            species: Some(fields.species),
            notes: fields.notes,
            contact: fields.contact,
            warnings: fields.warnings,
            feeding: fields.feeding,
            medication: fields.medication,
            tag: fields.tag.unwrap_or_default(),
            owners: (animal.owners.iter())
                .map(|owner| (owner.id, true))
                .collect(),
            mark,
            ..Self::default()
        }
        .with_empty_rows()
    }

    /// The form that was sent. Some of its fields occur several times.
    pub(super) fn sent(fields: &[(String, String)]) -> Self {
        let all = |name: &'static str| {
            let found = fields.iter().filter(move |(field, _)| field == name);
            found.map(|(_, value)| value.as_str()).take(ROWS)
        };
        let one = |name| all(name).next().unwrap_or_default().to_owned();
        let (mut names, mut given) = (all("vaccination_name"), all("vaccination_given"));
        let rows = all("vaccinated_until").map(|until| VaccinationRow {
            name: names.next().unwrap_or_default().to_owned(),
            given: given.next().unwrap_or_default().to_owned(),
            until: until.to_owned(),
        });
        let chosen: Vec<&str> = all("owner_id").collect();
        let shown = all("owner_shown").filter_map(|number| {
            let id = OwnerId(number.parse().ok()?);
            Some((id, chosen.contains(&number)))
        });
        Self {
            vaccinations: rows.filter(|row| !row.is_empty()).collect(),
            owners: shown.collect(),
            name: one("name"),
            species: one("species").parse().ok(),
            breed: one("breed"),
            notes: one("notes"),
            contact: one("contact"),
            warnings: one("warnings"),
            feeding: one("feeding"),
            medication: one("medication"),
            tag: one("tag"),
            owner: one("owner"),
            owner_phone: one("owner_phone"),
            anyway: one("anyway"),
            mark: one("mark"),
        }
        .with_empty_rows()
    }

    /// What is there now, where it is not what was typed. The form has the mark of that from then on, and
    /// boxes of the owners that it did not show: nobody has unticked them.
    pub(super) fn come_second(&mut self, page: &Page, now: Animal) -> Vec<Fact> {
        let words = &page.words;
        for owner in &now.owners {
            if self.owners.iter().all(|(shown, _)| *shown != owner.id) {
                self.owners.push((owner.id, true));
            }
        }
        let (owners, typed_owners) = self.owner_names(&now);
        let now = Self::of(page, now);
        self.mark.clone_from(&now.mark);
        let species = |form: &Self| words.species(form.species());
        let tag: String = self.tag.split_whitespace().collect();
        meanwhile::differing([
            (words.t("animal-name"), &now.name, &self.name),
            (words.t("animal-breed"), &now.breed, &self.breed),
            (words.t("animal-species"), &species(&now), &species(self)),
            (words.t("animal-warnings"), &now.warnings, &self.warnings),
            (words.t("owners-legend"), &owners, &typed_owners),
            (words.t("animal-contact"), &now.contact, &self.contact),
            (words.t("field-feeding"), &now.feeding, &self.feeding),
            (
                words.t("field-medication"),
                &now.medication,
                &self.medication,
            ),
            (
                words.t("field-vaccinations"),
                &now.vaccination_lines(words),
                &self.vaccination_lines(words),
            ),
            (words.t("animal-tag"), &now.tag, &tag.to_uppercase()),
            (words.t("animal-notes"), &now.notes, &self.notes),
        ])
    }

    /// Whose the animal is now, and whose it is by what was typed, as texts.
    fn owner_names(&self, now: &Animal) -> (String, String) {
        let name = |id: OwnerId| match now.owners.iter().find(|owner| owner.id == id) {
            Some(owner) => owner.name.clone(),
            // Somebody else has taken this one off.
            None => id.to_string(),
        };
        let ticked = self.owners.iter().filter(|(_, is_ticked)| *is_ticked);
        let added = Some(self.owner.trim().to_owned()).filter(|added| !added.is_empty());
        let joined = |mut names: Vec<String>| {
            names.sort();
            names.join(", ")
        };
        (
            joined(now.owners.iter().map(|owner| owner.name.clone()).collect()),
            joined(ticked.map(|(id, _)| name(*id)).chain(added).collect()),
        )
    }

    /// The vaccinations as lines, in a fixed order.
    fn vaccination_lines(&self, words: &Words) -> String {
        let rows = self.vaccinations.iter().filter(|row| !row.is_empty());
        let line = |row: &VaccinationRow| match row.vaccination() {
            Ok(vaccination) => care::vaccination(words, &vaccination),
            Err(_) => format!("{} {}", row.name, row.until),
        };
        let mut lines: Vec<String> = rows.map(line).collect();
        lines.sort();
        lines.join("\n")
    }

    /// The species that is chosen.
    fn species(&self) -> Species {
        self.species.unwrap_or(Species::Dog)
    }

    /// Whether the species that is chosen is the cat.
    pub(super) fn is_cat(&self) -> bool {
        self.species() == Species::Cat
    }

    /// The form with rows for further vaccinations.
    pub(super) fn with_empty_rows(mut self) -> Self {
        let rows = self.vaccinations.len() + EMPTY_ROWS;
        self.vaccinations.resize_with(rows, VaccinationRow::default);
        self
    }

    /// The fields, or the one that cannot be accepted. A known breed decides the species; `former` are
    /// the animal's fields, whose breed stays as it is unless another one was typed.
    pub(super) fn fields(
        &self,
        page: &Page,
        metadata: &Metadata,
        former: Option<&AnimalFields>,
    ) -> Result<AnimalFields, &'static str> {
        let kept = former.filter(|former| page.words.breed_of(former) == self.breed.trim());
        let breed = match kept {
            Some(kept) => Chosen {
                id: kept.breed.clone(),
                name: kept.breed_name.clone(),
            },
            None => breeds::typed(metadata, &self.breed).ok_or("breed")?,
        };
        let rows = self.vaccinations.iter().filter(|row| !row.is_empty());
        Ok(AnimalFields {
            name: self.name.trim().to_owned(),
            species: breeds::species(metadata, &breed.id).unwrap_or(self.species()),
            breed: breed.id,
            breed_name: breed.name,
            notes: self.notes.trim().to_owned(),
            contact: self.contact.trim().to_owned(),
            warnings: self.warnings.trim().to_owned(),
            feeding: self.feeding.trim().to_owned(),
            medication: self.medication.trim().to_owned(),
            vaccinated_until: None,
            vaccinations: rows
                .map(VaccinationRow::vaccination)
                .collect::<Result<_, _>>()?,
            tag: Some(self.tag.clone()),
        })
    }
}

impl VaccinationRow {
    fn of(vaccination: &Vaccination) -> Self {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            name: vaccination.name.clone(),
            given: day(vaccination.given),
            until: vaccination.valid_until.to_string(),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.name, &self.given, &self.until]
            .into_iter()
            .all(|text| text.trim().is_empty())
    }

    fn vaccination(&self) -> Result<Vaccination, &'static str> {
        let day = |text: &str| text.trim().parse().map_err(|_| "vaccinated_until");
        Ok(Vaccination {
            name: self.name.trim().to_owned(),
            given: match self.given.trim() {
                "" => None,
                given => Some(day(given)?),
            },
            valid_until: day(&self.until)?,
        })
    }
}
