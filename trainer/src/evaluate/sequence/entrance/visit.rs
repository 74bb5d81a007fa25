//! What becomes of the arrivals in films of the entrance, and the figures of it.

use serde::Serialize;

/// A visit that was opened during a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The number of the animal that it began with; `None` if none was there.
    pub begins_with: Option<usize>,
    /// The number of the animal that it follows at the end; `None` if it follows none any more.
    pub ends_with: Option<usize>,
    /// The breed that its last answer names, by index into the bundle's breeds, if it names one.
    pub named: Option<usize>,
}

/// A film of two animals that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The breeds of the two animals, which differ.
    pub breeds: [usize; 2],
    /// The visits that were opened.
    pub visits: Vec<Visit>,
}

/// How well two animals of different breeds are kept apart that come in from both sides and cross, one in front of the
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CrossingFigures {
    /// Number of films.
    pub films: usize,
    /// Share of films in which exactly two visits are opened, 0 to 1.
    pub two_visits: f64,
    /// Share of films in which exactly two visits are opened, one of each animal, and each follows that animal at the
    /// end, 0 to 1.
    pub kept_apart: f64,
    /// Share of visits whose last answer names a breed, 0 to 1. NaN if there are no visits.
    pub breeds_named: f64,
    /// Share of these breeds that are the one of the animal that the visit began with, 0 to 1. NaN if no breed is
    /// named.
    pub right_breeds: f64,
    /// Share of these breeds that are the one of the other animal, 0 to 1. NaN if no breed is named.
    pub others_breeds: f64,
}

/// How well an animal is followed while a person walks past in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PersonFigures {
    /// Number of films.
    pub films: usize,
    /// Share of films in which exactly one visit is opened, 0 to 1.
    pub one_visit: f64,
}

/// Whether a person without an animal is taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PersonAloneFigures {
    /// Number of films.
    pub films: usize,
    /// Share of films in which no visit is opened, 0 to 1.
    pub no_visit: f64,
}

impl Crossing {
    /// Whether there is one visit of each animal, and each visit ends with the animal that it began with.
    fn is_kept_apart(&self) -> bool {
        match self.visits[..] {
            [one, other] => {
                one.begins_with != other.begins_with
                    && [one, other]
                        .iter()
                        .all(|it| it.begins_with.is_some() && it.begins_with == it.ends_with)
            }
            _ => false,
        }
    }

    /// Of each breed that is named, whether it is the one of the visit's own animal, and the one of the other animal.
    fn named(&self) -> impl Iterator<Item = [bool; 2]> {
        self.visits.iter().filter_map(|visit| {
            let named = visit.named?;
            let animals = visit.begins_with.map(|own| [own, 1 - own]);
            Some([0, 1].map(|at| animals.is_some_and(|of| self.breeds[of[at]] == named)))
        })
    }
}

impl CrossingFigures {
    /// The figures of these films; `None` if there are none.
    #[must_use]
    pub fn of(films: &[Crossing]) -> Option<Self> {
        let visits = films.iter().map(|film| film.visits.len()).sum::<usize>();
        let named: Vec<[bool; 2]> = films.iter().flat_map(Crossing::named).collect();
        let of_named = |kind: usize| share(&named, |it| it[kind]);
        (!films.is_empty()).then(|| Self {
            films: films.len(),
            two_visits: share(films, |film| film.visits.len() == 2),
            kept_apart: share(films, Crossing::is_kept_apart),
            breeds_named: named.len() as f64 / visits as f64,
            right_breeds: of_named(0),
            others_breeds: of_named(1),
        })
    }
}

impl PersonFigures {
    /// The figures of these films, each as its visits; `None` if there are none.
    #[must_use]
    pub fn of(films: &[Vec<Visit>]) -> Option<Self> {
        (!films.is_empty()).then(|| Self {
            films: films.len(),
            one_visit: share(films, |visits| visits.len() == 1),
        })
    }
}

impl PersonAloneFigures {
    /// The figures of these films, each as its visits; `None` if there are none.
    #[must_use]
    pub fn of(films: &[Vec<Visit>]) -> Option<Self> {
        (!films.is_empty()).then(|| Self {
            films: films.len(),
            no_visit: share(films, Vec::is_empty),
        })
    }
}

/// The share of items that are so; NaN if there are none.
fn share<T>(items: &[T], is_so: impl Fn(&T) -> bool) -> f64 {
    let count = items.iter().filter(|item| is_so(item)).count();
    count as f64 / items.len() as f64
}
