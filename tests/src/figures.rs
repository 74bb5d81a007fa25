//! Collects the measured figures and prints them as a table and as JSON lines.

use std::cmp::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

/// The quantiles that are printed, with their names.
const QUANTILES: [(&str, f64); 4] = [("min", 0.0), ("median", 0.5), ("p99", 0.99), ("max", 1.0)];

/// The durations of repeated measurements, in milliseconds.
#[derive(Debug, Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// Adds the duration of one more measurement.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// Adds the durations of further measurements.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// The shortest; zero without any.
    #[must_use]
    pub fn min(&self) -> Duration {
        let [min, ..] = self.quantiles();
        duration(min)
    }

    /// The longest; zero without any.
    #[must_use]
    pub fn max(&self) -> Duration {
        let [.., max] = self.quantiles();
        duration(max)
    }

    /// What half of them take at most; zero without any.
    #[must_use]
    pub fn median(&self) -> Duration {
        let [_, median, ..] = self.quantiles();
        duration(median)
    }

    /// What 99 of 100 take at most; zero without any.
    #[must_use]
    pub fn p99(&self) -> Duration {
        let [.., p99, _] = self.quantiles();
        duration(p99)
    }

    /// The [`QUANTILES`] in milliseconds, by nearest rank.
    fn quantiles(&self) -> [f64; 4] {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        QUANTILES.map(|(_, share)| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted
                .get(rank.saturating_sub(1))
                .copied()
                .unwrap_or(f64::NAN)
        })
    }
}

/// What half of the values are at most; the default without any.
pub(crate) fn median<T: Copy + Default + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

/// All figures, in order.
#[derive(Debug, Default)]
pub struct Figures {
    table: Vec<String>,
    lines: Vec<Value>,
}

impl Figures {
    /// Adds a figure in a unit such as `MB`, which is empty for a number of things.
    pub fn add(&mut self, name: &str, unit: &str, value: f64) {
        self.row(format!(
            "| {name:<44} | {:>35} {unit:<11} |",
            format!("{value:.2}")
        ));
        self.lines
            .push(json!({ "figure": name, "unit": unit, "value": value }));
    }

    /// Adds the quantiles of durations.
    pub fn add_times(&mut self, name: &str, times: &Times) {
        let [min, median, p99, max] = times.quantiles();
        self.row(format!(
            "| {name:<44} | {min:>8.2} {median:>8.2} {p99:>8.2} {max:>8.2} {:<11} |",
            "ms"
        ));
        let mut line = json!({ "figure": name, "unit": "ms" });
        for ((share, _), value) in QUANTILES.iter().zip([min, median, p99, max]) {
            line[share] = json!(value);
        }
        self.lines.push(line);
    }

    /// Prints the table, then one JSON object a line.
    pub fn print(&self) {
        let [min, median, p99, max] = QUANTILES.map(|(name, _)| name);
        println!(
            "\n| {:<44} | {min:>8} {median:>8} {p99:>8} {max:>8} {:<11} |",
            "", ""
        );
        for row in &self.table {
            println!("{row}");
        }
        println!();
        for line in &self.lines {
            println!("{line}");
        }
    }

    /// Prints a row at once and keeps it for the table.
    fn row(&mut self, row: String) {
        println!("{row}");
        self.table.push(row);
    }
}
