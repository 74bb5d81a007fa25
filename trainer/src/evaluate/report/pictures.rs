//! Mistakes as photographs: what is like what, and what fooled the network.

use std::path::Path;

use super::super::Evaluation;
use super::super::predict::LabelledPrediction;
use super::figures::percent;
use super::thumbnails::Thumbnail;

/// Pairs of breeds that are shown.
const PAIRS: usize = 9;
/// Single mistakes that are shown.
const MISTAKES: usize = 18;

/// A photograph with what is said about it.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) thumbnail: Thumbnail,
    /// Its breed.
    pub(super) breed: String,
    /// What the network says.
    pub(super) said: String,
    /// Its file's name.
    pub(super) file: String,
}

/// Two breeds that are taken for each other.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) first: String,
    pub(super) second: String,
    /// How often.
    pub(super) times: String,
    /// A mistake, and beside it what it was taken for.
    pub(super) pictures: Vec<Picture>,
}

/// The pairs that are confused most, the worst first.
pub(super) fn pairs(evaluation: &Evaluation) -> Vec<Pair> {
    let name = |breed: usize| evaluation.metadata.breeds[breed].display_name();
    let pairs = evaluation.confusion.most_confused(PAIRS).into_iter();
    pairs
        .map(|pair| {
            let (truth, answer) = match pair.first_as_second >= pair.second_as_first {
                true => (pair.first, pair.second),
                false => (pair.second, pair.first),
            };
            let there = evaluation.confusion.count(truth, answer);
            let back = evaluation.confusion.count(answer, truth);
            let mistake = surest(evaluation, |look| {
                look.label == truth && look.best() == Some(answer)
            });
            let typical = typical(evaluation, answer);
            let taken = mistake.and_then(|look| {
                let said = format!("taken for {}", name(answer));
                picture(evaluation, look, &said)
            });
            let typical = typical.and_then(|look| picture(evaluation, look, "recognised best"));
            Pair {
                first: name(truth),
                second: name(answer),
                times: format!("{there} one way, {back} the other"),
                pictures: taken.into_iter().chain(typical).collect(),
            }
        })
        .collect()
}

/// The mistakes of which the network was surest.
pub(super) fn mistakes(evaluation: &Evaluation) -> Vec<Picture> {
    let looks = evaluation.looks.iter();
    let mut wrong: Vec<&LabelledPrediction> = looks.filter(|look| !look.answer().right).collect();
    wrong.sort_by(|a, b| b.answer().confidence.total_cmp(&a.answer().confidence));
    let pictures = wrong.into_iter().filter_map(|look| {
        let answer = &evaluation.metadata.breeds[look.best()?];
        let confidence = percent(f64::from(look.answer().confidence));
        let said = format!("taken for {}, {confidence}", answer.display_name());
        picture(evaluation, look, &said)
    });
    pictures.take(MISTAKES).collect()
}

/// The photograph of a breed that is most like its breed, as far as the network can tell.
fn typical(evaluation: &Evaluation, breed: usize) -> Option<&LabelledPrediction> {
    let right = |look: &&LabelledPrediction| look.label == breed && look.best() == Some(breed);
    let similarity = |look: &LabelledPrediction| {
        let similarity = look.prediction.similarity.get(breed).copied();
        (similarity.unwrap_or(0.0), look.answer().confidence)
    };
    let looks = evaluation.looks.iter().filter(right);
    looks.max_by(|a, b| {
        let (a, b) = (similarity(a), similarity(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

fn surest(evaluation: &Evaluation, is: impl Fn(&LabelledPrediction) -> bool) -> Option<&LabelledPrediction> {
    let looks = evaluation.looks.iter().filter(|look| is(look));
    looks.max_by(|a, b| a.answer().confidence.total_cmp(&b.answer().confidence))
}

fn picture(evaluation: &Evaluation, look: &LabelledPrediction, said: &str) -> Option<Picture> {
    let file = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    Some(Picture {
        thumbnail: Thumbnail::open(&look.path)?,
        breed: evaluation.metadata.breeds[look.label].display_name(),
        said: said.to_owned(),
        file: file(&look.path).unwrap_or_default(),
    })
}
