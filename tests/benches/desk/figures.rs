//! What was measured, as a table for people and as lines for programs.

use std::time::Duration;

use serde_json::json;

/// How long something took, time and again.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time that a share of all were within, in milliseconds: the nearest rank.
    fn within(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted[rank.saturating_sub(1)]
    }
}

/// All that was measured, in order.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Debug)]
struct Figure {
    name: String,
    unit: String,
    value: f64,
}

impl Figures {
    pub(crate) fn add(&mut self, name: &str, unit: &str, value: f64) {
        println!("{name}: {value:.2} {unit}");
        self.0.push(Figure {
            name: name.to_owned(),
            unit: unit.to_owned(),
            value,
        });
    }

    pub(crate) fn add_times(&mut self, name: &str, times: &Times) {
        if times.is_empty() {
            return;
        }
        for (which, share) in [("min", 0.0), ("median", 0.5), ("p99", 0.99), ("max", 1.0)] {
            self.add(&format!("{name}: {which}"), "ms", times.within(share));
        }
    }

    /// The table, then one JSON object a line.
    pub(crate) fn print(&self) {
        println!();
        for Figure { name, unit, value } in &self.0 {
            println!("| {name:<55} | {value:>10.2} {unit:<11} |");
        }
        println!();
        for Figure { name, unit, value } in &self.0 {
            println!(
                "{}",
                json!({ "figure": name, "value": value, "unit": unit })
            );
        }
    }
}
