//! Measures the kiosk over time: plays films of moving animals, and compares answers to single frames with answers from
//! predictions pooled as at the kiosk.
//!
//! A film is the frames of a camera made from one photograph ([`Film`]); a course, drawn at random, is the movement of
//! its animal. [`entrance`] has films with several actors.

mod course;
pub mod entrance;
mod film;
mod share;

use std::fmt;

use indicatif::ProgressBar;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recognise::verdict::{Evidence, Verdict};
use recognise::{EngineError, Metadata, Prediction, Recogniser};
use serde::Serialize;

pub use film::Film;
use share::Answer;
pub use share::{SameShare, Shown};

use entrance::EntranceFigures;

use super::EvaluateError;
use crate::dataset::{Photo, read_each};
use crate::metrics::{Summary, percent};

/// Shares of answers at which both ways are compared, besides the share of single frames at the bundle's threshold.
const SHARES: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];

/// The figures of [`Film`]s: with each frame answered alone, and with predictions pooled by [`Evidence`] (gathered).
/// Its `Display` is a table for people.
///
/// Alone, there is an answer for each frame. Gathered, there is one for each film, which is wrong if a wrong breed is
/// found at any time. Every figure is NaN if there are no films.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SequenceFigures {
    /// Number of films: one for each photograph that could be read, with [`Film::FRAMES`] frames.
    pub films: usize,
    /// Breeds named for single frames, at the bundle's threshold.
    pub alone: Shown,
    /// Breeds named for films, at the bundle's threshold.
    pub gathered: Shown,
    /// Accuracy and calibration of single frames.
    pub alone_summary: Summary,
    /// Accuracy and calibration of the pooled probabilities at the end of each film.
    pub gathered_summary: Summary,
    /// Both at the thresholds where they name a breed equally often: first as often as single frames at the bundle's
    /// threshold, then at some other shares that both reach.
    pub same_share: Vec<SameShare>,
    /// The figures of films of the entrance, where they were played.
    #[serde(flatten)]
    pub entrance: EntranceFigures,
}

/// Plays a film of each photograph to the recogniser, on all cores. The same photographs, bundle and `seed` give the
/// same figures.
///
/// The breeds of `photos` are indices into the bundle's breeds. Photographs that cannot be read count in no figure;
/// [`super::evaluate`] lists them. `progress` advances by one for each photograph.
///
/// # Errors
/// When the network fails.
pub fn sequences(
    recogniser: &Recogniser,
    photos: &[Photo],
    seed: u64,
    progress: &ProgressBar,
) -> Result<SequenceFigures, EvaluateError> {
    let (played, _) = read_each(photos, progress, |index, photo, picture| {
        let film = Film::new(&picture, seed_of(seed, index));
        let frames = predict(recogniser, &film);
        frames
            .map(|frames| Played {
                label: photo.breed,
                frames,
            })
            .map_err(|source| EvaluateError::of_engine(&photo.path, source))
    })?;
    Ok(figures(&played, recogniser.metadata()))
}

/// The predictions for a film, frame by frame.
struct Played {
    label: usize,
    frames: Vec<Prediction>,
}

fn predict(recogniser: &Recogniser, film: &Film) -> Result<Vec<Prediction>, EngineError> {
    let frames = 0..Film::FRAMES;
    frames
        .map(|index| recogniser.predict(&film.frame(index)))
        .collect()
}

/// The seed of a photograph's film.
fn seed_of(seed: u64, index: usize) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index as u64);
    rng.next_u64()
}

fn figures(played: &[Played], metadata: &Metadata) -> SequenceFigures {
    // Without a threshold, so that answers keep the probability from which a breed would be named.
    let mut open = metadata.clone();
    open.unknown.threshold = 0.0;
    let (mut alone, mut gathered) = (Side::default(), Side::default());
    for Played { label, frames } in played {
        let mut evidence = Evidence::default();
        let mut found = Answer::new(*label);
        let mut last = None;
        for prediction in frames {
            let mut answer = Answer::new(*label);
            answer.add(Verdict::of(prediction, &open));
            alone.add(answer, prediction.clone());
            evidence.add(prediction.clone());
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
        films: played.len(),
        alone: shown,
        gathered: Shown::at(&gathered.answers, threshold),
        alone_summary: alone.summary(breeds),
        gathered_summary: gathered.summary(breeds),
        same_share: shares
            .filter_map(|share| SameShare::of(&alone.answers, &gathered.answers, share))
            .collect(),
        entrance: EntranceFigures::default(),
    }
}

/// All answers of one way to answer, with their probabilities.
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
        writeln!(f, "\n{:<18}{:>12}{:>12}", "", "alone", "gathered")?;
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
                "breed named",
                [&self.alone, &self.gathered].map(|it| percent(it.given)),
            ),
            (
                "named breed wrong",
                [&self.alone, &self.gathered].map(|it| percent(it.wrong)),
            ),
        ];
        for (name, [alone, gathered]) in rows {
            writeln!(f, "{name:<18}{alone:>12}{gathered:>12}")?;
        }
        writeln!(
            f,
            "\n{:<18}{:>12}{:>12}",
            "breed named", "alone", "gathered"
        )?;
        for same in &self.same_share {
            let name = format!("{} wrong", percent(same.given));
            let [alone, gathered] = [same.alone, same.gathered].map(percent);
            writeln!(f, "{name:<18}{alone:>12}{gathered:>12}")?;
        }
        Ok(())
    }
}
