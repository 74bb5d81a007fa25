//! The program `kiosk`, started as its user starts it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How long the program may take to say what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kiosk at work, until it is dropped.
#[derive(Debug)]
pub struct Program {
    process: Child,
    lines: Receiver<String>,
    /// What it reads, where that was made a pipe.
    pub stdin: Option<ChildStdin>,
    /// When it was started.
    pub since: Instant,
    /// Where its page is: `http://127.0.0.1:PORT`.
    pub page: String,
}

impl Program {
    /// Starts `kiosk` with its catalogue in `data`, on a free port, with further arguments. Ready
    /// means that it said where its page is.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(path());
        command
            .args(["--display", "none", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null());
        Self::run(command)
    }

    /// Starts a program that says what a kiosk says.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn run(mut command: Command) -> Self {
        let since = Instant::now();
        let process = command.stderr(Stdio::piped()).spawn();
        let mut process = process.expect("the kiosk starts");
        let stderr = process.stderr.take().expect("its stderr is a pipe");
        let (said, lines) = channel();
        // Read to the end, or the kiosk would stand still once the pipe is full.
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                println!("{line}");
                let _ = said.send(line);
            }
        });
        let mut program = Self {
            stdin: process.stdin.take(),
            process,
            lines,
            since,
            page: String::new(),
        };
        let page = program.said("http://");
        program.page = page.trim_end_matches('/').to_owned();
        program
    }

    /// The next login link that it prints.
    ///
    /// # Panics
    /// Where it prints none.
    #[must_use]
    pub fn login_link(&self) -> String {
        self.said("/login?token=")
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The word of the next line that has `part` in it.
    fn said(&self, part: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("the kiosk did not say {part}"));
            let mut words = line.split_whitespace();
            if let Some(word) = words.find(|word| word.contains(part)) {
                return word.to_owned();
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sets the password of a role by the program, as `kiosk password ROLE` does.
///
/// # Panics
/// Where the program refuses it.
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
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

/// The program beside the running test or benchmark, of the same profile.
///
/// Cargo hands programs to the tests of their own package alone, so this one is looked for. It
/// builds it with any test of package `edge`, as `cargo test --workspace` does.
fn path() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let folder = test.parent().and_then(Path::parent);
    let program = folder.expect("the target folder").join("kiosk");
    let advice = "`cargo build --workspace --bin kiosk` makes it (`--release` for benchmarks)";
    assert!(program.exists(), "{}: missing; {advice}", program.display());
    if let Some(source) = newer_source(&program) {
        panic!("{}: older than {source}; {advice}", program.display());
    }
    program
}

/// A source of the program that was changed after it was built, by the list that cargo keeps
/// beside it.
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
