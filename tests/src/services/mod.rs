//! The real servers that a kiosk talks to, on this machine: PostgreSQL, mosquitto, and a proxy that
//! stands for the network between them. Each ends when it is dropped.

mod mosquitto;
mod postgres;
mod proxy;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, process};

pub use mosquitto::Mosquitto;
pub use postgres::{Postgres, query};
pub use proxy::Proxy;

/// How long a server may take to start, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two checks of a server.
const PAUSE: Duration = Duration::from_millis(20);

/// The first port that is tried, and how many there are. They are below those that Linux gives to
/// outgoing connections, so that the port of a server that was killed is still free for its restart.
const PORTS: (u16, u16) = (20_000, 12_000);

/// A port of 127.0.0.1 that nothing listens on.
///
/// # Panics
/// If all are taken.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let (first, count) = PORTS;
    for _ in 0..count {
        // Tests that run beside each other begin at different places.
        let start = process::id() % u32::from(count);
        let given = u32::from(GIVEN.fetch_add(1, Ordering::Relaxed));
        let offset = (start + given * 7) % u32::from(count);
        let port = first + offset as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("127.0.0.1: no free port from {first} on");
}

/// The path of a program in one of these folders, or else in those of `PATH`.
fn find(program: &str, folders: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut all = folders.iter().map(PathBuf::from).collect::<Vec<_>>();
    all.extend(env::split_paths(&path));
    all.iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Whether `is_so` within [`PATIENCE`].
fn becomes(mut is_so: impl FnMut() -> bool) -> bool {
    let due = Instant::now() + PATIENCE;
    while Instant::now() < due {
        if is_so() {
            return true;
        }
        thread::sleep(PAUSE);
    }
    false
}
