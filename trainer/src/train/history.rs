//! The results of a run, epoch by epoch: `metrics.csv` and a plot of the curves.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use serde::{Deserialize, Serialize};

use crate::replace::{WriteError, replace};

/// The table's name in a run folder.
pub const TABLE: &str = "metrics.csv";
/// The plot's name in a run folder.
pub const CURVES: &str = "curves.svg";

/// The results of an epoch. Losses are in nats. The training loss refers to smoothed and blended targets, so it cannot
/// be compared with the validation loss. Accuracies are shares, 0 to 1, of the averaged weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// The part of the network that was trained: `head` or `all`.
    pub stage: String,
    /// Learning rate at the end of the epoch.
    pub rate: f64,
    /// Mean training loss.
    pub train_loss: f64,
    /// Mean negative log-likelihood on the validation split at the best temperature.
    pub validation_loss: f64,
    /// Share of the validation photographs recognised.
    pub top1: f64,
    /// Share of the animals recognised when cropped at their boxes. Only in runs with boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_top1: Option<f64>,
    /// Mean over the breeds of the share recognised.
    pub mean_per_class: f64,
    /// Duration of the epoch in seconds, including validation.
    pub seconds: f64,
    /// Of these, how long training waited for photographs that were not read yet. Unknown for epochs of earlier
    /// versions.
    #[serde(default)]
    pub waited: Option<f64>,
}

/// Writes the table and the plot into the run folder.
///
/// # Errors
/// If one of them cannot be written.
pub(super) fn write(run: &Path, epochs: &[Epoch]) -> Result<(), WriteError> {
    replace(&run.join(TABLE), |part| {
        let mut table = csv::Writer::from_path(part)?;
        epochs.iter().try_for_each(|epoch| table.serialize(epoch))?;
        Ok(table.flush()?)
    })?;
    let plot = curves(epochs)?;
    replace(&run.join(CURVES), |part| Ok(std::fs::write(part, &plot)?))
}

/// The curves as SVG: losses above, accuracies below.
fn curves(epochs: &[Epoch]) -> Result<String, WriteError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (720, 560)).into_drawing_area();
        area.fill(&WHITE).map_err(drawing)?;
        let (above, below) = area.split_vertically(280);
        let highest = epochs
            .iter()
            .flat_map(|e| [e.train_loss, e.validation_loss])
            .fold(0.1, f64::max);
        panel(
            &above,
            "loss",
            highest * 1.05,
            epochs,
            [
                ("training", |e| e.train_loss),
                ("validation", |e| e.validation_loss),
            ],
        )?;
        panel(
            &below,
            "accuracy on validation",
            1.0,
            epochs,
            [
                ("top-1", |e| e.top1),
                ("mean per class", |e| e.mean_per_class),
            ],
        )?;
        area.present().map_err(drawing)?;
    }
    Ok(svg)
}

type Curve = (&'static str, fn(&Epoch) -> f64);

fn panel(
    area: &DrawingArea<SVGBackend, Shift>,
    title: &str,
    highest: f64,
    epochs: &[Epoch],
    curves: [Curve; 2],
) -> Result<(), WriteError> {
    let last = epochs.len().max(2) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(44)
        .build_cartesian_2d(1.0..last, 0.0..highest)
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .max_light_lines(0)
        .draw()
        .map_err(drawing)?;
    let colours = [RGBColor(0x1f, 0x77, 0xb4), RGBColor(0xd6, 0x5f, 0x0e)];
    for ((name, value), colour) in curves.into_iter().zip(colours) {
        let points = epochs
            .iter()
            .map(|epoch| (epoch.epoch as f64, value(epoch)));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))
            .map_err(drawing)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()
        .map_err(drawing)
}

fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> WriteError {
    error.to_string().into()
}
