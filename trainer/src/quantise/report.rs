//! Measures both networks side by side with the kiosk's engine.

use std::fmt;
use std::path::PathBuf;

use indicatif::ProgressBar;
use recognise::photo::PhotoError;
use recognise::verdict::top;
use recognise::{Output, Recogniser, softmax};

use super::detector::Found;
use super::guests::Greeted;
use super::input::Photos;
use crate::dataset::{Photo, read_each};
use crate::evaluate::EvaluateError;
use crate::metrics::{Summary, mean, percent};

/// The result of a quantisation. Its `Display` is a table for people.
#[derive(Debug)]
pub struct Report {
    /// The int8 bundle.
    pub bundle: PathBuf,
    /// Sizes of the f32 bundle and of the int8 bundle in bytes.
    pub bytes: [usize; 2],
    /// The comparison on the validation split.
    pub validation: Side,
    /// The comparison on the test split, if there is one.
    pub test: Option<Side>,
    /// The comparison of the detectors on the validation split, if there is a detector.
    pub found: Option<Found>,
    /// Who is greeted by name, if that was calibrated.
    pub greeted: Option<Greeted>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
}

/// f32 and int8 on the same photographs.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Photographs that could be read.
    pub images: usize,
    /// The accuracy of the f32 network and of the int8 network.
    pub figures: [Figures; 2],
    /// Share of photographs with the same most probable breed in both, 0 to 1.
    pub agreement: f64,
}

/// The accuracy of a network.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Share of photographs whose most probable breed is the right one, 0 to 1.
    pub top1: f64,
    /// Mean over the breeds of the share recognised, 0 to 1.
    pub mean_per_class: f64,
}

/// The outputs for both splits.
pub(super) struct Measured {
    validation: Outputs,
    test: Outputs,
}

/// The outputs of both networks, and the right breeds.
struct Outputs {
    outputs: [Vec<Output>; 2],
    labels: Vec<usize>,
}

impl Outputs {
    fn of(
        recognisers: [&Recogniser; 2],
        photos: &[Photo],
        bar: &ProgressBar,
        unreadable: &mut Vec<PhotoError>,
    ) -> Result<Self, EvaluateError> {
        let (rows, failed) = read_each(photos, bar, |_, photo, picture| {
            let [exact, actual] = recognisers.map(|recogniser| recogniser.output(&picture));
            let row = exact.and_then(|exact| Ok((exact, actual?, photo.breed)));
            row.map_err(|source| EvaluateError::Recognise {
                path: photo.path.clone(),
                source,
            })
        })?;
        unreadable.extend(failed);
        let mut outputs = [Vec::new(), Vec::new()];
        let mut labels = Vec::new();
        for (exact, actual, label) in rows {
            outputs[0].push(exact);
            outputs[1].push(actual);
            labels.push(label);
        }
        Ok(Self { outputs, labels })
    }
}

impl Measured {
    /// Runs the f32 network and the int8 network on every photograph that can be read, on all cores; adds the others to
    /// `unreadable`.
    pub(super) fn of(
        recognisers: [&Recogniser; 2],
        photos: &Photos,
        bar: &ProgressBar,
        unreadable: &mut Vec<PhotoError>,
    ) -> Result<Self, EvaluateError> {
        let validation = Outputs::of(recognisers, &photos.validation, bar, unreadable)?;
        if validation.labels.is_empty() {
            return Err(EvaluateError::NoPhotographs {
                what: "the validation split".to_owned(),
                root: photos.data.clone(),
            });
        }
        let test = Outputs::of(recognisers, &photos.test, bar, unreadable)?;
        Ok(Self { validation, test })
    }

    /// The comparison on the validation split.
    pub(super) fn validation(&self) -> Side {
        self.validation.side()
    }

    /// The comparison on the test split, if there is one.
    pub(super) fn test(&self) -> Option<Side> {
        (!self.test.labels.is_empty()).then(|| self.test.side())
    }
}

impl Outputs {
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
        if let Some(found) = &self.found {
            write!(f, "{found}")?;
        }
        match &self.greeted {
            Some(greeted) => write!(f, "{greeted}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Greeted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "guests, calibrated on {} animals", self.chosen_on)?;
        let Some(greetings) = self.greetings else {
            return writeln!(
                f,
                "too few visits of the other animals to measure greetings"
            );
        };
        writeln!(
            f,
            "{} others, 3 visits each: greeted by name {}, of these wrongly {}; new ones greeted {}",
            self.measured_on,
            percent(greetings.greeted),
            percent(greetings.wrong),
            percent(greetings.new),
        )
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "animals, validation, {} photographs", self.images)?;
        writeln!(f, "{:14}   recall  same number  overlap", "")?;
        let rows = [
            ("f32", 1.0, self.overlap.map(|_| 1.0)),
            ("int8", self.same_number, self.overlap),
        ];
        for ((precision, same_number, overlap), recall) in rows.into_iter().zip(self.recall) {
            let (recall, same_number) = (percent(recall), percent(same_number));
            let overlap = overlap.map_or("-".to_owned(), percent);
            writeln!(
                f,
                "{precision:14}  {recall:>7}  {same_number:>11}  {overlap:>7}"
            )?;
        }
        Ok(())
    }
}

fn columns([top1, mean_per_class, agreement]: [String; 3]) -> String {
    format!("   {top1:>7}  {mean_per_class:>14}  {agreement:>9}")
}
