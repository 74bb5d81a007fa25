//! A PostgreSQL server with a data folder of its own, and its synchronous standby.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::{becomes, find, free_port};
use crate::can_run;

/// The superuser, and its password for connections by TCP.
const SUPERUSER: &str = "postgres";
const PASSWORD: &str = "superuser";

/// The database that all use.
const DATABASE: &str = "postgres";

/// Who may connect, and how.
const ACCESS: &str = "\
local all         postgres              trust
local replication postgres              trust
host  all         all      127.0.0.1/32 scram-sha-256
";

/// A PostgreSQL server at work, which serves 127.0.0.1.
#[derive(Debug)]
pub struct Postgres {
    /// Holds the server's data, its socket and its log.
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Postgres {
    /// Makes a database and starts its server. `None` if PostgreSQL is not installed: the test must be
    /// skipped then, and standard error says so.
    ///
    /// # Panics
    /// If it does not start, or is not installed in CI.
    #[must_use]
    pub fn start() -> Option<Self> {
        let programs = programs();
        if !can_run(programs.is_some(), "PostgreSQL (Debian: postgresql)") {
            return None;
        }
        let mut server = Self::prepare(programs?);
        let password = server.folder.path().join("password");
        fs::write(&password, PASSWORD).expect("a file for the password");
        own(&password);
        let mut initdb = server.program("initdb");
        initdb
            .args(["--no-sync", "--encoding=UTF8", "--locale=C"])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
            .arg(format!("--username={SUPERUSER}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg(server.data());
        output(initdb);
        fs::write(server.data().join("pg_hba.conf"), ACCESS).expect("who may connect");
        server.launch();
        Some(server)
    }

    /// The URL of the superuser.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        self.url(SUPERUSER, PASSWORD)
    }

    /// The URL of a role.
    #[must_use]
    pub fn url(&self, role: &str, password: &str) -> String {
        Self::url_at(role, password, &[self.port])
    }

    /// The URL of a role at ports of 127.0.0.1, such as those of proxies.
    #[must_use]
    pub fn url_at(role: &str, password: &str, ports: &[u16]) -> String {
        let hosts: Vec<String> = ports
            .iter()
            .map(|port| format!("127.0.0.1:{port}"))
            .collect();
        let hosts = hosts.join(",");
        format!("postgresql://{role}:{password}@{hosts}/{DATABASE}?sslmode=disable")
    }

    /// The port of 127.0.0.1 that it serves.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL as the superuser, and returns the rows, a line each with `|` between the values.
    ///
    /// # Panics
    /// If it fails.
    pub fn psql(&self, sql: &str) -> String {
        let mut psql = self.program("psql");
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--set", "ON_ERROR_STOP=1", "--username", SUPERUSER])
            .arg("--host")
            .arg(self.folder.path())
            .args(["--port", &self.port.to_string(), "--dbname", DATABASE])
            .args(["--command", sql]);
        output(psql).trim_end().to_owned()
    }

    /// Ends the server and all its processes at once (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let others = children(process.id());
        // All of these fail only if a process has ended already. The server comes first: it would
        // start again those that it loses.
        let _ = process.kill();
        for other in others {
            let _ = kill_process(other, Signal::KILL);
        }
        let _ = process.wait();
    }

    /// Starts a server that was killed again, on its data and its port. One at work is killed first.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Copies the database to a new server that follows this one. From then on a commit here is
    /// confirmed only once it is on the disk there.
    ///
    /// # Panics
    /// If it does not start or does not follow.
    #[must_use]
    pub fn standby(&self) -> Self {
        let mut standby = Self::prepare(self.programs.clone());
        let mut copy = self.program("pg_basebackup");
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
            .args(["--wal-method=stream", "--username", SUPERUSER, "--host"])
            .arg(self.folder.path())
            .args(["--port", &self.port.to_string(), "--pgdata"])
            .arg(standby.data());
        output(copy);
        standby.launch();
        self.psql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.psql("SELECT pg_reload_conf()");
        let in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        let follows = becomes(|| self.psql(in_step) != "0");
        assert!(follows, "no standby follows: {}", standby.log());
        standby
    }

    /// Makes a standby the primary. It confirms commits alone until it has a standby itself.
    ///
    /// # Panics
    /// If it is none.
    pub fn promote(&self) {
        let promoted = self.psql("SELECT pg_promote(true, 60)");
        assert_eq!(promoted, "t", "the standby is promoted");
    }

    /// A folder and a port for a server.
    fn prepare(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder for PostgreSQL");
        own(folder.path());
        let server = Self {
            folder,
            programs,
            port: free_port(),
            process: None,
        };
        fs::create_dir(server.data()).expect("a folder for its data");
        let only_for_owner = fs::Permissions::from_mode(0o700);
        fs::set_permissions(server.data(), only_for_owner).expect("a private folder");
        own(&server.data());
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server, and waits until it takes connections.
    fn launch(&mut self) {
        let is_ready = becomes(|| {
            // It does not start while a process of the former one is still there.
            let has_ended = match &mut self.process {
                Some(process) => !matches!(process.try_wait(), Ok(None)),
                None => true,
            };
            if has_ended {
                self.process = Some(self.spawn());
            }
            let mut ready = self.program("pg_isready");
            ready
                .args(["--quiet", "--host"])
                .arg(self.folder.path())
                .args(["--port", &self.port.to_string()]);
            ready.status().is_ok_and(|status| status.success())
        });
        assert!(is_ready, "PostgreSQL does not start: {}", self.log());
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What it has said.
    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn spawn(&self) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file());
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data());
        for setting in [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder.path().display()),
            "max_connections=500".to_owned(),
            // A standby that was held up for a while finds what it has missed.
            "wal_keep_size=512MB".to_owned(),
            // In files of its own folder, which goes with it.
            "dynamic_shared_memory_type=mmap".to_owned(),
        ] {
            server.args(["-c", &setting]);
        }
        server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a file for its log"))
            .spawn()
            .expect("PostgreSQL starts")
    }

    /// A program of PostgreSQL. It refuses to run as root, so root runs it as another user.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match user() {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={user}"))
                    .arg(format!("--regid={}", id("-g", user)))
                    .arg("--clear-groups")
                    .arg(path);
                command
            }
            None => Command::new(path),
        };
        // The present folder may be one that this user cannot enter.
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It ends at once, but unlike a killed one gives back its shared memory.
            let _ = kill_process(Pid::from_child(process), Signal::QUIT);
            becomes(|| !matches!(process.try_wait(), Ok(None)));
        }
        self.kill();
    }
}

/// Runs SQL at a URL with the program `psql`, as somebody who administers a hub does. Returns the rows
/// as [`Postgres::psql`] does.
///
/// # Errors
/// What the server said if it refused.
///
/// # Panics
/// If PostgreSQL is not installed.
pub fn query(url: &str, sql: &str) -> Result<String, String> {
    let psql = programs().expect("PostgreSQL").join("psql");
    let run = Command::new(psql)
        .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
        .args(["--set", "ON_ERROR_STOP=1", "--command", sql, url])
        .output()
        .expect("psql runs");
    if run.status.success() {
        Ok(String::from_utf8_lossy(&run.stdout).trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&run.stderr).into_owned())
    }
}

/// The folder of PostgreSQL's programs: of the newest version, where Debian has them, or in `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<u32> = versions
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable();
    let newest = versions.last().unwrap_or(&0);
    let initdb = find("initdb", &[&format!("/usr/lib/postgresql/{newest}/bin")])?;
    Some(initdb.parent()?.to_owned())
}

/// The user that PostgreSQL runs as if this is root: the one that Debian made for it, or else nobody.
fn user() -> Option<&'static str> {
    let has_user =
        || fs::read_to_string("/etc/passwd").is_ok_and(|all| all.contains("\npostgres:"));
    geteuid()
        .is_root()
        .then(|| if has_user() { "postgres" } else { "nobody" })
}

/// The number of a user (`-u`) or of its group (`-g`).
fn id(which: &str, user: &str) -> u32 {
    let mut id = Command::new("id");
    id.args([which, user]);
    output(id).trim().parse().expect("a number")
}

/// Gives a file or folder to the user that PostgreSQL runs as.
fn own(path: &Path) {
    if let Some(user) = user() {
        chown(path, Some(id("-u", user)), Some(id("-g", user)))
            .expect("a file of PostgreSQL's user");
    }
}

/// What a program prints.
fn output(mut command: Command) -> String {
    let run = command.output();
    let run = run.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter(|number| parent_of(*number) == Some(parent))
        .filter_map(Pid::from_raw)
        .collect()
}

fn parent_of(process: i32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name, in brackets, may hold anything. After it come the state and the parent.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
