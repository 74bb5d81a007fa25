//! Which breed was taken for which: a matrix to look at and a table to look up.

use recognise::metadata::Species;

use super::super::Evaluation;
use super::super::metrics::wilson;
use super::figures::{Bar, percent};

/// Side of a cell of the matrix.
const CELL: usize = 18;
/// Room for a letter of a breed's name.
const LETTER: usize = 6;

/// The confusion matrix, in units of SVG.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Room for the names, left and above.
    pub(super) names: usize,
    /// Side of all cells together.
    pub(super) side: usize,
    /// Names along both sides, and where the middle of their cells is.
    pub(super) labels: Vec<(String, usize)>,
    /// Where cats end and dogs begin.
    pub(super) border: Option<usize>,
    pub(super) cells: Vec<Cell>,
}

/// A cell with something in it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) count: usize,
    /// How strong its colour is, 0 to 1.
    pub(super) strength: String,
    /// `right` or `wrong`, and `dark` besides where the colour is strong.
    pub(super) class: String,
    /// What it says in words.
    pub(super) title: String,
}

impl Matrix {
    /// The matrix of an evaluation: cats first, then dogs, each by name.
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let breeds = &evaluation.metadata.breeds;
        let confusion = &evaluation.confusion;
        let mut order: Vec<usize> = (0..breeds.len()).collect();
        order.sort_by_key(|&breed| (breeds[breed].species == Species::Dog, &breeds[breed].id));
        let name = |breed: usize| breeds[breed].display_name();
        let longest = order.iter().map(|&breed| name(breed).chars().count()).max();
        let names = longest.unwrap_or(0) * LETTER + 12;
        let place = |index: usize| names + index * CELL;

        let mut cells = Vec::new();
        for (row, &truth) in order.iter().enumerate() {
            let images = confusion.images(truth);
            for (column, &answer) in order.iter().enumerate() {
                let count = confusion.count(truth, answer);
                if count == 0 {
                    continue;
                }
                let share = count as f64 / images as f64;
                // A few mistakes are to be seen beside many right answers.
                let strength = if truth == answer { share } else { share.sqrt() };
                let (class, what) = match truth == answer {
                    true => ("right", format!("{} recognised", name(truth))),
                    false => (
                        "wrong",
                        format!("{} taken for {}", name(truth), name(answer)),
                    ),
                };
                cells.push(Cell {
                    x: place(column),
                    y: place(row),
                    count,
                    strength: format!("{:.2}", 0.1 + 0.9 * strength),
                    class: match strength > 0.5 {
                        true => format!("{class} dark"),
                        false => class.to_owned(),
                    },
                    title: format!("{what}: {count} of {images} ({})", percent(share)),
                });
            }
        }
        let cats = breeds.iter().filter(|breed| breed.species == Species::Cat);
        let cats = cats.count();
        let side = breeds.len() * CELL;
        Self {
            width: names + side + 2,
            height: names + side + 2,
            names,
            side,
            labels: (order.iter().enumerate())
                .map(|(index, &breed)| (name(breed), place(index) + CELL / 2))
                .collect(),
            border: (0 < cats && cats < breeds.len()).then(|| place(cats)),
            cells,
        }
    }

    /// Side of a cell.
    pub(super) fn cell(&self) -> usize {
        CELL
    }
}

/// A breed.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) images: usize,
    /// Share recognised by each bundle.
    pub(super) recalls: Vec<Bar>,
    /// How far chance alone may have moved that of the first.
    pub(super) interval: String,
    /// Share of right ones among what was taken for this breed.
    pub(super) precision: String,
    /// The breeds that it was taken for most, with counts.
    pub(super) taken_for: String,
}

/// The breeds that have photographs, the least recognised first.
pub(super) fn rows(evaluations: &[&Evaluation]) -> Vec<Row> {
    let Some(first) = evaluations.first() else {
        return Vec::new();
    };
    let breeds = first.metadata.breeds.iter().enumerate();
    let recall = |breed| first.confusion.recall(breed).map(|recall| (breed, recall));
    let mut order: Vec<(usize, f64)> = breeds.filter_map(|(breed, _)| recall(breed)).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let row = |(breed, _): (usize, f64)| {
        let about = &first.metadata.breeds[breed];
        let confusion = &first.confusion;
        let (right, images) = (confusion.right(breed), confusion.images(breed));
        let recalls = evaluations.iter().map(|evaluation| {
            let mut breeds = evaluation.metadata.breeds.iter();
            let breed = breeds.position(|breed| breed.id == about.id);
            let recall = breed.and_then(|breed| evaluation.confusion.recall(breed));
            Bar::of(recall.unwrap_or(f64::NAN))
        });
        let [low, high] = wilson(right, images).map(|end| format!("{:.0}", end * 100.0));
        let precision = right as f64 / confusion.answers(breed) as f64;
        Row {
            name: about.display_name(),
            images,
            recalls: recalls.collect(),
            interval: format!("{low} to {high}"),
            precision: Bar::of(precision).text,
            taken_for: taken_for(first, breed),
        }
    };
    order.into_iter().map(row).collect()
}

fn taken_for(evaluation: &Evaluation, breed: usize) -> String {
    let breeds = &evaluation.metadata.breeds;
    let others = (0..breeds.len()).filter(|&other| other != breed);
    let counts = others.map(|other| (evaluation.confusion.count(breed, other), other));
    let mut counts: Vec<(usize, usize)> = counts.filter(|&(count, _)| count > 0).collect();
    counts.sort_by_key(|&(count, other)| (std::cmp::Reverse(count), other));
    let named =
        |(count, other): (usize, usize)| format!("{} ({count})", breeds[other].display_name());
    let named: Vec<String> = counts.into_iter().take(3).map(named).collect();
    named.join(", ")
}
