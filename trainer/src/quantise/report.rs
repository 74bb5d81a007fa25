//! Both networks side by side, measured by the kiosk's engine.

use std::fmt;
use std::path::PathBuf;

use recognise::photo;
use recognise::{Output, Recogniser, softmax};
use recognise::verdict::top;
use indicatif::ProgressBar;
use rayon::prelude::*;

use super::input::Photos;
use crate::dataset::Photo;
use crate::evaluate::EvaluateError;
use crate::evaluate::metrics::{Summary, mean};

/// What the quantisation came to. Its `Display` is a table for people.
#[derive(Clone, Debug)]
pub struct Report {
    /// The int8 bundle.
    pub bundle: PathBuf,
    /// The f32 bundle's size in bytes, and the int8 one's.
    pub bytes: [usize; 2],
    /// On the validation split.
    pub validation: Side,
    /// On the test split, where there is one.
    pub test: Option<Side>,
}

/// f32 and int8 on the same photographs.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Photographs that could be read.
    pub images: usize,
    /// The f32 network, and the int8 one.
    pub figures: [Figures; 2],
    /// Share of the photographs for which both name the same breed, 0 to 1.
    pub agreement: f64,
}

/// How right a network is.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Share of photographs whose most probable breed is the right one, 0 to 1.
    pub top1: f64,
    /// Mean over the breeds of the share recognised, 0 to 1.
    pub mean_per_class: f64,
}

/// The answers to both splits.
pub(super) struct Measured {
    validation: Answers,
    test: Answers,
}

/// The output of both networks, and the right answers.
struct Answers {
    outputs: [Vec<Output>; 2],
    labels: Vec<usize>,
}

fn ask(
    recognisers: [&Recogniser; 2],
    photos: &[Photo],
    bar: &ProgressBar,
) -> Result<Answers, EvaluateError> {
    let ask = |photo: &Photo| {
        bar.inc(1);
        let picture = photo::open(&photo.path).ok()?;
        let [exact, actual] = recognisers.map(|recogniser| recogniser.output(&picture));
        let answers = exact.and_then(|exact| Ok((exact, actual?, photo.breed)));
        Some(answers.map_err(|source| EvaluateError::Recognise {
            path: photo.path.clone(),
            source,
        }))
    };
    let answers: Vec<_> = photos
        .par_iter()
        .filter_map(ask)
        .collect::<Result<_, _>>()?;
    let mut outputs = [Vec::new(), Vec::new()];
    let mut labels = Vec::new();
    for (exact, actual, label) in answers {
        outputs[0].push(exact);
        outputs[1].push(actual);
        labels.push(label);
    }
    Ok(Answers { outputs, labels })
}

impl Measured {
    /// Asks the f32 network and the int8 one about every photograph that can be read, on all cores.
    pub(super) fn of(
        recognisers: [&Recogniser; 2],
        photos: &Photos,
        bar: &ProgressBar,
    ) -> Result<Self, EvaluateError> {
        let validation = ask(recognisers, &photos.validation, bar)?;
        if validation.labels.is_empty() {
            return Err(EvaluateError::NoPhotographs {
                what: "the validation split".to_owned(),
                root: photos.data.clone(),
            });
        }
        let test = ask(recognisers, &photos.test, bar)?;
        Ok(Self { validation, test })
    }

    pub(super) fn report(&self, bundle: PathBuf, bytes: [usize; 2]) -> Report {
        Report {
            bundle,
            bytes,
            validation: self.validation.side(),
            test: (!self.test.labels.is_empty()).then(|| self.test.side()),
        }
    }
}

impl Answers {
    fn side(&self) -> Side {
        let [exact, actual] = &self.outputs;
        let figures = |outputs: &Vec<Output>| {
            let probabilities = outputs.iter().map(|output| softmax(&output.logits, 1.0));
            let probabilities: Vec<Vec<f32>> = probabilities.collect();
            let breeds = probabilities.first().map_or(0, Vec::len);
            let summary = Summary::of(&probabilities, &self.labels, breeds);
            Figures {
                top1: summary.top1,
                mean_per_class: summary.mean_per_class,
            }
        };
        let best = |output: &Output| top(&output.logits, 1).first().map(|&(breed, _)| breed);
        let pairs = exact.iter().zip(actual);
        Side {
            images: self.labels.len(),
            figures: [figures(exact), figures(actual)],
            agreement: mean(pairs.map(|(exact, actual)| f64::from(best(exact) == best(actual)))),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides: Vec<&Side> = [&self.validation].into_iter().chain(&self.test).collect();
        let mut lines = [format!("{:14}", ""), format!("{:14}", "          size")];
        for (side, split) in sides.iter().zip(["validation", "test"]) {
            lines[0] += &format!("   {:32}", format!("{split}, {} photographs", side.images));
            lines[1] += &columns(["top-1", "mean per class", "agreement"].map(str::to_owned));
        }
        for line in lines {
            writeln!(f, "{}", line.trim_end())?;
        }
        for (index, precision) in ["f32", "int8"].into_iter().enumerate() {
            write!(
                f,
                "{precision:<6}{:>5.2} MB",
                self.bytes[index] as f64 / 1e6
            )?;
            for side in &sides {
                let figures = side.figures[index];
                let agreement = if index == 0 { 1.0 } else { side.agreement };
                let shares = [figures.top1, figures.mean_per_class, agreement];
                write!(f, "{}", columns(shares.map(percent)))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn columns([top1, mean_per_class, agreement]: [String; 3]) -> String {
    format!("   {top1:>7}  {mean_per_class:>14}  {agreement:>9}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
