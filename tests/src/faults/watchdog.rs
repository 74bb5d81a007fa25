//! The part of systemd's watchdog (`sd_notify(3)`): it hears whether a service says that it goes on.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// For how long a service may say nothing: `WatchdogSec` of the kiosk's unit.
const LIMIT: Duration = Duration::from_secs(30);

/// What a service says to it.
const SIGN: &[u8] = b"WATCHDOG=1";

/// A watchdog. Its thread ends with the program.
pub(super) struct Watchdog {
    socket: PathBuf,
    /// When it last heard of the service.
    heard: Arc<Mutex<Instant>>,
}

impl Watchdog {
    /// Listens at a socket in a folder.
    pub(super) fn listen(folder: &Path) -> Self {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket for the watchdog");
        let heard = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&heard);
        // Read at once: a service would wait once there are some ten messages.
        thread::spawn(move || {
            let mut message = [0; 256];
            while let Ok(length) = socket.recv(&mut message) {
                if message[..length].starts_with(SIGN) {
                    *shared.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                }
            }
        });
        Self {
            socket: path,
            heard,
        }
    }

    /// Lets the program that a command starts know where to say that it goes on.
    pub(super) fn watch(&self, command: &mut Command) {
        command
            .env("NOTIFY_SOCKET", &self.socket)
            .env("WATCHDOG_USEC", LIMIT.as_micros().to_string())
            .env_remove("WATCHDOG_PID");
    }

    /// Whether the service has said nothing for too long.
    pub(super) fn is_silent(&self) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.elapsed() > LIMIT
    }
}
