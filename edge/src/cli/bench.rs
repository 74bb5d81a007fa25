//! `kiosk bench`: how fast this machine recognises.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use image::{Rgb, RgbImage};
use serde::Serialize;

use super::ModelArg;
use crate::recognise::{Engine, Preprocessor};

#[derive(Debug, Args)]
pub(super) struct Bench {
    #[command(flatten)]
    model: ModelArg,
    /// Threads that a picture is recognised on, 1 to 4; networks in f32 run on one
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u8).range(1..=4))]
    threads: u8,
    /// How often the frame is recognised
    #[arg(long, value_name = "N", default_value = "50",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Print one JSON object: {model, precision, threads, load_ms, preprocess_ms,
    /// infer_ms: {min, median}, rss_mb}
    #[arg(long)]
    json: bool,
}

/// What was measured; the form of `--json`. Times in milliseconds.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    precision: &'static str,
    threads: u8,
    load_ms: f64,
    /// Median.
    preprocess_ms: f64,
    infer_ms: Spread,
    /// Peak resident memory of the process in 10^6 bytes; `None` where the system does not tell.
    rss_mb: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Spread {
    min: f64,
    median: f64,
}

impl Bench {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let report = self.measure()?;
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{}", serde_json::to_string(&report)?)?;
        } else {
            write!(stdout, "{}", report.for_people())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self) -> anyhow::Result<Report> {
        let start = Instant::now();
        let bundle = self.model.bundle()?;
        let engine = Engine::on_threads(&bundle, self.threads.into())?;
        let load_ms = ms_since(start);

        let mut preprocessor = Preprocessor::new(&bundle.metadata.input);
        let (model, precision) = (bundle.name.clone(), bundle.precision());
        drop(bundle);

        let frame = frame();
        let mut input = Vec::new();
        let (mut preprocess, mut infer) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let start = Instant::now();
            preprocessor.run(&frame, &mut input);
            preprocess.push(ms_since(start));
            let start = Instant::now();
            engine.logits(&input)?;
            infer.push(ms_since(start));
        }
        Ok(Report {
            model,
            precision,
            threads: self.threads,
            load_ms,
            preprocess_ms: Spread::of(preprocess).median,
            infer_ms: Spread::of(infer),
            rss_mb: peak_rss_mb(),
        })
    }
}

impl Report {
    fn for_people(&self) -> String {
        let memory = match self.rss_mb {
            Some(mb) => format!("{mb:.0} MB at the peak"),
            None => "unknown".to_owned(),
        };
        let Self {
            model,
            precision,
            load_ms,
            preprocess_ms,
            infer_ms,
            ..
        } = self;
        format!(
            "model       {model}, {precision}\n\
             load        {load_ms:.1} ms\n\
             preprocess  {preprocess_ms:.2} ms\n\
             recognise   {:.2} ms, at best {:.2} ms\n\
             memory      {memory}\n",
            infer_ms.median, infer_ms.min,
        )
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            min: values.first().copied().unwrap_or_default(),
            median: values.get(values.len() / 2).copied().unwrap_or_default(),
        }
    }
}

fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// A camera's frame: 640 x 480, a disc on a slope of colours.
fn frame() -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| {
        let (dx, dy) = (x.abs_diff(320), y.abs_diff(240));
        match dx * dx + dy * dy < 150 * 150 {
            true => Rgb([180, 140, (x ^ y) as u8]),
            false => Rgb([(x / 3) as u8, (y / 2) as u8, 96]),
        }
    })
}

fn peak_rss_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
