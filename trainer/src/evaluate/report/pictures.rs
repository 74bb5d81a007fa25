//! Mistakes in the report, as photographs: breeds that are confused, and confident mistakes.

use image::RgbImage;
use recognise::Activation;
use recognise::photo::{self, PhotoError};

use super::super::headline::Unit;
use super::super::predict::LabelledPrediction;
use super::super::{EvaluateError, Evaluation};
use super::heat;
use super::thumbnails::Thumbnail;

/// Number of pairs of breeds shown.
const PAIRS: usize = 9;
/// Number of confident mistakes shown.
const MISTAKES: usize = 18;

/// A photograph with its caption.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) thumbnail: Thumbnail,
    /// Its breed.
    pub(super) breed: String,
    /// The network's answer.
    pub(super) answer: String,
    /// The name of its file.
    pub(super) file: String,
}

/// A confident mistake.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) picture: Picture,
    /// The breed that was named.
    pub(super) named: String,
    /// What spoke for that breed; `None` if the network cannot say so.
    pub(super) heat: Option<Thumbnail>,
}

/// Two breeds that are confused.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) first: String,
    pub(super) second: String,
    /// How often they are confused.
    pub(super) times: String,
    /// A mistake, and a typical photograph of the breed that it was taken for.
    pub(super) pictures: Vec<Picture>,
}

/// Collects the pictures of the report.
pub(super) struct Pictures<'a> {
    evaluation: &'a Evaluation,
    /// Photographs that could be read for the evaluation, but not any more.
    pub(super) unreadable: Vec<PhotoError>,
}

impl<'a> Pictures<'a> {
    pub(super) fn new(evaluation: &'a Evaluation) -> Self {
        Self {
            evaluation,
            unreadable: Vec::new(),
        }
    }

    /// The pairs that are confused most often, the worst first.
    pub(super) fn pairs(&mut self) -> Vec<Pair> {
        let evaluation = self.evaluation;
        let confusion = &evaluation.confusion;
        let pairs = confusion.most_confused(PAIRS).into_iter();
        pairs
            .map(|pair| {
                let (truth, answer) = if pair.first_as_second >= pair.second_as_first {
                    (pair.first, pair.second)
                } else {
                    (pair.second, pair.first)
                };
                let there = confusion.count(truth, answer);
                let back = confusion.count(answer, truth);
                let answer_text = format!("taken for {}", self.name(answer));
                let mistake = confident_mistake(evaluation, truth, answer)
                    .and_then(|labelled| self.picture(labelled, answer_text));
                let typical = typical(evaluation, answer)
                    .and_then(|labelled| self.picture(labelled, "recognised best".to_owned()));
                Pair {
                    first: self.name(truth),
                    second: self.name(answer),
                    times: format!("{there} one way, {back} the other"),
                    pictures: mistake.into_iter().chain(typical).collect(),
                }
            })
            .collect()
    }

    /// The mistakes with the highest confidence.
    ///
    /// # Errors
    /// When the network fails on one of them.
    pub(super) fn mistakes(
        &mut self,
        activation: Option<&Activation>,
    ) -> Result<Vec<Mistake>, EvaluateError> {
        let predictions = self.evaluation.predictions.iter();
        let mut wrong: Vec<&LabelledPrediction> = predictions
            .filter(|labelled| !labelled.answer().right)
            .collect();
        wrong.sort_by(|a, b| b.answer().confidence.total_cmp(&a.answer().confidence));
        let mistakes = wrong.into_iter();
        let mistakes =
            mistakes.filter_map(|labelled| self.mistake(labelled, activation).transpose());
        mistakes.take(MISTAKES).collect()
    }

    fn mistake(
        &mut self,
        labelled: &LabelledPrediction,
        activation: Option<&Activation>,
    ) -> Result<Option<Mistake>, EvaluateError> {
        let Some((best, photo)) = labelled.best().zip(self.open(labelled)) else {
            return Ok(None);
        };
        let map = activation.map(|activation| activation.map(&photo, labelled.seen, best));
        let map = map.transpose();
        let map = map.map_err(|source| EvaluateError::of_engine(&labelled.path, source))?;
        let named = self.name(best);
        let confidence = Unit::Share.text(f64::from(labelled.answer().confidence));
        let answer = format!("taken for {named}, {confidence}");
        Ok(Some(Mistake {
            picture: self.captioned(&photo, labelled, answer),
            named,
            heat: map.map(|map| heat::thumbnail(&photo, &map, labelled.seen)),
        }))
    }

    fn name(&self, breed: usize) -> String {
        self.evaluation.metadata.breeds[breed].id.display_name()
    }

    fn picture(&mut self, labelled: &LabelledPrediction, answer: String) -> Option<Picture> {
        let photo = self.open(labelled)?;
        Some(self.captioned(&photo, labelled, answer))
    }

    fn open(&mut self, labelled: &LabelledPrediction) -> Option<RgbImage> {
        match photo::open(&labelled.path) {
            Ok(photo) => Some(photo),
            Err(error) => {
                self.unreadable.push(error);
                None
            }
        }
    }

    fn captioned(
        &self,
        photo: &RgbImage,
        labelled: &LabelledPrediction,
        answer: String,
    ) -> Picture {
        let file = labelled.path.file_name().unwrap_or_default();
        Picture {
            thumbnail: Thumbnail::of(photo),
            breed: self.name(labelled.label),
            answer,
            file: file.to_string_lossy().into_owned(),
        }
    }
}

/// The photograph of one breed that was taken for another with the highest confidence.
fn confident_mistake(
    evaluation: &Evaluation,
    truth: usize,
    answer: usize,
) -> Option<&LabelledPrediction> {
    let is_mistake =
        |labelled: &&LabelledPrediction| labelled.label == truth && labelled.best() == Some(answer);
    let mistakes = evaluation.predictions.iter().filter(is_mistake);
    mistakes.max_by(|a, b| a.answer().confidence.total_cmp(&b.answer().confidence))
}

/// The recognised photograph of a breed with the largest similarity to its prototype.
fn typical(evaluation: &Evaluation, breed: usize) -> Option<&LabelledPrediction> {
    let is_right =
        |labelled: &&LabelledPrediction| labelled.label == breed && labelled.best() == Some(breed);
    let similarity = |labelled: &LabelledPrediction| {
        let similarity = labelled.prediction.similarity.get(breed).copied();
        (similarity.unwrap_or(0.0), labelled.answer().confidence)
    };
    let right = evaluation.predictions.iter().filter(is_right);
    right.max_by(|a, b| {
        let (a, b) = (similarity(a), similarity(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}
