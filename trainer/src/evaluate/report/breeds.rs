//! The breeds in the report: the confusion matrix and a table of all breeds.

use recognise::metadata::Species;

use super::super::Evaluation;
use super::super::headline::Unit;
use super::figures::Bar;
use crate::metrics::wilson;

/// Side of a cell of the matrix, in units of the SVG.
const CELL: usize = 18;
/// Width of a letter of a breed's name.
const LETTER: usize = 6;

/// The confusion matrix. All lengths are in units of the SVG.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Space for the names on the left and above.
    pub(super) names: usize,
    /// Side of all cells together.
    pub(super) side: usize,
    /// Names along both sides with the centres of their cells.
    pub(super) labels: Vec<(String, usize)>,
    /// The border between cats and dogs.
    pub(super) border: Option<usize>,
    pub(super) cells: Vec<Cell>,
}

/// A cell that is not empty.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) count: usize,
    /// Opacity of its colour, 0 to 1.
    pub(super) strength: String,
    /// Its CSS classes: `right` or `wrong`, and `dark` if the colour is strong.
    pub(super) class: String,
    /// Its content in words.
    pub(super) title: String,
}

impl Matrix {
    /// The matrix of an evaluation: cats first, then dogs, both by name.
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let breeds = &evaluation.metadata.breeds;
        let confusion = &evaluation.confusion;
        let mut order: Vec<usize> = (0..breeds.len()).collect();
        order.sort_by_key(|&breed| (breeds[breed].species == Species::Dog, &breeds[breed].id));
        let name = |breed: usize| breeds[breed].id.display_name();
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
                let (class, what, strength) = if truth == answer {
                    ("right", format!("{} recognised", name(truth)), share)
                } else {
                    let what = format!("{} taken for {}", name(truth), name(answer));
                    // The root keeps few mistakes visible beside many right answers.
                    ("wrong", what, share.sqrt())
                };
                let dark = if strength > 0.5 { " dark" } else { "" };
                let share = Unit::Share.text(share);
                cells.push(Cell {
                    x: place(column),
                    y: place(row),
                    count,
                    strength: format!("{:.2}", 0.1 + 0.9 * strength),
                    class: format!("{class}{dark}"),
                    title: format!("{what}: {count} of {images} ({share})"),
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

/// A row of the table of breeds.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) images: usize,
    /// Share recognised by each bundle.
    pub(super) recalls: Vec<Bar>,
    /// Confidence interval of the first bundle's share.
    pub(super) interval: String,
    /// Share of right ones among the photographs that were taken for this breed.
    pub(super) precision: String,
    /// The breeds that it was most often taken for, with counts.
    pub(super) taken_for: String,
}

/// The rows of all breeds with photographs, the least recognised first.
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
            name: about.id.display_name(),
            images,
            recalls: recalls.collect(),
            interval: format!("{low} to {high}"),
            precision: Bar::of(precision).text,
            taken_for: taken_for(first, breed),
        }
    };
    order.into_iter().map(row).collect()
}

/// The three breeds that a breed was most often taken for.
fn taken_for(evaluation: &Evaluation, breed: usize) -> String {
    let breeds = &evaluation.metadata.breeds;
    let others = (0..breeds.len()).filter(|&other| other != breed);
    let counts = others.map(|other| (evaluation.confusion.count(breed, other), other));
    let mut counts: Vec<(usize, usize)> = counts.filter(|&(count, _)| count > 0).collect();
    counts.sort_by_key(|&(count, other)| (std::cmp::Reverse(count), other));
    let named =
        |(count, other): (usize, usize)| format!("{} ({count})", breeds[other].id.display_name());
    let named: Vec<String> = counts.into_iter().take(3).map(named).collect();
    named.join(", ")
}
