//! Measures a network in training: milliseconds an image of a forward pass and of a training step (forward, cross
//! entropy, backward; no optimiser), and the memory that they take. It prints one line of JSON.
//!
//! ```sh
//! cargo bench -p trainer --bench network -- [--network mobilenetv2_100] [--size 224] [--batch 16] [--runs 5]
//! ```
//!
//! `RAYON_NUM_THREADS` sets the number of threads. `tests/tools/training_speed.py` measures the same in PyTorch, in
//! turn.

use std::fs;
use std::time::Instant;

use candle_core::{Device, Result, Tensor};
use clap::Parser;
use serde_json::{Value, json};
use trainer::net::{Architecture, Init, Network};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BREEDS: u32 = 37;

/// Passes before the first one that is measured.
const WARM_UP: usize = 2;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "mobilenetv2_100")]
    network: Architecture,
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 224)]
    size: usize,
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// How many passes are measured
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Cargo passes this
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let Arguments { size, batch, .. } = arguments;
    let network = Network::new(arguments.network, BREEDS as usize, &Init::Random(1))?;
    let labels: Vec<u32> = (0..BREEDS).cycle().take(batch).collect();
    let labels = Tensor::new(labels, &Device::Cpu)?;
    let pictures = Tensor::rand(-1f32, 1.0, (batch, size, size, 3), &Device::Cpu)?;
    let forward = measure(&arguments, || {
        network.features(&pictures.detach())?;
        Ok(())
    })?;
    let step = measure(&arguments, || {
        let logits = network.classify(&network.features(&pictures)?)?;
        candle_nn::loss::cross_entropy(&logits, &labels)?.backward()?;
        Ok(())
    })?;
    println!(
        "{}",
        json!({
            "network": arguments.network.name(),
            "size": size,
            "batch": batch,
            "forward_ms": forward,
            "step_ms": step,
            "peak_mb": peak(),
        })
    );
    Ok(())
}

/// The least and the median time of the runs, in milliseconds an image.
fn measure(arguments: &Arguments, mut work: impl FnMut() -> Result<()>) -> Result<Value> {
    let mut times = Vec::with_capacity(arguments.runs);
    for run in 0..WARM_UP + arguments.runs.max(1) {
        let start = Instant::now();
        work()?;
        if run >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1000.0 / arguments.batch as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    // Of an even number of runs the two in the middle.
    let middle = [(times.len() - 1) / 2, times.len() / 2].map(|index| times[index]);
    let median = f64::midpoint(middle[0], middle[1]);
    Ok(json!({ "min": times[0], "median": median }))
}

/// The most memory that this process has had, in MB; nothing where the system does not say it.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
