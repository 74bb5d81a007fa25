//! An evaluation as people read it.

use std::fmt;

use super::Evaluation;

/// Pairs of breeds in the list of the most confused.
const PAIRS: usize = 10;

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.figures(f)?;
        self.outliers(f)?;
        self.breeds(f)?;
        self.pairs(f)
    }
}

impl Evaluation {
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let summary = &figures.summary;
        let cores = rayon::current_num_threads();
        let accepted = match figures.accepted_accuracy {
            Some(accuracy) => format!(
                "{}, of these {} right",
                percent(figures.accepted),
                percent(accuracy)
            ),
            None => percent(figures.accepted),
        };
        let rows = [
            (
                "photographs",
                format!("{} of the {} split", figures.images, self.split),
            ),
            ("top-1", percent(summary.top1)),
            ("top-3", percent(summary.top3)),
            ("mean per class", percent(summary.mean_per_class)),
            ("accepted", accepted),
            ("ECE", format!("{:.4}", summary.ece)),
            ("NLL", format!("{:.4}", summary.nll)),
            (
                "an image",
                format!("{:.1} ms on one core", figures.ms_per_image),
            ),
            (
                "in all",
                format!("{:.1} s on {cores} cores", self.wall.as_secs_f64()),
            ),
        ];
        for (name, value) in rows {
            writeln!(f, "{name:<16}{value}")?;
        }
        match self.missing {
            0 => {}
            1 => writeln!(f, "1 photograph that the list names is not in the folder")?,
            n => writeln!(
                f,
                "{n} photographs that the list names are not in the folder"
            )?,
        }
        match self.unreadable.len() {
            0 => Ok(()),
            1 => writeln!(f, "1 photograph could not be read and is left out"),
            n => writeln!(f, "{n} photographs could not be read and are left out"),
        }
    }

    fn outliers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.outliers.is_empty() {
            return Ok(());
        }
        let width = width("outliers", self.outliers.keys());
        writeln!(f, "\n{:<width$}  images   AUROC  accepted", "outliers")?;
        for (kind, outliers) in &self.outliers {
            let accepted = percent(outliers.accepted);
            let (images, auroc) = (outliers.images, outliers.auroc);
            writeln!(f, "{kind:<width$}  {images:>6}  {auroc:.4}  {accepted:>8}")?;
        }
        Ok(())
    }

    fn breeds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = width("breed", &self.breeds);
        writeln!(
            f,
            "\n{:<width$}  images  right   recall  most often mistaken for",
            "breed"
        )?;
        for (breed, id) in self.breeds.iter().enumerate() {
            // A breed without photographs has nothing to say.
            let Some(recall) = self.confusion.recall(breed) else {
                continue;
            };
            let (images, right) = (self.confusion.images(breed), self.confusion.right(breed));
            write!(
                f,
                "{id:<width$}  {images:>6}  {right:>5}  {:>7}",
                percent(recall)
            )?;
            match self.confusion.most_mistaken_for(breed) {
                Some((other, count)) => writeln!(f, "  {} ({count})", self.breeds[other])?,
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
            let (first, second) = (&self.breeds[pair.first], &self.breeds[pair.second]);
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

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn width<'a>(head: &str, names: impl IntoIterator<Item = &'a String>) -> usize {
    (names.into_iter().map(String::len)).fold(head.len(), usize::max)
}
