//! What was measured, as a table for people and as lines for programs.

use std::time::Duration;

use serde_json::{Value, json};

/// The shares of all times that are told, and what they are called.
const SHARES: [(&str, f64); 4] = [("min", 0.0), ("median", 0.5), ("p99", 0.99), ("max", 1.0)];

/// How long something took, time and again.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// The times that the [`SHARES`] of all were within, in milliseconds: the nearest rank.
    fn within(&self) -> [f64; 4] {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        SHARES.map(|(_, share)| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted
                .get(rank.saturating_sub(1))
                .copied()
                .unwrap_or(f64::NAN)
        })
    }
}

/// All that was measured, in order.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    table: Vec<String>,
    lines: Vec<Value>,
}

impl Figures {
    pub(crate) fn add(&mut self, name: &str, unit: &str, value: f64) {
        self.row(format!(
            "| {name:<44} | {:>35} {unit:<11} |",
            format!("{value:.2}")
        ));
        self.lines
            .push(json!({ "figure": name, "unit": unit, "value": value }));
    }

    pub(crate) fn add_times(&mut self, name: &str, times: &Times) {
        let [min, median, p99, max] = times.within();
        self.row(format!(
            "| {name:<44} | {min:>8.2} {median:>8.2} {p99:>8.2} {max:>8.2} {:<11} |",
            "ms"
        ));
        let mut line = json!({ "figure": name, "unit": "ms" });
        for ((share, _), value) in SHARES.iter().zip([min, median, p99, max]) {
            line[share] = json!(value);
        }
        self.lines.push(line);
    }

    /// The table, then one JSON object a line.
    pub(crate) fn print(&self) {
        let [min, median, p99, max] = SHARES.map(|(name, _)| name);
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

    /// Says at once what is known already.
    fn row(&mut self, row: String) {
        println!("{row}");
        self.table.push(row);
    }
}
