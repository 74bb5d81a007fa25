//! The protocol: galleries of known animals, drawn at random, and the photographs that are compared with them.
//!
//! A draw puts one photograph each of some visits of every animal into the gallery. All photographs of an animal's other
//! visits are probes. An animal that has no other visit stays in the gallery, where it can be mistaken for another one,
//! but it has no probes. A gallery with more visits has all of those of the smaller one of the same draw.
//!
//! A probe is compared twice: with all animals, and with all others, as if its own had never come.

use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use recognise::embedding::similarity_to;
use serde::Serialize;

use super::gallery::{Gallery, shown};
use crate::metrics::{auroc, equal_error_rate, mean};

/// Number of draws.
const DRAWS: u64 = 30;
const SEED: u64 = 1;

/// A photograph of an animal on one of its visits.
#[derive(Clone, Debug, PartialEq)]
pub struct Photograph {
    /// The animal, an index.
    pub animal: usize,
    /// The visit, an index among those of the animal. Photographs of one visit are never compared with each other.
    pub visit: usize,
    /// The embeddings of the animals that are found in it, the largest first, or that of the whole photograph; empty if
    /// there is none.
    pub embeddings: Vec<Vec<f32>>,
}

/// How often the right animal is found among those of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtVisits {
    /// Number of animals that have a visit besides those in the gallery.
    pub animals: usize,
    /// Share of their photographs that are more similar to their own animal than to any other one, 0 to 1.
    pub top1: f64,
    /// Share of photographs for which at most two other animals are as similar as their own, 0 to 1.
    pub top3: f64,
}

/// How well known animals are told from new ones, by the largest similarity to any animal in the gallery: that of each
/// probe with its animal in the gallery, against that of the same probe with its animal left out. Means over the draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Known {
    /// Area under the ROC curve.
    pub auroc: f64,
    /// Equal error rate, 0 to 1.
    pub eer: f64,
}

/// Which animal it is, with this many visits of each in the gallery; `None` if no animal has another visit.
pub fn at_visits(photographs: &[Photograph], visits: usize) -> Option<AtVisits> {
    let by_animal = by_animal(photographs);
    let with_probes = by_animal
        .iter()
        .filter(|of_animal| of_animal.len() > visits);
    let animals = with_probes.count();
    let draw = |draw| probes(photographs, &by_animal, visits, draw);
    let places: Vec<usize> = ((0..DRAWS).into_par_iter())
        .flat_map_iter(|index| draw(index).into_iter().map(|probe| probe.place()))
        .collect();
    let share = |most: usize| mean(places.iter().map(|&place| f64::from(place < most)));
    (animals > 0).then(|| AtVisits {
        animals,
        top1: share(1),
        top3: share(3),
    })
}

/// Whether it is a known animal, with this many visits of each in the gallery; `None` if no animal has
/// another visit.
pub fn known(photographs: &[Photograph], visits: usize) -> Option<Known> {
    let by_animal = by_animal(photographs);
    let of_draws: Vec<[f64; 2]> = ((0..DRAWS).into_par_iter())
        .map(|draw| {
            let probes = probes(photographs, &by_animal, visits, draw);
            let inside: Vec<f32> = probes.iter().map(Probe::best).collect();
            let outside: Vec<f32> = probes.iter().map(|probe| best(&probe.without)).collect();
            [
                auroc(&inside, &outside),
                equal_error_rate(&inside, &outside),
            ]
        })
        .collect();
    let mean = |figure: usize| mean(of_draws.iter().map(|figures| figures[figure]));
    let is_measured = by_animal.iter().any(|of_animal| of_animal.len() > visits);
    is_measured.then(|| Known {
        auroc: mean(0),
        eer: mean(1),
    })
}

/// The photographs that are more similar to one of another animal than to any of their own animal's other visits: their
/// index, the index of the most similar one, and the similarity; the most similar first.
pub fn nearest_wrong(photographs: &[Photograph]) -> Vec<(usize, usize, f32)> {
    let nearest = |one: &Photograph, is_candidate: &dyn Fn(&Photograph) -> bool| {
        let candidates = (photographs.iter().enumerate()).filter(|&(_, it)| is_candidate(it));
        candidates
            .filter_map(|(index, it)| {
                let (known, probe) = (it.embeddings.first()?, one.embeddings.first()?);
                Some((index, similarity_to(&[known], probe)?))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let mut wrong: Vec<(usize, usize, f32)> = (photographs.par_iter().enumerate())
        .filter_map(|(index, one)| {
            let is_own = |it: &Photograph| it.animal == one.animal && it.visit != one.visit;
            let (_, own) = nearest(one, &is_own)?;
            let (other, similarity) = nearest(one, &|it| it.animal != one.animal)?;
            (similarity > own).then_some((index, other, similarity))
        })
        .collect();
    wrong.sort_by(|a, b| b.2.total_cmp(&a.2));
    wrong
}

/// The indices of all photographs, by animal and visit.
fn by_animal(photographs: &[Photograph]) -> Vec<Vec<Vec<usize>>> {
    let mut by_animal: Vec<Vec<Vec<usize>>> = Vec::new();
    for (index, photograph) in photographs.iter().enumerate() {
        if by_animal.len() <= photograph.animal {
            by_animal.resize(photograph.animal + 1, Vec::new());
        }
        let visits = &mut by_animal[photograph.animal];
        if visits.len() <= photograph.visit {
            visits.resize(photograph.visit + 1, Vec::new());
        }
        visits[photograph.visit].push(index);
    }
    // Visits without a photograph that could be read are none.
    for visits in &mut by_animal {
        visits.retain(|photographs| !photographs.is_empty());
    }
    by_animal
}

/// A probe, compared with the gallery.
pub(super) struct Probe {
    /// Its similarity to its own animal.
    pub(super) own: f32,
    /// Its similarities to all other animals.
    pub(super) others: Vec<f32>,
    /// The same in a gallery without its own animal, which is adapted to the others alone.
    pub(super) without: Vec<f32>,
}

impl Probe {
    /// The largest similarity to any animal.
    fn best(&self) -> f32 {
        self.own.max(best(&self.others))
    }

    /// Number of other animals that are at least as similar as its own.
    fn place(&self) -> usize {
        self.others
            .iter()
            .filter(|&&other| other >= self.own)
            .count()
    }
}

fn best(similarities: &[f32]) -> f32 {
    let similarities = similarities.iter().copied();
    similarities.fold(f32::NEG_INFINITY, f32::max)
}

/// The probes of the first `draws` draws, with this many visits of each animal in the gallery.
pub(super) fn drawn(photographs: &[Photograph], visits: usize, draws: u64) -> Vec<Probe> {
    let by_animal = by_animal(photographs);
    let draws = 0..draws.min(DRAWS);
    (draws.into_par_iter())
        .flat_map_iter(|draw| probes(photographs, &by_animal, visits, draw))
        .collect()
}

/// The probes of a draw with this many visits of each animal in the gallery.
fn probes(
    photographs: &[Photograph],
    by_animal: &[Vec<Vec<usize>>],
    visits: usize,
    draw: u64,
) -> Vec<Probe> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(draw);
    let (mut known, mut probes) = (Vec::new(), Vec::new());
    for of_animal in by_animal {
        let mut of_animal: Vec<&Vec<usize>> = of_animal.iter().collect();
        of_animal.shuffle(&mut rng);
        // One is chosen of each visit, so that the choice does not depend on the number of visits in the gallery.
        let chosen: Vec<&Photograph> = (of_animal.iter())
            .filter_map(|visit| Some(&photographs[*visit.choose(&mut rng)?]))
            .collect();
        known.push(shown(&chosen[..visits.min(chosen.len())]));
        let others = of_animal.into_iter().skip(visits);
        probes.push(others.flatten().map(|&probe| &photographs[probe]).collect());
    }
    compared(&known, &probes)
}

/// The probes of each animal, compared with the gallery of what is known of each.
fn compared(known: &[Vec<Vec<f32>>], probes: &[Vec<&Photograph>]) -> Vec<Probe> {
    let known: Vec<&[Vec<f32>]> = known.iter().map(Vec::as_slice).collect();
    let all = Gallery::of(&known);
    let mut compared = Vec::new();
    for (animal, probes) in probes.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
        let mut others = known.clone();
        others.remove(animal);
        let without = Gallery::of(&others);
        compared.extend(probes.iter().map(|probe| {
            let mut others = all.similarities(probe);
            Probe {
                own: others.remove(animal),
                others,
                without: without.similarities(probe),
            }
        }));
    }
    compared
}
