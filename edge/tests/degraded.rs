//! Parts that fail while the others go on: the real program, its page, who may log in, and what
//! systemd is told.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use ureq::Agent;

use crate::run::{Running, kiosk, program};

/// A kiosk that is killed at the end.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The next line that a kiosk says that contains this.
fn said(lines: &mut impl Iterator<Item = std::io::Result<String>>, what: &str) -> String {
    let mut lines = lines.map(Result::unwrap);
    let line = lines.find(|line| line.contains(what));
    line.unwrap_or_else(|| panic!("it never said: {what}"))
}

#[test]
fn a_kiosk_whose_port_is_in_use_goes_on_and_gets_it_when_it_is_free() {
    let [first, second] = [(); 2].map(|()| TempDir::new().unwrap());
    let mut running = Running::new(first.path(), &[]);
    let address = running.base.strip_prefix("http://").unwrap().to_owned();

    let mut process = kiosk(second.path(), &["--listen", &address])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let line = said(&mut lines, "the page is not served");
    assert!(line.contains(&address), "{line}");
    running.terminate();

    let successor = Running::follow(process, lines);
    assert_eq!(successor.base, running.base);
    for _ in 0..100 {
        let live = successor.page("/api/v1/live");
        if live.contains("\"notices\":[]") {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the notice stays");
}

#[test]
fn a_kiosk_whose_data_folder_cannot_be_made_goes_on_without_it() {
    let temporary = TempDir::new().unwrap();
    // Nobody can make one there, root included.
    let mut command = kiosk(Path::new("/proc/kiosk"), &[]);
    command.env("TMPDIR", temporary.path());
    let running = Running::start(command);
    let live = running.page("/api/v1/live");
    assert!(live.contains("visits go to"), "{live}");
    let (status, reason) = running.health();
    assert_eq!(status, 503, "{reason}");
    let kept = fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(kept, 1, "the rescue catalogue");
}

#[test]
fn a_damaged_access_file_lets_nobody_in_until_the_owner_has_a_new_password() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("access.toml");
    fs::write(&file, "owner = 7").unwrap();
    // As on a network: nobody knows that the owner has no password.
    let mut command = kiosk(data.path(), &["--listen", "0.0.0.0:0"]);
    let mut killed = Killed(command.spawn().unwrap());
    let mut lines = BufReader::new(killed.0.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    while !["the front desk's page: ", "nobody can log in"]
        .iter()
        .all(|what| said.iter().any(|line: &String| line.contains(what)))
    {
        said.push(lines.next().unwrap().unwrap());
    }
    thread::spawn(move || lines.for_each(drop));
    let page = said
        .iter()
        .find_map(|line| line.split_once("page: http://"));
    let (_, address) = page.unwrap();
    let (_, port) = address.trim_end_matches('/').rsplit_once(':').unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into();
    let status = |path: &str| {
        let answer = agent.get(format!("{base}{path}")).call();
        answer.unwrap().status().as_u16()
    };
    assert_eq!([status("/health/live"), status("/health")], [200, 200]);
    assert_eq!(status("/login"), 500);

    let set = |account: &str| {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"))
            .args(["password", account, "--data"])
            .arg(data.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may refuse before it reads.
        let _ = kiosk
            .stdin
            .take()
            .unwrap()
            .write_all(b"four words of Anna\n");
        let output = kiosk.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, refused) = set("staff");
    assert_eq!(code, Some(1), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), b"owner = 7");
    let (code, done) = set("owner");
    assert_eq!(code, Some(0), "{done}");
    assert!(done.contains("access.toml.damaged-1"), "{done}");
    let kept = data.path().join("access.toml.damaged-1");
    assert_eq!(fs::read(kept).unwrap(), b"owner = 7");

    let login = agent.post(format!("{base}/api/v1/login"));
    let login = login.send_json(json!({ "password": "four words of Anna" }));
    assert_eq!(login.unwrap().status().as_u16(), 200);
}

#[test]
fn a_service_whose_settings_break_goes_on_with_those_of_its_last_good_start() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (file, data, state) = (at("kiosk.toml"), at("data"), at("state"));
    fs::create_dir(&state).unwrap();
    let run = |file: &Path| {
        let mut kiosk = program();
        kiosk.env("STATE_DIRECTORY", &state).stdin(Stdio::null());
        kiosk.args(["run", "--config"]).arg(file);
        kiosk
    };
    let refuses = |kiosk: &mut Command| {
        let output = kiosk.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    };
    let kept = state.join("kiosk.toml.last-good");
    let good = format!(
        "data = {data:?}\ncamera = \"none\"\ndisplay = \"none\"\nlisten = \"127.0.0.1:0\"\n"
    );

    // Settings that were never good are no help.
    fs::write(&file, "camra = 1").unwrap();
    refuses(&mut run(&file));
    fs::write(&file, &good).unwrap();
    let mut running = Running::start(run(&file));
    assert!(!running.page("/api/v1/live").contains("last good start"));
    running.terminate();
    let first = fs::read_to_string(&kept).unwrap();
    assert!(first.ends_with(&good), "{first}");
    let mode = fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "passwords may stand in it");

    for broken in [Some("camra = 1"), Some(""), None] {
        match broken {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let mut running = Running::start(run(&file));
        let said = running
            .said
            .iter()
            .find(|line| line.contains("last started well"));
        let said = said.unwrap_or_else(|| panic!("{broken:?}: {:?}", running.said));
        assert!(
            said.contains("error: ") && said.contains("kiosk.toml"),
            "{said}"
        );
        assert_eq!(running.page("/health"), "ok\n", "{broken:?}");
        let live = running.page("/api/v1/live");
        assert!(live.contains("last good start"), "{broken:?}: {live}");
        running.terminate();
        assert!(data.join("catalogue.sqlite").exists());
        assert_eq!(fs::read_to_string(&kept).unwrap(), first, "{broken:?}");
        // Whoever has it checked, or starts it in a terminal, is told.
        refuses(run(&file).arg("--check"));
        refuses(run(&file).env_remove("STATE_DIRECTORY"));
    }
    let other = at("other.toml");
    fs::write(&other, "camra = 1").unwrap();
    refuses(&mut run(&other));

    let mended = format!("# mended\n{good}");
    fs::write(&file, &mended).unwrap();
    let mut running = Running::start(run(&file));
    assert!(!running.page("/api/v1/live").contains("last good start"));
    running.terminate();
    let last = fs::read_to_string(&kept).unwrap();
    assert!(last.ends_with(&mended), "{last}");
    assert_eq!(
        fs::read_dir(&state).unwrap().count(),
        1,
        "nothing else is left"
    );
}

#[test]
fn systemd_is_told_that_the_kiosk_serves_and_that_it_goes_on() {
    let data = TempDir::new().unwrap();
    let socket = data.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    let patience = Some(Duration::from_secs(30));
    manager.set_read_timeout(patience).unwrap();
    let mut command = kiosk(&data.path().join("data"), &[]);
    command
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "1000000")
        .env_remove("WATCHDOG_PID")
        .stderr(Stdio::null());
    let _killed = Killed(command.spawn().unwrap());
    let mut told = String::new();
    while !(told.contains("READY=1") && told.matches("WATCHDOG=1").count() >= 3) {
        let mut message = [0; 256];
        let length = manager.recv(&mut message).unwrap();
        told.push_str(std::str::from_utf8(&message[..length]).unwrap());
    }
}
