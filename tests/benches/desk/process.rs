//! What a process takes of the machine, by proc(5).

use std::fs;

/// Clock ticks a second, in which Linux counts the time of processes on every architecture.
const TICKS: f64 = 100.0;

/// Processor time that a process has used, in seconds.
pub(crate) fn seconds(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
    // The program's name, in brackets, may hold anything.
    let (_, rest) = stat.rsplit_once(')').expect("a name in brackets");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().expect("ticks");
    // utime and stime, the 14th and 15th field.
    (ticks(11) + ticks(12)) / TICKS
}

/// Memory of a process, in 10^6 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// What it has in memory now.
    pub(crate) resident: f64,
    /// Of that, what is its own and no file's.
    pub(crate) own: f64,
    /// The most that it ever had.
    pub(crate) peak: f64,
}

pub(crate) fn memory(id: u32) -> Memory {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.expect("a number of kB") * 1024.0 / 1e6
    };
    Memory {
        resident: field("VmRSS:"),
        own: field("RssAnon:"),
        peak: field("VmHWM:"),
    }
}
