//! A mosquitto broker with a folder of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{becomes, find, free_port};
use crate::can_run;

/// A broker at work, which serves 127.0.0.1.
#[derive(Debug)]
pub struct Mosquitto {
    folder: TempDir,
    program: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Mosquitto {
    /// Starts a broker with further lines of its mosquitto.conf(5), which belong to its only listener.
    /// `{folder}` stands for its folder. `None` if mosquitto is not installed: the test must be skipped
    /// then, and standard error says so.
    ///
    /// # Panics
    /// If it does not start, or is not installed in CI.
    #[must_use]
    pub fn start(config: &str) -> Option<Self> {
        // Debian has it where `PATH` has it for root only.
        let program = find("mosquitto", &["/usr/sbin"]);
        if !can_run(program.is_some(), "mosquitto (Debian: mosquitto)") {
            return None;
        }
        let mut broker = Self {
            folder: tempfile::tempdir().expect("a folder for mosquitto"),
            program: program?,
            port: free_port(),
            process: None,
        };
        // Started by root it would become a user that may not read the folder.
        let first = format!("user root\nlistener {} 127.0.0.1\n", broker.port);
        let folder = broker.folder().to_str().expect("a path in UTF-8");
        let config = first + &config.replace("{folder}", folder);
        fs::write(broker.config(), config).expect("its configuration");
        broker.launch();
        Some(broker)
    }

    /// The port of 127.0.0.1 that it serves.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, with `mosquitto.conf`, its log and whatever its configuration puts there.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Both fail only if it has ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts a broker that was killed again, on its folder and its port. One at work is killed first.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    fn config(&self) -> PathBuf {
        self.folder().join("mosquitto.conf")
    }

    /// Starts it, and waits until it takes connections.
    fn launch(&mut self) {
        let log_file = self.folder().join("log");
        let log = File::options().create(true).append(true).open(&log_file);
        let process = Command::new(&self.program)
            .arg("-c")
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a file for its log"))
            .spawn();
        let process = self.process.insert(process.expect("mosquitto starts"));
        let address = (Ipv4Addr::LOCALHOST, self.port);
        let log = || fs::read_to_string(&log_file).unwrap_or_default();
        let is_ready = becomes(|| {
            let runs = matches!(process.try_wait(), Ok(None));
            assert!(runs, "mosquitto has ended: {}", log());
            TcpStream::connect(address).is_ok()
        });
        assert!(is_ready, "mosquitto does not start: {}", log());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}
