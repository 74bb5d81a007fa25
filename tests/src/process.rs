//! Reads the processor time, memory and descriptors of a process from proc(5), and allows this one many files.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Clock ticks a second: Linux reports the time of processes in these on every architecture.
const TICKS: f64 = 100.0;

/// The processor time that a process has used, in seconds.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn seconds(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
    // The program's name, in brackets, may hold anything.
    let (_, rest) = stat.rsplit_once(')').expect("a name in brackets");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().expect("ticks");
    // utime and stime, the 14th and 15th field.
    (ticks(11) + ticks(12)) / TICKS
}

/// The processor time that the calling thread has used, in seconds: finer than the ticks of [`seconds`].
///
/// # Panics
/// If the kernel does not count it (`CONFIG_SCHED_INFO`).
#[must_use]
pub fn seconds_of_thread() -> f64 {
    let counts =
        fs::read_to_string("/proc/thread-self/schedstat").expect("counts of the scheduler");
    let running = counts.split_whitespace().next();
    let nanoseconds = running.and_then(|it| it.parse::<f64>().ok());
    nanoseconds.expect("nanoseconds") / 1e9
}

/// The memory of a process, in 10^6 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Resident now.
    pub resident: f64,
    /// The part of it that no file backs.
    pub anonymous: f64,
    /// The peak of the resident memory.
    pub peak: f64,
}

/// The memory of a process now.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn memory(id: u32) -> Memory {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.expect("a number of kB") * 1024.0 / 1e6
    };
    Memory {
        resident: field("VmRSS:"),
        anonymous: field("RssAnon:"),
        peak: field("VmHWM:"),
    }
}

/// How many files and connections a process has open.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn descriptors(id: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{id}/fd"));
    open.expect("the descriptors of the process").count()
}

/// Lets this process have as many files and connections open as it may: usually it begins with fewer. What it starts
/// from now on may have as many. Where that is refused, all stays as it was.
pub fn allow_many_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, limit);
}
