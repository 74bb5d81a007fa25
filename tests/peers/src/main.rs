//! A network in rten or tract, timed for `tests/tools/peers_speed.py`.
//!
//! `peers RUNTIME FILE IMAGE.npy THREADS RUNS`, where RUNTIME is `rten` or `tract`, runs the ONNX
//! network in FILE on the picture, and prints a line of JSON: how long a picture takes, and the
//! logits.

use std::env;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use rten_tensor::{AsView, Tensor};
use serde_json::json;
use tract_linalg::multithread::{Executor, multithread_tract_scope};
use tract_onnx::prelude::{
    DatumExt, Framework, InferenceFact, InferenceModelExt, IntoRunnable, TValue, tvec,
};

const USAGE: &str = "usage: peers rten|tract FILE IMAGE.npy THREADS RUNS";

/// Runs before those that count, as many as in `tests/tools/peers_workers.py`.
const WARM_UP: usize = 5;

/// The network's input: its shape, and the numbers in the order of the shape.
struct Image {
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

/// A loaded network, which gives logits for the image that it was loaded for.
type Infer = Box<dyn FnMut() -> Result<Vec<f32>>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match report(&words) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            // On one line, which the script shows.
            eprintln!("peers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn report(words: &[String]) -> Result<serde_json::Value> {
    let [runtime, network, image, threads, runs] = words else {
        bail!(USAGE);
    };
    let (threads, runs) = (
        threads.parse().context(USAGE)?,
        runs.parse().context(USAGE)?,
    );
    ensure!(threads > 0 && runs > 0, "no threads or no runs");
    let image = read_npy(image).with_context(|| format!("reading {image}"))?;
    let infer = match runtime.as_str() {
        "rten" => rten_infer(network, image, threads),
        "tract" => tract_infer(network, image, threads),
        _ => bail!("no runtime {runtime}; {USAGE}"),
    };
    let mut infer = infer.with_context(|| format!("loading {network} into {runtime}"))?;
    measure(&mut infer, runs).with_context(|| format!("running {network} in {runtime}"))
}

fn rten_infer(network: &str, image: Image, threads: usize) -> Result<Infer> {
    let mut options = rten::ModelOptions::with_all_ops();
    // Not `load_file`, which tells the format of a file by its name.
    let model = options.prepack_weights(true).load(fs::read(network)?)?;
    let (input, output) = (model.node_id("image")?, model.node_id("logits")?);
    let image = Tensor::try_from_data(image.shape.as_slice(), image.numbers)?;
    let pool = Arc::new(rten::ThreadPool::with_num_threads(threads));
    let options = rten::RunOptions::default().with_thread_pool(Some(pool));
    Ok(Box::new(move || {
        let inputs = vec![(input, image.view().into())];
        let [logits] = model.run_n(inputs, [output], Some(options.clone()))?;
        let logits: Tensor<f32> = logits.try_into()?;
        Ok(logits.to_vec())
    }))
}

fn tract_infer(network: &str, image: Image, threads: usize) -> Result<Infer> {
    let mut model = tract_onnx::onnx().model_for_path(network)?;
    model.set_input_fact(0, f32::fact(&image.shape).into())?;
    // The file says that there are N pictures, for any N; there is one.
    model.set_output_fact(0, InferenceFact::default())?;
    let plan = model.into_optimized()?.into_runnable()?;
    let image = tract_onnx::prelude::Tensor::from_shape(&image.shape, &image.numbers)?;
    let image: TValue = image.into();
    let executor = match threads {
        1 => Executor::SingleThread,
        _ => Executor::multithread(threads),
    };
    Ok(Box::new(move || {
        let logits = multithread_tract_scope(executor.clone(), || plan.run(tvec![image.clone()]))?;
        let logits = logits[0].to_plain_array_view::<f32>()?;
        Ok(logits.iter().copied().collect())
    }))
}

/// The times of `runs` runs, and the logits of the last one, as the workers in Python say them.
fn measure(infer: &mut Infer, runs: usize) -> Result<serde_json::Value> {
    for _ in 0..WARM_UP {
        infer()?;
    }
    let (mut times, mut logits) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        logits = infer()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let half = times.len() / 2;
    // Of an even number of times, the mean of the two in the middle, as in Python's statistics.
    let median = (times[half] + times[(times.len() - 1) / 2]) / 2.0;
    Ok(json!({"infer_ms": {"min": times[0], "median": median}, "logits": logits}))
}

/// Reads a file that `numpy.save` wrote: little-endian f32 in the order of C, behind a header like
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 224, 224), }`.
fn read_npy(path: &str) -> Result<Image> {
    let bytes = fs::read(path)?;
    let rest = bytes.strip_prefix(b"\x93NUMPY\x01\x00");
    let (length, rest) = rest
        .and_then(|rest| rest.split_first_chunk())
        .context("no npy file of version 1")?;
    let (header, numbers) = rest
        .split_at_checked(u16::from_le_bytes(*length).into())
        .context("it ends in its header")?;
    let header = str::from_utf8(header)?;
    ensure!(
        header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"),
        "no little-endian f32 in the order of C: {header}"
    );
    let shape = header.split_once("'shape': (");
    let (shape, _) = shape
        .and_then(|(_, rest)| rest.split_once(')'))
        .context("its header has no shape")?;
    let sides = shape.split(',').map(str::trim);
    let shape: Vec<usize> = (sides.filter(|side| !side.is_empty()).map(str::parse))
        .collect::<Result<_, _>>()
        .with_context(|| format!("its shape is ({shape})"))?;
    let (numbers, rest) = numbers.as_chunks();
    ensure!(
        rest.is_empty() && numbers.len() == shape.iter().product::<usize>(),
        "it has another number of numbers than its shape {shape:?}"
    );
    let numbers = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes));
    Ok(Image {
        shape,
        numbers: numbers.collect(),
    })
}
