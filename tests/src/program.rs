//! Runs the program `kiosk` as its user does.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::workspace;

/// How long the program may take to print an expected line.
const PATIENCE: Duration = Duration::from_secs(60);

/// The text before the page's address, in a line on standard error.
const PAGE: &str = "the front desk's page: ";

/// The text before the six figures that set the kiosk up, in a line on standard error.
const FIGURES: &str = "the six figures that set the kiosk up: ";

/// A kiosk at work. Dropping it ends the program.
#[derive(Debug)]
pub struct Program {
    process: Child,
    lines: Receiver<String>,
    /// The six figures that it printed last.
    figures: RefCell<Option<String>>,
    /// Its standard input, if the command made that a pipe.
    pub stdin: Option<ChildStdin>,
    /// When it was started.
    pub since: Instant,
    /// The address of its page: `http://127.0.0.1:PORT`.
    pub page: String,
}

impl Program {
    /// Starts `kiosk` with its catalogue in `data`, on a free port and with further arguments, and
    /// waits until it prints the address of its page.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", data, arguments)
    }

    /// As [`Program::start`], at an address such as that of a kiosk that was stopped.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_at(address: &str, data: &Path, arguments: &[&str]) -> Self {
        Self::run(command(address, data, arguments))
    }

    /// Starts `kiosk` as [`Program::start`] does, and kills it (SIGKILL) after `time`, whatever it is doing
    /// then.
    ///
    /// # Panics
    /// If it does not start.
    pub fn kill_after(time: Duration, data: &Path, arguments: &[&str]) {
        run_for(time, command("127.0.0.1:0", data, arguments));
    }

    /// As [`Program::kill_after`], by another program as for [`Program::start_by`].
    ///
    /// # Panics
    /// If that does not start.
    pub fn kill_after_by(by: Command, time: Duration, data: &Path, arguments: &[&str]) {
        run_for(time, by_another(by, data, arguments));
    }

    /// Starts `kiosk` as [`Program::start`] does, by another program, which becomes the kiosk: the
    /// kiosk's path and its arguments are added to `command`.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_by(command: Command, data: &Path, arguments: &[&str]) -> Self {
        Self::run(by_another(command, data, arguments))
    }

    /// Starts `kiosk --demo` on a free port, with its temporary files in `folder`, and waits until it
    /// prints the address of its page.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn demo(folder: &Path) -> Self {
        let mut command = Command::new(path());
        command
            .args(["--demo", "--display", "none", "--listen", "127.0.0.1:0"])
            .env("TMPDIR", folder)
            .stdin(Stdio::null());
        Self::run(command)
    }

    /// Starts a program that prints the same lines as `kiosk`, and waits until it prints the address
    /// of its page. It is in English whatever this machine's locale is, and allocates memory as the service
    /// does.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn run(mut command: Command) -> Self {
        let since = Instant::now();
        let command = command.env("LC_ALL", "C").envs(allocator_of_service());
        let process = command.stderr(Stdio::piped()).spawn();
        let mut process = process.expect("the kiosk starts");
        let stderr = process.stderr.take().expect("its stderr is a pipe");
        let (line_sender, lines) = channel();
        // Read to the end, or the kiosk would block once the pipe is full.
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                println!("{line}");
                // A dropped receiver needs no lines.
                let _ = line_sender.send(line);
            }
        });
        let mut program = Self {
            stdin: process.stdin.take(),
            process,
            lines,
            figures: RefCell::default(),
            since,
            page: String::new(),
        };
        let page = program.printed(|line| line.split_once(PAGE).map(|(_, page)| first_word(page)));
        program.page = page.trim_end_matches('/').to_owned();
        program
    }

    /// The next login link that it prints.
    ///
    /// # Panics
    /// If it prints none.
    #[must_use]
    pub fn login_link(&self) -> String {
        self.printed(|line| {
            let link = line.find("http://").map(|start| first_word(&line[start..]));
            link.filter(|link| link.contains("/login?token="))
        })
    }

    /// The six figures that set it up, as it has printed them or will print them next.
    ///
    /// # Panics
    /// If it prints none.
    #[must_use]
    pub fn figures(&self) -> String {
        let printed = self.figures.borrow().clone();
        printed.unwrap_or_else(|| self.printed(figures))
    }

    /// Waits until a thread of it has panicked. Returns the thread's name.
    ///
    /// # Panics
    /// If none does.
    #[must_use]
    pub fn panicked(&self) -> String {
        self.printed(|line| {
            let (thread, _) = line.split_once(" panicked at ")?;
            thread.split('\'').nth(1)
        })
    }

    /// The address that it listens on: `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.page.trim_start_matches("http://")
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        // Both fail only if the program has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Whether it is at work.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// What `find` takes from the next line in which it finds something.
    fn printed(&self, find: impl Fn(&str) -> Option<&str>) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.expect("the kiosk prints what is expected");
            if let Some(figures) = figures(&line) {
                *self.figures.borrow_mut() = Some(figures.to_owned());
            }
            if let Some(found) = find(&line) {
                return found.to_owned();
            }
        }
    }
}

/// The six figures in a line.
fn figures(line: &str) -> Option<&str> {
    line.split_once(FIGURES).map(|(_, after)| first_word(after))
}

/// What the service's unit sets for the C library's allocator, by the names of the variables.
fn allocator_of_service() -> Vec<(String, String)> {
    let unit = workspace().join("cross/debian/breed-kiosk.service");
    let unit = fs::read_to_string(unit).expect("the service's unit");
    let mut variables = (unit.lines()).filter_map(|line| line.strip_prefix("Environment="));
    let allocator = variables.find(|variables| variables.starts_with("MALLOC_"));
    let allocator = allocator.expect("the unit sets up the allocator");
    let variables = (allocator.split_whitespace()).filter_map(|variable| variable.split_once('='));
    let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.collect()
}

/// What starts `kiosk` with its catalogue in `data`, at an address.
fn command(address: &str, data: &Path, arguments: &[&str]) -> Command {
    with_arguments(Command::new(path()), address, data, arguments)
}

/// The same on a free port, by a program that becomes the kiosk.
fn by_another(mut program: Command, data: &Path, arguments: &[&str]) -> Command {
    program.arg(path());
    with_arguments(program, "127.0.0.1:0", data, arguments)
}

fn with_arguments(mut command: Command, address: &str, data: &Path, arguments: &[&str]) -> Command {
    command
        .args(["--display", "none", "--listen", address, "--data"])
        .arg(data)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// Runs a program for this long.
fn run_for(time: Duration, mut command: Command) {
    let process = command.stderr(Stdio::null()).spawn();
    let mut process = process.expect("the kiosk starts");
    thread::sleep(time);
    // Both fail only if the program has ended already.
    let _ = process.kill();
    let _ = process.wait();
}

/// The text up to the first white space.
fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Builds the program `kiosk` in the profile of what runs: cargo does not do that for a program of
/// another package.
///
/// # Panics
/// If it cannot be built.
pub fn build() {
    let mut cargo = Command::new(env!("CARGO"));
    // With the features of the whole workspace, its dependencies are those that this program was built with.
    cargo.args(["build", "--workspace", "--bin", "kiosk"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(workspace()).status();
    assert!(built.expect("cargo runs").success(), "no kiosk was built");
}

/// Sets the password of a role by `kiosk password ROLE`.
///
/// # Panics
/// If the program refuses it.
pub fn set_password(data: &Path, role: &str, password: &str) {
    let mut process = Command::new(path())
        .args(["password", role, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the kiosk starts");
    let mut stdin = process.stdin.take().expect("its stdin is a pipe");
    writeln!(stdin, "{password}").expect("it reads the password");
    drop(stdin);
    let done = process.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{stderr}");
}

/// The path of the program, of the same profile as the running test, benchmark or program.
///
/// Cargo passes the path of a program only to the tests of the program's own package, so this one
/// is searched for in the target folder. `cargo test --workspace` builds it for the tests of `edge`.
///
/// # Panics
/// If it is not there, or older than its sources.
#[must_use]
pub fn path() -> PathBuf {
    let running = env::current_exe().expect("the path of what runs");
    // Programs are in the profile's folder, tests and benchmarks in `deps` below it.
    let mut folders = running.ancestors().skip(1);
    let folder = folders.find(|folder| !folder.ends_with("deps"));
    let program = folder.expect("the target folder").join("kiosk");
    let advice = "`cargo build --workspace --bin kiosk` makes it (`--release` for benchmarks)";
    assert!(program.exists(), "{}: missing; {advice}", program.display());
    if let Some(source) = newer_source(&program) {
        panic!("{}: older than {source}; {advice}", program.display());
    }
    program
}

/// A source file of the program that was changed after the program was built, according to the list
/// that cargo keeps beside the program.
fn newer_source(program: &Path) -> Option<String> {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let built: SystemTime = changed(program)?;
    let list = fs::read_to_string(program.with_extension("d")).ok()?;
    let (_, sources) = list.split_once(": ")?;
    // A space within a path is written `\ `.
    let sources = sources.trim_end().replace("\\ ", "\0");
    let mut sources = sources.split(' ').map(|path| path.replace('\0', " "));
    sources.find(|path| changed(Path::new(path)).is_some_and(|changed| changed > built))
}
