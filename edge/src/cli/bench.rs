//! `kiosk bench`: measures how fast this machine recognises animals, with loading and memory.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use checkin::{Arrival, Entrance, Event, Pace, Presence, Sight};
use clap::Args;
use devices::camera::mode::{Agreed, Encoding, Mode};
use devices::camera::pixels::{Decoder, Raw};
use image::RgbImage;
use recognise::metadata::Breed;
use recognise::{
    Bundle, Candidate, Coverage, Detector, Engine, Language, Metadata, Output, Prediction,
    Preprocessor,
};
use screens::{Canvas, Depth, Guest, Locale, Scene, Seen, View};
use serde::Serialize;

use super::ModelArg;

/// A camera's frame, 640 x 480: Chelsea the cat, by Stefan van der Walt (CC0), as USB cameras send it: with half the
/// resolution of colours across (4:2:2), without Huffman tables. `cross/machine/entrance.py` has made it.
const CAMERA: Raw<'static> = Raw {
    bytes: include_bytes!("../../assets/camera.jpg"),
    is_damaged: false,
};

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
    /// infer_ms: {min, median}, coverage: {multiply_adds, in_int8, left_out}, locate_ms: {min, median},
    /// locate_coverage, frame_ms, draw_ms, rss_mb}
    #[arg(long)]
    json: bool,
}

/// What was measured; the form of `--json`. Times in milliseconds.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    /// What the network that names breeds runs in: see [`Coverage::precision`].
    precision: String,
    threads: u8,
    load_ms: f64,
    /// Median.
    preprocess_ms: f64,
    infer_ms: Spread,
    /// What of the network that names breeds runs in int8.
    coverage: Coverage,
    /// From a picture to the animals in it; absent without a detector.
    #[serde(skip_serializing_if = "Option::is_none")]
    locate_ms: Option<Spread>,
    /// What of the detector runs in int8; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    locate_coverage: Option<Coverage>,
    /// From a camera's JPEG of 640 x 480 to the verdict, without inference. Median.
    frame_ms: f64,
    /// A verdict drawn for a panel of 240 x 240. Median.
    draw_ms: f64,
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
        let detector = Detector::on_threads(&bundle, self.threads.into())?;
        let load_ms = ms_since(start);

        let model = bundle.name.clone();
        let mut measured = Measured::new(bundle, engine, detector)?;
        let mut times = Times::default();
        for run in 0..self.runs {
            measured.run(Duration::from_millis(100) * run, &mut times)?;
        }
        let (engine, detector) = (measured.engine, measured.detector);
        Ok(Report {
            model,
            precision: engine.coverage().precision(),
            threads: self.threads,
            load_ms,
            preprocess_ms: Spread::of(times.preprocess).median,
            infer_ms: Spread::of(times.infer),
            coverage: engine.coverage().clone(),
            locate_ms: detector.as_ref().map(|_| Spread::of(times.locate)),
            locate_coverage: detector.map(|detector| detector.coverage().clone()),
            frame_ms: Spread::of(times.around).median,
            draw_ms: Spread::of(times.draw).median,
            rss_mb: peak_rss_mb(),
        })
    }
}

/// What is measured: the parts of a kiosk that are at work when an animal comes.
struct Measured {
    decoder: Decoder,
    presence: Presence,
    preprocessor: Preprocessor,
    engine: Engine,
    detector: Option<Detector>,
    metadata: Arc<Metadata>,
    entrance: Entrance,
    /// The picture that the networks run on.
    frame: RgbImage,
    /// The frame as the engine takes it; its memory is used again.
    input: Vec<f32>,
}

/// What each run took, in milliseconds.
#[derive(Default)]
struct Times {
    preprocess: Vec<f64>,
    infer: Vec<f64>,
    locate: Vec<f64>,
    around: Vec<f64>,
    draw: Vec<f64>,
}

impl Measured {
    /// Drops the bundle, as the kiosk does: its memory does not count.
    fn new(bundle: Bundle, engine: Engine, detector: Option<Detector>) -> anyhow::Result<Self> {
        let preprocessor = Preprocessor::new(&bundle.metadata.input);
        let metadata = Arc::new(bundle.metadata.clone());
        drop(bundle);

        let mut decoder = Decoder::new(agreed()?);
        let frame = decoder.decode(CAMERA)?;
        Ok(Self {
            decoder,
            presence: Presence::default(),
            preprocessor,
            engine,
            detector,
            entrance: Entrance::new(Arc::clone(&metadata), Pace::default(), false),
            metadata,
            frame,
            input: Vec::new(),
        })
    }

    /// Measures one frame from the camera to the screen. `now` is the time of the entrance.
    fn run(&mut self, now: Duration, times: &mut Times) -> anyhow::Result<()> {
        let start = Instant::now();
        let picture = self.decoder.decode(CAMERA)?;
        self.presence.see(now, &picture);
        // A frame that never changes is the background: somebody has to be there.
        self.entrance.on(now, Event::Seen(Sight::Still));
        let before = ms_since(start);

        let start = Instant::now();
        self.preprocessor.run(&self.frame, &mut self.input);
        let preprocess = ms_since(start);
        times.preprocess.push(preprocess);
        let output = self.infer(times)?;

        let start = Instant::now();
        let prediction = Prediction::of(&output, &self.metadata);
        let arrival = self.entrance.arrivals().next().map(Arrival::id);
        if let Some(arrival) = arrival {
            let predicted = Event::Predicted {
                arrival,
                prediction,
                embedding: output.embedding,
                took: Duration::ZERO,
            };
            self.entrance.on(now, predicted);
        }
        times.around.push(before + preprocess + ms_since(start));
        let start = Instant::now();
        draw_verdict(&picture, &self.metadata.breeds);
        times.draw.push(ms_since(start));
        Ok(())
    }

    /// Measures the networks.
    fn infer(&self, times: &mut Times) -> anyhow::Result<Output> {
        let start = Instant::now();
        let output = self.engine.run(&self.input)?;
        times.infer.push(ms_since(start));
        if let Some(detector) = &self.detector {
            let start = Instant::now();
            detector.locate(&self.frame)?;
            times.locate.push(ms_since(start));
        }
        Ok(output)
    }
}

impl Report {
    fn for_people(&self) -> String {
        let memory = match self.rss_mb {
            Some(mb) => format!("{mb:.0} MB at the peak"),
            None => "unknown".to_owned(),
        };
        let locate = self.locate_ms.as_ref().zip(self.locate_coverage.as_ref());
        let locate = locate.map_or_else(String::new, |(it, coverage)| {
            format!(
                "locate      {:.2} ms, at best {:.2} ms; {coverage}\n",
                it.median, it.min
            )
        });
        let Self {
            model,
            precision,
            load_ms,
            preprocess_ms,
            infer_ms,
            coverage,
            frame_ms,
            draw_ms,
            ..
        } = self;
        format!(
            "model       {model}, {precision}\n\
             load        {load_ms:.1} ms\n\
             preprocess  {preprocess_ms:.2} ms\n\
             recognise   {:.2} ms, at best {:.2} ms; {coverage}\n\
             {locate}\
             frame       {frame_ms:.2} ms from a camera's JPEG to the verdict, beside that\n\
             screen      {draw_ms:.2} ms for 240 x 240\n\
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

/// How the camera writes its frame.
fn agreed() -> anyhow::Result<Agreed> {
    let mode = Mode {
        encoding: Encoding::Mjpeg,
        width: 640,
        height: 480,
        rate: None,
    };
    Agreed::new(mode, 0).context("no camera has this mode")
}

fn draw_verdict(picture: &RgbImage, breeds: &[Breed]) {
    let probabilities = [0.95, 0.03, 0.01];
    let candidates: Vec<Candidate> = (breeds.iter().zip(probabilities))
        .map(|(breed, probability)| Candidate {
            breed: breed.id.clone(),
            probability,
        })
        .collect();
    let view = View {
        scene: Scene::Breed {
            candidates: &candidates,
            selected: 0,
        },
        guest: Guest::Unknown,
        several: None,
        breeds,
        picture: Some(Seen::whole(picture)),
        notice: None,
        tag: None,
        address: None,
        night: false,
        locale: Locale::of(Language::English),
    };
    screens::draw(&view, &mut Canvas::new(240, 240, Depth::Colour));
}

fn peak_rss_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
