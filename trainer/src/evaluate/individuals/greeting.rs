//! Calibrates how similarities become probabilities of single animals, and measures who is greeted by name.

use rayon::prelude::*;
use recognise::embedding::{self, SURE};
use recognise::metadata::Guests;
use serde::Serialize;

use super::protocol::{Photograph, Probe, drawn};
use crate::metrics::mean;

/// The numbers of visits in the gallery that the calibration is to serve.
const VISITS: [usize; 3] = [1, 3, 5];
/// Number of draws for each of them. More change the third digit.
const DRAWS: u64 = 6;
/// The factors of similarities that are tried, and the similarities of a new animal.
const SCALES: [f32; 12] = [
    6.0, 8.0, 10.0, 12.5, 15.0, 18.0, 22.0, 27.0, 33.0, 40.0, 50.0, 60.0,
];
const NEW_STEPS: i32 = 40;

/// Who is greeted by name: animals of which the kiosk is sure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Greetings {
    /// Share of the photographs of known animals that are greeted, 0 to 1.
    pub greeted: f64,
    /// Share of these greetings that name another animal.
    pub wrong: f64,
    /// Share of the photographs of new animals that are greeted.
    pub new: f64,
}

/// The calibration with the least negative logarithm of the right animal's probability (or of a new one's), where an
/// animal is as often a known one as a new one. `None` if no animal came twice.
pub fn guests(photographs: &[Photograph]) -> Option<Guests> {
    let probes: Vec<Probe> = (VISITS.into_iter())
        .flat_map(|visits| drawn(photographs, visits, DRAWS))
        .collect();
    let tried: Vec<Guests> = (SCALES.into_iter())
        .flat_map(|scale| {
            let news = (0..=NEW_STEPS).map(|step| step as f32 / NEW_STEPS as f32);
            news.map(move |new| Guests { scale, new })
        })
        .collect();
    let losses: Vec<f64> = tried.par_iter().map(|it| loss(&probes, it)).collect();
    let best = tried.into_iter().zip(losses);
    let best = best.min_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|_| !probes.is_empty())
        .map(|(guests, _)| guests)
}

/// Who is greeted, with this many visits of each animal in the gallery; `None` if no animal has another
/// visit.
pub fn greetings(
    photographs: &[Photograph],
    visits: usize,
    calibration: &Guests,
) -> Option<Greetings> {
    let probes = drawn(photographs, visits, u64::MAX);
    let share = |of: &[bool]| mean(of.iter().map(|&it| f64::from(it)));
    let known: Vec<Answer> = probes
        .iter()
        .map(|it| Answer::to(it, calibration))
        .collect();
    let right: Vec<bool> = (known.iter())
        .filter(|answer| answer.names.is_some())
        .map(|answer| answer.names == Some(Named::Own))
        .collect();
    let greeted: Vec<bool> = known.iter().map(|it| it.names.is_some()).collect();
    let new: Vec<bool> = known.iter().map(|it| it.greets_new).collect();
    (!probes.is_empty()).then(|| Greetings {
        greeted: share(&greeted),
        wrong: if right.is_empty() {
            0.0
        } else {
            1.0 - share(&right)
        },
        new: share(&new),
    })
}

/// Whose name is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Own,
    Other,
}

/// What is said to a probe.
struct Answer {
    /// Whose name, with its own animal in the gallery; `None` if nobody is greeted.
    names: Option<Named>,
    /// Whether anybody is greeted with its own animal left out.
    greets_new: bool,
}

impl Answer {
    fn to(probe: &Probe, calibration: &Guests) -> Self {
        let (known, own) = with_own(probe);
        let probabilities = embedding::guests(&known, &[], calibration);
        let is_sure = |probability: f32| probability >= SURE;
        let animals = probabilities
            .split_last()
            .map_or(&[][..], |(_, animals)| animals);
        let sure = animals.iter().position(|&it| is_sure(it));
        let without = embedding::guests(&probe.without, &[], calibration);
        let others = without.split_last().map_or(&[][..], |(_, animals)| animals);
        Self {
            names: sure.map(|index| {
                if index == own {
                    Named::Own
                } else {
                    Named::Other
                }
            }),
            greets_new: others.iter().any(|&it| is_sure(it)),
        }
    }
}

/// The mean negative logarithm of the right answer's probability, half with the probes' own animals in the gallery.
fn loss(probes: &[Probe], calibration: &Guests) -> f64 {
    let surprise = |probability: Option<&f32>| {
        -f64::from(probability.copied().unwrap_or(0.0).max(f32::MIN_POSITIVE)).ln()
    };
    mean(probes.iter().map(|probe| {
        let (known, own) = with_own(probe);
        let inside = embedding::guests(&known, &[], calibration);
        let outside = embedding::guests(&probe.without, &[], calibration);
        surprise(inside.get(own)) + surprise(outside.last())
    }))
}

/// All similarities of a probe, and the place of its own animal among them.
fn with_own(probe: &Probe) -> (Vec<f32>, usize) {
    let mut known = probe.others.clone();
    known.push(probe.own);
    (known, probe.others.len())
}
