//! What the kiosk would show over time: animals that move before a camera, each frame answered
//! alone, and looks gathered as the kiosk gathers them.

mod course;
mod film;
mod share;

use std::fmt;

use recognise::photo;
use recognise::{EngineError, Metadata, Prediction, Recogniser};
use recognise::verdict::{Evidence, Verdict};
use indicatif::ProgressBar;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

pub use film::Film;
use share::Answer;
pub use share::{SameShare, Shown};

use super::EvaluateError;
use super::metrics::Summary;
use super::table::percent;
use crate::dataset::Photo;

/// Shares of answers at which both ways are compared, beside the one that frames alone have.
const SHARES: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];

/// What looks over time are worth: frames of [`Film`]s answered alone, and gathered by
/// [`Evidence`]. Its `Display` is a table for people.
///
/// An answer alone is one frame's; a gathered one is a whole film's, which is wrong where a wrong
/// breed is found at any time in it. Every figure is NaN where there are no films.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SequenceFigures {
    /// Films: one for each photograph that could be read, of [`Film::FRAMES`] frames.
    pub films: usize,
    /// At the bundle's own thresholds.
    pub alone: Shown,
    /// At the bundle's own thresholds.
    pub gathered: Shown,
    /// How right and how honest the probabilities of frames alone are.
    pub alone_summary: Summary,
    /// How right and how honest the pooled probabilities at the end of each film are.
    pub gathered_summary: Summary,
    /// Both with such thresholds for a probability that they name a breed equally often: first as
    /// often as frames alone do at the bundle's own, then for some other shares, so far as both
    /// reach them.
    pub same_share: Vec<SameShare>,
}

/// Plays a film of each photograph to the recogniser, on all cores; breeds are the bundle's
/// indices. Photographs that cannot be read count in no figure. The same photographs, bundle and
/// `seed` give the same figures. `progress` advances by one for each photograph.
///
/// # Errors
/// Where the network fails.
pub fn sequences(
    recogniser: &Recogniser,
    photos: &[Photo],
    seed: u64,
    progress: &ProgressBar,
) -> Result<SequenceFigures, EvaluateError> {
    let watch = |(index, photo): (usize, &Photo)| {
        let looks = photo::open(&photo.path).ok().map(|picture| {
            let film = Film::new(&picture, seed_of(seed, index));
            looks_at(recogniser, &film)
        });
        progress.inc(1);
        let looks = looks
            .transpose()
            .map_err(|source| EvaluateError::Recognise {
                path: photo.path.clone(),
                source,
            })?;
        Ok(looks.map(|looks| Watched {
            label: photo.breed,
            looks,
        }))
    };
    let watched: Result<Vec<Option<Watched>>, EvaluateError> =
        photos.par_iter().enumerate().map(watch).collect();
    let watched: Vec<Watched> = watched?.into_iter().flatten().collect();
    Ok(figures(&watched, recogniser.metadata()))
}

/// What the network makes of a film, frame by frame.
struct Watched {
    label: usize,
    looks: Vec<Prediction>,
}

fn looks_at(recogniser: &Recogniser, film: &Film) -> Result<Vec<Prediction>, EngineError> {
    let frames = 0..Film::FRAMES;
    frames
        .map(|index| recogniser.predict(&film.frame(index)))
        .collect()
}

/// A seed for each photograph.
fn seed_of(seed: u64, index: usize) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index as u64);
    rng.next_u64()
}

fn figures(watched: &[Watched], metadata: &Metadata) -> SequenceFigures {
    // With no threshold for the probability of a breed, to see at which one it would be named.
    let mut open = metadata.clone();
    open.unknown.threshold = 0.0;
    let (mut alone, mut gathered) = (Side::default(), Side::default());
    for Watched { label, looks } in watched {
        let mut evidence = Evidence::default();
        let mut found = Answer::new(*label);
        let mut last = None;
        for look in looks {
            let mut answer = Answer::new(*label);
            answer.add(Verdict::of(look, &open));
            alone.add(answer, look.clone());
            evidence.add(look.clone());
            if let Some(finding) = evidence.finding(&open) {
                found.add(finding.verdict);
                last = Some(finding.prediction);
            }
        }
        if let Some(prediction) = last {
            gathered.add(found, prediction);
        }
    }
    let threshold = metadata.unknown.threshold;
    let shown = Shown::at(&alone.answers, threshold);
    let shares = [shown.given].into_iter().chain(SHARES);
    let breeds = metadata.breeds.len();
    SequenceFigures {
        films: watched.len(),
        alone: shown,
        gathered: Shown::at(&gathered.answers, threshold),
        alone_summary: alone.summary(breeds),
        gathered_summary: gathered.summary(breeds),
        same_share: shares
            .filter_map(|share| SameShare::of(&alone.answers, &gathered.answers, share))
            .collect(),
    }
}

/// All answers of one way to answer, and the probabilities behind them.
#[derive(Default)]
struct Side {
    answers: Vec<Answer>,
    labels: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
}

impl Side {
    fn add(&mut self, answer: Answer, prediction: Prediction) {
        self.labels.push(answer.label);
        self.answers.push(answer);
        self.probabilities.push(prediction.probabilities);
    }

    fn summary(&self, breeds: usize) -> Summary {
        Summary::of(&self.probabilities, &self.labels, breeds)
    }
}

impl fmt::Display for SequenceFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (films, frames) = (self.films, Film::FRAMES);
        writeln!(f, "{films} films of {frames} frames")?;
        writeln!(f, "\n{:<16}{:>12}{:>12}", "", "alone", "gathered")?;
        let rows = [
            (
                "top-1",
                [&self.alone_summary, &self.gathered_summary].map(|it| percent(it.top1)),
            ),
            (
                "ECE",
                [&self.alone_summary, &self.gathered_summary].map(|it| format!("{:.4}", it.ece)),
            ),
            (
                "NLL",
                [&self.alone_summary, &self.gathered_summary].map(|it| format!("{:.4}", it.nll)),
            ),
            (
                "given a breed",
                [&self.alone, &self.gathered].map(|it| percent(it.given)),
            ),
            (
                "of these wrong",
                [&self.alone, &self.gathered].map(|it| percent(it.wrong)),
            ),
        ];
        for (name, [alone, gathered]) in rows {
            writeln!(f, "{name:<16}{alone:>12}{gathered:>12}")?;
        }
        writeln!(
            f,
            "\n{:<16}{:>12}{:>12}",
            "of those given", "alone", "gathered"
        )?;
        for same in &self.same_share {
            let name = format!("{} wrong", percent(same.given));
            let [alone, gathered] = [same.alone, same.gathered].map(percent);
            writeln!(f, "{name:<16}{alone:>12}{gathered:>12}")?;
        }
        Ok(())
    }
}
