//! Prints an evaluation as tables for a terminal.

use std::fmt;

use super::arrivals::measured_on;
use super::headline::{Headline, headlines};
use super::note::missing;
use super::{Difference, Evaluation};
use crate::metrics::percent;

/// Number of pairs in the list of the most confused breeds.
const PAIRS: usize = 10;

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.figures(f)?;
        self.outliers(f)?;
        self.arrivals(f)?;
        self.breeds(f)?;
        self.pairs(f)
    }
}

impl Evaluation {
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headlines = headlines(&self.figures);
        let width = width("photographs", headlines.iter().map(|it| &*it.name));
        let row = |f: &mut fmt::Formatter<'_>, name, value: String, interval: Option<String>| {
            let interval = interval.map(|interval| format!("({interval})"));
            let line = format!(
                "{name:<width$}  {value:<8}  {}",
                interval.unwrap_or_default()
            );
            writeln!(f, "{}", line.trim_end())
        };
        let images = format!("{} of the {} split", self.figures.images, self.split);
        row(f, "photographs", images, Some("95 % intervals".to_owned()))?;
        for headline in &headlines {
            let value = headline.text().replace('\u{a0}', " ");
            row(f, &headline.name, value, headline.interval_text())?;
        }
        let cores = rayon::current_num_threads();
        let wall = format!("{:.1} s on {cores} cores", self.wall.as_secs_f64());
        row(f, "in all", wall, None)?;
        if let Some(missing) = missing(self.missing) {
            writeln!(f, "{missing}")?;
        }
        match self.unreadable.len() {
            0 => Ok(()),
            1 => writeln!(f, "1 photograph could not be read and is left out"),
            n => writeln!(f, "{n} photographs could not be read and are left out"),
        }
    }

    fn outliers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = &self.figures.outliers;
        if kinds.is_empty() {
            return Ok(());
        }
        let width = width("outliers", kinds.keys().map(String::as_str));
        writeln!(
            f,
            "\n{:<width$}  images   AUROC    breed  species   unsure  not ours{}",
            "outliers",
            if kinds.values().any(|it| it.false_per_image.is_some()) {
                "  animals an image"
            } else {
                ""
            }
        )?;
        for (kind, outliers) in kinds {
            let (images, auroc) = (outliers.images, self.figures.auroc[kind]);
            let shares = outliers.verdicts;
            let [breed, species, unsure, not_ours] =
                [shares.breed, shares.species, shares.unsure, shares.not_ours].map(percent);
            let found = outliers.false_per_image;
            let found = found.map(|found| format!("  {found:>16.3}"));
            let found = found.unwrap_or_default();
            writeln!(
                f,
                "{kind:<width$}  {images:>6}  {auroc:.4}  {breed:>7}  {species:>7}  {unsure:>7}  {not_ours:>8}{found}"
            )?;
        }
        Ok(())
    }

    /// How many photographs, animals and breeds the headlines on arrivals are about.
    fn arrivals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = measured_on(&self.figures);
        if !lines.is_empty() {
            writeln!(f)?;
        }
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }

    fn breeds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breeds = &self.metadata.breeds;
        let width = width("breed", breeds.iter().map(|breed| &*breed.id));
        writeln!(
            f,
            "\n{:<width$}  images  right   recall  most often mistaken for",
            "breed"
        )?;
        for (breed, about) in breeds.iter().enumerate() {
            // Breeds without photographs get no line.
            let Some(recall) = self.confusion.recall(breed) else {
                continue;
            };
            let (images, right) = (self.confusion.images(breed), self.confusion.right(breed));
            write!(
                f,
                "{:<width$}  {images:>6}  {right:>5}  {:>7}",
                about.id.as_str(),
                percent(recall)
            )?;
            match self.confusion.most_mistaken_for(breed) {
                Some((other, count)) => writeln!(f, "  {} ({count})", breeds[other].id)?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }

    fn pairs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.confusion.most_confused(PAIRS);
        if pairs.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nmost confused")?;
        for pair in pairs {
            let id = |breed: usize| &self.metadata.breeds[breed].id;
            let (first, second) = (id(pair.first), id(pair.second));
            let (there, back) = (pair.first_as_second, pair.second_as_first);
            writeln!(
                f,
                "{:>4}  {first} / {second} ({there} one way, {back} the other)",
                pair.total()
            )?;
        }
        Ok(())
    }
}

/// The figures of two bundles side by side, as a table for a terminal.
#[derive(Debug)]
pub struct SideBySide<'a> {
    /// The name of the other bundle.
    pub name: &'a str,
    /// The evaluation of the one bundle.
    pub one: &'a Evaluation,
    /// The evaluation of the other bundle.
    pub other: &'a Evaluation,
    /// The one minus the other.
    pub difference: &'a Difference,
}

impl fmt::Display for SideBySide<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ones, others) = (headlines(&self.one.figures), headlines(&self.other.figures));
        let width = width("", ones.iter().map(|it| &*it.name));
        writeln!(f, "\nagainst {}", self.name)?;
        writeln!(
            f,
            "{:width$}  {:>10}  {:>10}  {:>10}",
            "", "this", "that", "difference"
        )?;
        let text = |it: &Headline| it.text().replace('\u{a0}', " ");
        for (one, other) in ones.iter().zip(&others) {
            let difference = one.minus(other).map(|value| one.unit.difference(value));
            writeln!(
                f,
                "{:width$}  {:>10}  {:>10}  {:>10}",
                one.name,
                text(one),
                text(other),
                difference.unwrap_or_default()
            )?;
        }
        match self.difference.top1_interval {
            Some([low, high]) => writeln!(
                f,
                "top-1 differs by {:+.1} to {:+.1} points (95 % interval over the same photographs)",
                low * 100.0,
                high * 100.0
            ),
            None => Ok(()),
        }
    }
}

/// The width of a column with this heading.
fn width<'a>(head: &str, names: impl IntoIterator<Item = &'a str>) -> usize {
    (names.into_iter().map(str::len)).fold(head.len(), usize::max)
}
