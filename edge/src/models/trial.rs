//! The trial of a bundle: a child process runs it on check pictures, within limits of time and memory.
//! A file that is made to hang or to fill the memory ends there.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use devices::camera::demo::chelsea;
use image::{Rgb, RgbImage};
use recognise::{Bundle, Recogniser, Recognition, printable};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most memory that a bundle may need, in bytes: less than half of a Raspberry Pi with 2 GB.
const MEMORY: u64 = 768 << 20;

/// How long a trial may take, on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many seconds of computing a trial has, should nobody wait for its end any more.
const COMPUTING: u64 = 120;

/// How long a prediction may take, finding the animal included: each arrival waits for several.
const PREDICTION: Duration = Duration::from_secs(3);

/// The most bytes that a trial may print, and that are read of it.
const PRINTED: u64 = 64 << 10;

/// The pause between two checks of the child.
const PAUSE: Duration = Duration::from_millis(10);

/// What Rust's allocator and tract say when there is no memory.
const NO_MEMORY: [&str; 2] = ["memory allocation of ", "failed to allocate "];

/// What a trial found out.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trial {
    /// When the network was trained.
    pub trained: String,
    /// The longest time of a prediction in milliseconds, finding the animal included.
    pub prediction_ms: f64,
}

/// Why a bundle has not passed its trial.
#[derive(Debug, Error)]
pub enum TrialError {
    /// There was none, which says nothing about the bundle.
    #[error("{name}: it cannot be tried: {source}")]
    NotMade {
        /// What messages call the bundle.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It failed.
    #[error("{0}")]
    Failed(String),
}

/// A child that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Neither fails unless the child has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tries the bundle in the file `bundle`, which messages call `name`, in a child process.
pub(super) fn run(bundle: &Path, name: &str) -> Result<Trial, TrialError> {
    let (status, printed, errors) = watch(bundle).map_err(|source| TrialError::NotMade {
        name: name.to_owned(),
        source,
    })?;
    let Some(status) = status else {
        let late = format!("{name}: its trial takes too long");
        return Err(TrialError::Failed(late));
    };
    if !status.success() {
        let said = errors.replace(&bundle.display().to_string(), name);
        return Err(TrialError::Failed(reason(status, &said, name)));
    }
    serde_json::from_str(&printed).map_err(|_| {
        let nonsense = format!("{name}: its trial says nothing that makes sense");
        TrialError::Failed(nonsense)
    })
}

/// Runs the child that tries a bundle. Returns how it ended, which is `None` if it had to be killed, what
/// it printed and what it complained of.
fn watch(bundle: &Path) -> io::Result<(Option<ExitStatus>, String, String)> {
    let (printed, errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let child = Command::new(env::current_exe()?)
        .args(["model", "try"])
        .arg(bundle)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(printed.try_clone()?)
        .stderr(errors.try_clone()?)
        .spawn()?;
    let status = end(Running(child), DEADLINE)?;
    Ok((status, text(printed)?, text(errors)?))
}

/// Waits for the end of a child; `None` if it does not come in time.
fn end(mut child: Running, deadline: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < deadline {
        if let Some(status) = child.0.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(PAUSE);
    }
    Ok(None)
}

/// Why a trial failed, in a line.
fn reason(status: ExitStatus, said: &str, name: &str) -> String {
    if NO_MEMORY.iter().any(|no_memory| said.contains(no_memory)) {
        return format!("{name}: it needs more than {} MiB of memory", MEMORY >> 20);
    }
    match status.signal() {
        Some(signal) => format!("{name}: its trial was ended by signal {signal}"),
        None => {
            // A panic that was caught has been reported before.
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let last = last.unwrap_or("its trial failed");
            let last = last.strip_prefix("kiosk: ").unwrap_or(last);
            printable(Path::new(last))
        }
    }
}

/// What was printed to a file.
fn text(mut file: File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(PRINTED).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `kiosk model try`, which the child runs: limits itself, and tries the bundle.
pub(crate) fn attempt(bundle: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    limit()?;
    let recogniser = Recogniser::new(Bundle::read(bundle)?)?;
    let mut longest = Duration::ZERO;
    let mut answers = Vec::new();
    for picture in check_pictures()? {
        let start = Instant::now();
        // The detector runs first, as it does on a frame; a bundle without one finds nothing.
        let found = recogniser.locate(&picture);
        let recognition = found.and_then(|_| recogniser.recognise(&picture));
        let recognition = recognition.with_context(|| bundle.display().to_string())?;
        longest = longest.max(start.elapsed());
        ensure!(
            is_sound(&recognition),
            "{}: its answer to a check picture makes no sense",
            bundle.display()
        );
        answers.push(recognition.prediction.probabilities);
    }
    ensure!(
        answers.iter().any(|answer| *answer != answers[0]),
        "{}: it gives the same answer to all check pictures",
        bundle.display()
    );
    ensure!(
        longest <= PREDICTION,
        "{}: a prediction takes {:.1} s on this machine; {} s are bearable",
        bundle.display(),
        longest.as_secs_f64(),
        PREDICTION.as_secs()
    );
    let trial = Trial {
        trained: recogniser.metadata().trained.when.clone(),
        prediction_ms: longest.as_secs_f64() * 1e3,
    };
    writeln!(out, "{}", serde_json::to_string(&trial)?)?;
    Ok(())
}

/// Limits this process. Limits that are stricter already stay.
fn limit() -> anyhow::Result<()> {
    let limits = [
        (Resource::Data, MEMORY),
        (Resource::Cpu, COMPUTING),
        (Resource::Fsize, PRINTED),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        let hard = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Some(most.min(hard));
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// What every network must have an answer to: a real cat, a drawing, and darkness.
fn check_pictures() -> anyhow::Result<[RgbImage; 3]> {
    let drawing = RgbImage::from_fn(640, 480, |x, y| {
        let (dx, dy) = (x.abs_diff(320), y.abs_diff(240));
        let is_inside = dx * dx + dy * dy < 150 * 150;
        let blue = if is_inside { 255 } else { 96 };
        Rgb([(x / 3) as u8, (y / 2) as u8, blue])
    });
    Ok([chelsea()?, drawing, RgbImage::new(640, 480)])
}

/// Whether all of an answer is finite, and its probabilities are such.
fn is_sound(recognition: &Recognition) -> bool {
    let prediction = &recognition.prediction;
    let sum: f32 = prediction.probabilities.iter().sum();
    let numbers = (prediction.probabilities.iter())
        .chain(&prediction.similarity)
        .chain(recognition.features());
    (sum - 1.0).abs() < 1e-3 && numbers.copied().all(f32::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_that_hangs_is_ended() {
        let hanging = Command::new("sleep").arg("1000").spawn().unwrap();
        let process = Path::new("/proc").join(hanging.id().to_string());
        assert!(process.exists());
        let status = end(Running(hanging), Duration::from_millis(50)).unwrap();
        assert!(status.is_none(), "{status:?}");
        assert!(!process.exists(), "it goes on");
    }
}
