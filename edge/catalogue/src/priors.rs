//! Weighs what is known of an arrival before it is compared with anybody: who is expected, who is in
//! the house already, who usually comes on this day, and of which breed and species it is.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use recognise::metadata::Species;
use recognise::{BreedId, VerdictKind, vocabulary};
use rusqlite::Connection;

use crate::connections::Fault;
use crate::expected;
use crate::gallery::Known;
use crate::ids::{AnimalId, OTHER_BREED, VisitId};
use crate::in_house::open_stays;
use crate::values::{At, bounds, day_of};
use crate::visits::Visit;

/// An animal that is expected on this day and has not come yet. Bookings are missed, and guests come
/// without one: a larger factor would greet by the list, and not by the picture.
const EXPECTED: f32 = 4.0;

/// An animal that came on this day and was not checked out: it is in the house, and cannot arrive. It
/// is not ruled out, since staff may have forgotten to check it out. Stays of former days do not count:
/// where nobody checks out, everybody would be in the house.
const IN_HOUSE: f32 = 0.02;

/// An animal of the breed that staff confirmed for this visit, ...
const SAME_BREED: f32 = 8.0;

/// ... and one of another breed: people call a mix now this, now that.
const DIFFERENT_BREED: f32 = 0.1;

/// An animal of the other species, where staff or the network are sure of it: the network may be wrong.
const OTHER_SPECIES: f32 = 0.02;

/// An animal that was never here, and is known at another site of the chain: few come from there.
const ELSEWHERE: f32 = 0.1;

/// How many of an animal's last visits say on which days it usually comes: those of a month to half a
/// year.
const HABIT: usize = 20;

/// What is known of a visit.
pub(crate) struct Priors {
    visit: VisitId,
    day: Date,
    /// Its species, where that is clear.
    pub(crate) species: Option<Species>,
    /// The breed that staff confirmed.
    breed: Option<BreedId>,
    /// The animals that are expected on its day, without those that came with another visit.
    pub(crate) expected: BTreeSet<AnimalId>,
    /// Those that came before it on its day, and have not left.
    in_house: HashSet<AnimalId>,
}

impl Priors {
    pub(crate) fn of(snapshot: &Connection, visit: &Visit) -> Result<Self, Fault> {
        let day = day_of(visit.at);
        let mut expected = expected::on(snapshot, day)?;
        for arrived in expected::arrived_on(snapshot, day, Some(visit.id))? {
            expected.remove(&arrived);
        }
        let (midnight, _) = bounds(day);
        let earlier = "v.at >= ?1 AND v.at <= ?2 AND v.id <> ?3";
        let stays = open_stays(snapshot, earlier, (midnight, At(visit.at), visit.id))?;
        let breed = visit.confirmed_breed.clone();
        Ok(Self {
            visit: visit.id,
            day,
            species: species_of(visit),
            breed: breed.filter(|breed| *breed != OTHER_BREED),
            expected,
            in_house: stays.iter().map(|stay| stay.animal).collect(),
        })
    }

    /// For each of these animals, by how much the visit is more probably its own than that of any
    /// other one.
    pub(crate) fn factors(
        &self,
        snapshot: &Connection,
        animals: &[(AnimalId, Known)],
    ) -> Result<HashMap<AnimalId, f32>, Fault> {
        let mut factors = HashMap::with_capacity(animals.len());
        for (id, known) in animals {
            let habit = self.habit(snapshot, *id)?;
            factors.insert(*id, habit * self.factor(*id, known));
        }
        Ok(factors)
    }

    fn factor(&self, id: AnimalId, known: &Known) -> f32 {
        let mut factor = 1.0;
        if self.expected.contains(&id) {
            factor *= EXPECTED;
        }
        if self.in_house.contains(&id) {
            factor *= IN_HOUSE;
        }
        if self.species.is_some_and(|species| species != known.species) {
            factor *= OTHER_SPECIES;
        }
        if known.is_elsewhere {
            factor *= ELSEWHERE;
        }
        // A breed in words of its own may be any.
        if let Some(breed) = self.breed.as_ref().filter(|_| known.breed != OTHER_BREED) {
            let is_same = *breed == known.breed;
            factor *= if is_same { SAME_BREED } else { DIFFERENT_BREED };
        }
        factor
    }

    /// From 1 for an animal that never comes on this day of the week to 2 for one that comes on no
    /// other: the share of its last visits, as if it had come once on each day before (Laplace's rule
    /// of succession).
    fn habit(&self, snapshot: &Connection, animal: AnimalId) -> Result<f32, Fault> {
        let mut statement = snapshot.prepare_cached(
            "SELECT at FROM visit WHERE animal = ?1 AND id <> ?2 ORDER BY at DESC LIMIT ?3",
        )?;
        let days = statement.query_map((animal, self.visit, HABIT), |row| {
            Ok(day_of(row.get::<_, At>(0)?.0))
        })?;
        let (mut on_this_day, mut all) = (1.0f32, 7.0f32);
        for day in days {
            all += 1.0;
            if day?.weekday() == self.day.weekday() {
                on_this_day += 1.0;
            }
        }
        Ok(1.0 + on_this_day / all)
    }
}

/// The species of a visit, where staff or the network are sure of it.
fn species_of(visit: &Visit) -> Option<Species> {
    let recognised = match visit.verdict {
        VerdictKind::Breed | VerdictKind::Species => visit.candidates.first(),
        VerdictKind::Unsure | VerdictKind::NotOurs => None,
    };
    let recognised = recognised.map(|candidate| &candidate.breed);
    let breed = visit.confirmed_breed.as_ref().or(recognised)?;
    vocabulary::of(breed).map(|breed| breed.species)
}
