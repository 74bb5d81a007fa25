//! Runs a camera's program as a child process that writes MJPEG to its standard output.
//!
//! The child is killed and waited for when this is dropped, and Linux kills it if the kiosk dies.
//! Nobody waits for it without a limit, and what it complains of is read all the time, so that it
//! never waits for the kiosk either.

use std::env;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use recognise::printable;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use super::CameraError;
use super::mjpeg::Splitter;
use super::mode::Agreed;
use super::pixels::Raw;
use super::video::{STREAM_PATIENCE, Stream};

/// How long a program may take for its first picture, and for each after it. One over RTSP waits for
/// the camera's next whole picture.
const FIRST: Duration = Duration::from_secs(10);
const NEXT: Duration = Duration::from_secs(5);

/// How much of what a program complains of is kept: its last bytes.
const KEPT: usize = 4 << 10;

/// How long the end of a program's complaints is waited for after that of its pictures.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The longest complaint that is passed on, in characters.
const REASON: usize = 200;

/// Part of every Debian. It has Linux kill a program when the thread ends that has started it.
const SET_PRIVILEGES: &str = "/usr/bin/setpriv";

/// Finds a program as a shell does: the first of these names in the folders of `PATH`.
pub(super) fn installed(names: &[&str]) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let is_program = |path: &PathBuf| {
        path.metadata()
            .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    names.iter().find_map(|name| {
        let mut paths = env::split_paths(&folders).map(|folder| folder.join(name));
        paths.find(is_program)
    })
}

/// Why a program has ended, by its complaints; `None` where they are unknown.
type Explain = Box<dyn Fn(&str) -> Option<CameraError>>;

/// The pictures of a program.
pub(super) struct Pictures {
    running: Running,
    camera: Named,
    explain: Explain,
    /// How long the next picture may take.
    limit: Duration,
}

/// What a camera is called.
pub(super) struct Named {
    /// By the kiosk: in the log and on the page.
    pub(super) shown: PathBuf,
    /// By its program, with the password.
    pub(super) secret: Option<String>,
}

impl Pictures {
    /// Starts a program.
    ///
    /// # Errors
    /// Where the program cannot be started. That it does not work is said by its first picture.
    pub(super) fn start(
        program: &Path,
        arguments: &[String],
        camera: Named,
        explain: impl Fn(&str) -> Option<CameraError> + 'static,
    ) -> Result<Self, CameraError> {
        let running = Running::start(program, arguments);
        let running = running.map_err(|error| CameraError::NotStarted {
            program: program.to_owned(),
            error,
        })?;
        Ok(Self {
            running,
            camera,
            explain: Box::new(explain),
            limit: FIRST,
        })
    }

    fn ended(&mut self) -> CameraError {
        let mut complaints = self.running.last_words();
        if let Some(secret) = &self.camera.secret {
            let shown = self.camera.shown.to_string_lossy();
            complaints = complaints.replace(secret.as_str(), &shown);
        }
        (self.explain)(&complaints).unwrap_or_else(|| CameraError::Ended {
            device: self.camera.shown.clone(),
            reason: reason(&complaints, self.running.status),
        })
    }
}

impl Stream for Pictures {
    fn name(&self) -> &Path {
        &self.camera.shown
    }

    fn agreed(&self) -> Agreed {
        Agreed::mjpeg()
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        match self.running.next(self.limit) {
            Ok(()) => self.limit = NEXT,
            Err(Stop::Silent) => return Err(CameraError::Stalled(self.camera.shown.clone())),
            Err(Stop::Ended) => return Err(self.ended()),
        }
        Ok(Raw {
            bytes: self.running.pictures.picture(),
            is_damaged: false,
        })
    }
}

/// Why there is no next picture.
enum Stop {
    /// None came in time.
    Silent,
    /// The program has ended, or closed its standard output.
    Ended,
}

/// A program at work.
struct Running {
    child: Child,
    output: ChildStdout,
    complaints: Complaints,
    pictures: Splitter,
    piece: Vec<u8>,
    /// How it has ended; `None` while it has not been waited for.
    status: Option<ExitStatus>,
}

impl Running {
    fn start(program: &Path, arguments: &[String]) -> io::Result<Self> {
        let mut command = if Path::new(SET_PRIVILEGES).exists() {
            let mut command = Command::new(SET_PRIVILEGES);
            command.args(["--pdeathsig", "KILL", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Of its own, so that what it starts is killed with it.
            .process_group(0)
            .spawn()?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (output, errors) = pipes.ok_or(ErrorKind::BrokenPipe)?;
        Ok(Self {
            child,
            output,
            complaints: Complaints::of(errors),
            pictures: Splitter::default(),
            piece: vec![0; 64 << 10],
            status: None,
        })
    }

    /// Reads up to the end of the next picture, which is in `pictures` then.
    fn next(&mut self, limit: Duration) -> Result<(), Stop> {
        let due = Instant::now() + limit;
        while !self.pictures.find() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Stop::Silent);
            }
            if self.has_output(left).map_err(|_| Stop::Ended)? {
                let count = match self.output.read(&mut self.piece) {
                    Ok(0) => return Err(Stop::Ended),
                    Ok(count) => count,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => return Err(Stop::Ended),
                };
                self.pictures.push(&self.piece[..count]);
            }
        }
        Ok(())
    }

    /// Waits until there is something to read, or until the limit.
    fn has_output(&self, limit: Duration) -> Result<bool, Errno> {
        let limit = Timespec {
            tv_sec: limit.as_secs() as i64,
            tv_nsec: limit.subsec_nanos().into(),
        };
        match poll(
            &mut [PollFd::new(&self.output, PollFlags::IN)],
            Some(&limit),
        ) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends the program, and returns the last of what it complained of.
    fn last_words(&mut self) -> String {
        self.complaints.wait();
        self.end();
        self.complaints.text()
    }

    /// Kills the program and waits for its end. A second time it does nothing: the process group may
    /// be another one's by then.
    fn end(&mut self) {
        if self.status.is_none() {
            // Fails only where the program has ended.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            self.status = self.child.wait().ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a program prints to its standard error.
pub(super) struct Complaints {
    last: Arc<Mutex<Vec<u8>>>,
    /// Ends with the complaints.
    ended: Receiver<()>,
}

impl Complaints {
    /// Starts a thread that reads them to their end. If a defect ends it before, they end there.
    pub(super) fn of(errors: impl Read + Send + 'static) -> Self {
        let last: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (end, ended) = channel();
        let kept = Arc::clone(&last);
        thread::spawn(move || {
            keep_last(errors, &kept);
            drop(end);
        });
        Self { last, ended }
    }

    /// Waits for their end, but not for long.
    pub(super) fn wait(&self) {
        // Nothing is ever sent: it ends by an error.
        let _ = self.ended.recv_timeout(LAST_WORDS);
    }

    /// The last of them.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.last)).into_owned()
    }
}

fn keep_last(mut errors: impl Read, last: &Mutex<Vec<u8>>) {
    let mut piece = vec![0; 64 << 10];
    loop {
        match errors.read(&mut piece) {
            Ok(0) => return,
            Ok(count) => {
                let mut last = lock(last);
                last.extend_from_slice(&piece[..count]);
                let excess = last.len().saturating_sub(KEPT);
                last.drain(..excess);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn lock(last: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last line of a program's complaints, or how it has ended. Lines with `#` are rpicam-vid's
/// figures of each picture.
fn reason(complaints: &str, status: Option<ExitStatus>) -> String {
    let lines = complaints.lines().map(str::trim);
    let is_complaint = |line: &&str| !line.is_empty() && !line.starts_with('#');
    match (lines.rev().find(is_complaint), status) {
        (Some(line), _) => {
            let line: String = line.chars().take(REASON).collect();
            printable(Path::new(&line))
        }
        (None, Some(status)) => status.to_string(),
        (None, None) => "no reason is known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::RecvTimeoutError;

    use super::*;

    /// Complains once, and panics then.
    struct Faulty(bool);

    impl Read for Faulty {
        fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0, "a defect, for a test");
            self.0 = true;
            piece[..9].copy_from_slice(b"no camera");
            Ok(9)
        }
    }

    #[test]
    fn complaints_end_where_the_thread_that_reads_them_panics() {
        let complaints = Complaints::of(Faulty(false));
        let ended = complaints.ended.recv_timeout(FIRST);
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected));
        assert_eq!(complaints.text(), "no camera");
    }
}
