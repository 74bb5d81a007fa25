//! Arrivals in the report: animals that are found, missed or wrongly found, animals that are taken for others, and
//! photographs placed in rooms.

use std::collections::HashSet;
use std::path::Path;

use image::Rgb;
use recognise::Region;
use recognise::photo::{self, PhotoError};

use super::super::Evaluation;
use super::super::animals::Boxed;
use super::super::scenes::{SIZES, SceneFigures};
use super::figures::Bar;
use super::pictures::{Pair, Picture};
use super::thumbnails::Thumbnail;

/// Number of photographs in a group, and of pairs of animals.
const PICTURES: usize = 9;

/// The colours of the lines around animals, as the page explains them.
const RIGHT: Rgb<u8> = Rgb([40, 200, 90]);
const WRONG: Rgb<u8> = Rgb([240, 110, 20]);
const MISSED: Rgb<u8> = Rgb([60, 120, 255]);

/// Photographs with boxes.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) pictures: Vec<Picture>,
}

/// A size of the photographs in rooms.
#[derive(Clone, Debug)]
pub(super) struct SceneRow {
    /// Their height in per cent of the frame's.
    pub(super) size: &'static str,
    /// Top-1 of each bundle.
    pub(super) top1: Vec<Bar>,
    /// Share of each bundle of scenes in which the animal is found.
    pub(super) found: Vec<Bar>,
}

/// Collects the pictures.
#[derive(Default)]
pub(super) struct Arrivals {
    /// Photographs that could be read for the evaluation, but not any more.
    pub(super) unreadable: Vec<PhotoError>,
}

impl Arrivals {
    /// Photographs in which the animals are found, missed or wrongly found. Empty if that was not measured.
    pub(super) fn found(&mut self, evaluation: &Evaluation) -> Vec<Group> {
        let all = |is_of_kind: fn(&Boxed) -> bool| -> Vec<&Boxed> {
            let boxed = evaluation.boxed.iter();
            boxed.filter(|&boxed| is_of_kind(boxed)).collect()
        };
        let kinds = [
            (
                "Found",
                all(|it| it.wrong.is_empty() && it.missed.is_empty()),
            ),
            ("Missed", all(|it| !it.missed.is_empty())),
            ("Wrongly found", all(|it| !it.wrong.is_empty())),
        ];
        let mut groups = Vec::new();
        for (name, boxed) in kinds {
            // From all over the dataset, not from the first breed alone.
            let step = boxed.len().div_ceil(PICTURES).max(1);
            let some = boxed.into_iter().step_by(step);
            let pictures: Vec<Picture> = some.filter_map(|boxed| self.boxed(boxed)).collect();
            if !pictures.is_empty() {
                groups.push(Group { name, pictures });
            }
        }
        groups
    }

    /// Pairs of different animals that look alike, one photograph of each: the most similar first, and one for each
    /// two animals. Empty if that was not measured.
    pub(super) fn guests(&mut self, evaluation: &Evaluation) -> Vec<Pair> {
        let mut seen = HashSet::new();
        let mut pairs = Vec::new();
        for guest in &evaluation.wrong_guests {
            if pairs.len() == PICTURES {
                break;
            }
            if !seen.insert((&guest.animal, &guest.other)) {
                continue;
            }
            let one = self.plain(&guest.photograph, &guest.animal, "came in");
            let other = self.plain(&guest.nearest, &guest.other, "looks most like it");
            pairs.push(Pair {
                first: guest.animal.clone(),
                second: guest.other.clone(),
                times: format!("similarity {:.2}", guest.similarity),
                pictures: one.into_iter().chain(other).collect(),
            });
        }
        pairs
    }

    fn boxed(&mut self, boxed: &Boxed) -> Option<Picture> {
        let coloured = |regions: &[Region], colour: Rgb<u8>| -> Vec<(Region, Rgb<u8>)> {
            regions.iter().map(|&region| (region, colour)).collect()
        };
        let regions = [
            coloured(&boxed.missed, MISSED),
            coloured(&boxed.right, RIGHT),
            coloured(&boxed.wrong, WRONG),
        ];
        let (found, missed) = (boxed.right.len() + boxed.wrong.len(), boxed.missed.len());
        let text = format!("{found} found, {missed} missed");
        self.picture(&boxed.path, "boxes".to_owned(), text, &regions.concat())
    }

    fn plain(&mut self, path: &Path, animal: &str, text: &str) -> Option<Picture> {
        self.picture(path, animal.to_owned(), text.to_owned(), &[])
    }

    fn picture(
        &mut self,
        path: &Path,
        title: String,
        text: String,
        regions: &[(Region, Rgb<u8>)],
    ) -> Option<Picture> {
        let picture = match photo::open(path) {
            Ok(picture) => picture,
            Err(error) => {
                self.unreadable.push(error);
                return None;
            }
        };
        let file = path.file_name().unwrap_or_default();
        Some(Picture {
            thumbnail: Thumbnail::with_regions(&picture, regions),
            breed: title,
            answer: text,
            file: file.to_string_lossy().into_owned(),
        })
    }
}

/// The rows on photographs placed in rooms, the largest first. Empty if that was not measured.
pub(super) fn scenes(evaluations: &[&Evaluation]) -> Vec<SceneRow> {
    let measured: Option<Vec<&SceneFigures>> = (evaluations.iter())
        .map(|evaluation| evaluation.figures.scenes.as_ref())
        .collect();
    let measured = measured.unwrap_or_default();
    if measured.is_empty() {
        return Vec::new();
    }
    let row = |(size, _): (&'static str, f32)| {
        let at = || measured.iter().filter_map(|scenes| scenes.sizes.get(size));
        SceneRow {
            size,
            top1: at().map(|at| Bar::of(at.top1)).collect(),
            found: at().map(|at| Bar::of(at.found)).collect(),
        }
    };
    SIZES.into_iter().map(row).collect()
}
