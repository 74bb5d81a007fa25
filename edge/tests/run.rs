//! The real program at its start: what it says, what it refuses, and what it works on without.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::{Catalogue, Settings};
use desk::access::{Access, Role};
use recognise::embedding::SURE;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::backups::damaged;

/// How long something may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The text before the six figures, in a line on standard error.
const FIGURES: &str = "the six figures that set the kiosk up: ";

/// The program, in English whatever this machine's locale is.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kiosk"));
    program.env("LC_ALL", "C");
    program
}

pub(crate) fn kiosk(data: &Path, arguments: &[&str]) -> Command {
    let mut kiosk = program();
    if !arguments.contains(&"--camera") {
        kiosk.args(["--camera", "none"]);
    }
    if !arguments.contains(&"--listen") {
        kiosk.args(["--listen", "127.0.0.1:0"]);
    }
    kiosk
        .args(["--display", "none"])
        .arg("--data")
        .arg(data)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    kiosk
}

/// A kiosk at work, what it said up to its login link, and somebody who followed that.
pub(crate) struct Running {
    process: Child,
    pub(crate) said: Vec<String>,
    pub(crate) base: String,
    pub(crate) agent: Agent,
}

impl Running {
    pub(crate) fn new(data: &Path, arguments: &[&str]) -> Self {
        Self::start(kiosk(data, arguments))
    }

    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        Self::follow(process, lines)
    }

    /// Reads what a kiosk says up to its login link, and follows that.
    pub(crate) fn follow(
        process: Child,
        mut lines: impl Iterator<Item = io::Result<String>> + Send + 'static,
    ) -> Self {
        let mut said = Vec::new();
        for line in lines.by_ref() {
            said.push(line.unwrap());
            if said.last().unwrap().contains("token=") {
                break;
            }
        }
        // The rest is read, so that the kiosk can go on saying things.
        thread::spawn(move || lines.for_each(drop));
        let link = said.last().unwrap();
        let link = &link[link.find("http://").unwrap()..];
        let (base, _) = link.split_once("/login").unwrap();
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        agent.get(link).call().unwrap();
        Self {
            process,
            base: base.to_owned(),
            agent,
            said,
        }
    }

    /// Whether a line of what it said up to its login link has this in it.
    pub(crate) fn has_said(&self, part: &str) -> bool {
        has(&self.said, part)
    }

    /// Stops it as the system would.
    pub(crate) fn terminate(&mut self) {
        self.stop("TERM");
    }

    /// Stops it by a signal.
    pub(crate) fn stop(&mut self, signal: &str) {
        // The shell's own `kill`: a bare system has no other.
        let kill = format!("kill -{signal} {}", self.process.id());
        let told = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(told.success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }

    /// What it says of its health, to whoever asks: the status, and the reason.
    pub(crate) fn health(&self) -> (u16, String) {
        let request = self.agent.get(format!("{}/health", self.base));
        let request = request.config().http_status_as_error(false).build();
        let mut answer = request.call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), text)
    }

    /// Waits until it has ended by itself, as it was to.
    pub(crate) fn ended(&mut self) {
        let start = Instant::now();
        let ended = loop {
            if let Some(ended) = self.process.try_wait().unwrap() {
                break ended;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(ended.code(), Some(0));
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut answer = request.call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that was stopped already is not there to be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_says_where_its_page_is_and_logs_its_reader_in() {
    let data = TempDir::new().unwrap();
    fs::set_permissions(data.path(), Permissions::from_mode(0o755)).unwrap();
    let running = Running::new(data.path(), &[]);
    assert!(running.has_said("the front desk's page: http://127.0.0.1:"));
    // The folder was open to other users of the machine.
    assert!(running.has_said("only the kiosk's user has"));
    for (name, mode) in [
        (".", 0o700),
        ("catalogue.sqlite", 0o600),
        ("photographs", 0o700),
    ] {
        let about = fs::metadata(data.path().join(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, mode, "{name}");
    }
    assert!(running.page("/").contains("<h1"));
    assert!(running.page("/api/v1/live").contains("\"stage\":\"empty\""));
}

#[test]
fn what_cannot_be_is_refused_in_one_line() {
    let data = TempDir::new().unwrap();
    for (arguments, expected) in [
        (
            &["--camera", "/nowhere"][..],
            "/nowhere: no such folder; choose auto, none, /dev/videoN or a folder of photographs",
        ),
        (
            &["--config", "/none.toml"],
            "/none.toml: cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.arg("--data").arg(data.path()).args(arguments);
        let output = kiosk.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.trim_end().ends_with(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn a_kiosk_that_others_reach_waits_to_be_set_up_until_the_owner_has_a_password() {
    let data = TempDir::new().unwrap();
    let mut waiting = Unset::new(data.path(), &["/setup on a phone", FIGURES]);
    let said = waiting.said.join("\n");
    assert!(!said.contains("token="), "nobody is logged in: {said}");
    let code = waiting.code();
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");

    for (path, status, location) in [
        ("/health", 200, None),
        ("/health/live", 200, None),
        ("/", 303, Some("/setup")),
        ("/status", 303, Some("/setup")),
        ("/login", 303, Some("/setup")),
        ("/setup", 200, None),
        ("/api/v1/live", 403, None),
        ("/metrics", 403, None),
    ] {
        let answer = waiting.get(path);
        let to = answer.headers().get("location");
        let to = to.map(|to| to.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), to), (status, location), "{path}");
    }
    waiting.stop();

    Access::open(data.path())
        .unwrap()
        .set_password(Role::Owner, "four words of Anna")
        .unwrap();
    let mut ready = Unset::new(data.path(), &[]);
    let answer = ready.get("/");
    let to = answer.headers().get("location").unwrap().to_str().unwrap();
    assert!(to.starts_with("/login"), "{to}");
    ready.stop();
    assert!(!ready.said.join("\n").contains(FIGURES));
}

#[test]
fn a_new_kiosk_is_in_the_language_of_the_systems_locale_until_another_one_is_stored() {
    let with = |mut command: Command, locale: &str| {
        command.env_remove("LC_ALL").env_remove("LC_MESSAGES");
        command.env("LANG", locale);
        command
    };
    let data = TempDir::new().unwrap();
    for (locale, language) in [("fr_FR.UTF-8", "fr"), ("de_DE.UTF-8", "en")] {
        let waiting = with(kiosk(data.path(), &["--listen", "0.0.0.0:0"]), locale);
        let mut waiting = Unset::start(waiting, &[FIGURES]);
        let setup = waiting.agent.post(format!("{}/setup", waiting.base));
        let page = |path| waiting.get(path).into_body().read_to_string().unwrap();
        let html = format!("<html lang=\"{language}\">");
        assert!(page("/setup").contains(&html), "{locale}");
        let entered = setup.send_form([("figures", waiting.code())]).unwrap();
        assert_eq!(entered.status().as_u16(), 303, "{locale}");
        let first = format!("value=\"{language}\" lang=\"{language}\" class=\"primary\"");
        assert!(page("/setup/language").contains(&first), "{locale}");
        waiting.stop();
    }

    let settings = || {
        let mut running = Running::start(with(kiosk(data.path(), &[]), "fr_FR.UTF-8"));
        let settings = json(&running, "/api/v1/settings");
        running.terminate();
        settings
    };
    assert_eq!(settings()["language"], "fr", "that of the screen");
    let catalogue = Catalogue::open(data.path()).unwrap();
    let english = Settings::default();
    catalogue.set_settings(&english, "owner").unwrap();
    drop(catalogue);
    assert_eq!(settings()["language"], "en");
}

/// A kiosk that listens on every address, and what it said.
struct Unset {
    process: Child,
    said: Vec<String>,
    base: String,
    agent: Agent,
}

impl Unset {
    /// Starts it, and reads what it says until that has its address and all of `expected` in it.
    fn new(data: &Path, expected: &[&str]) -> Self {
        Self::start(kiosk(data, &["--listen", "0.0.0.0:0"]), expected)
    }

    /// The same for this command.
    fn start(mut command: Command, expected: &[&str]) -> Self {
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (mut said, mut port) = (Vec::<String>::new(), None);
        while port.is_none() || !expected.iter().all(|part| has(&said, part)) {
            let line = lines.next().expect("the kiosk ended").unwrap();
            if let Some((_, address)) = line.split_once("the front desk's page: http://") {
                let (_, after) = address.rsplit_once(':').unwrap();
                port = Some(after.trim_end_matches('/').to_owned());
            }
            said.push(line);
        }
        thread::spawn(move || lines.for_each(drop));
        let agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            process,
            said,
            base: format!("http://127.0.0.1:{}", port.unwrap()),
            agent: agent.into(),
        }
    }

    /// The six figures.
    fn code(&self) -> String {
        let mut figures = self.said.iter().filter_map(|line| line.split_once(FIGURES));
        let (_, figures) = figures.next().unwrap();
        figures.get(..6).unwrap().to_owned()
    }

    fn get(&self, path: &str) -> ureq::http::Response<ureq::Body> {
        self.agent
            .get(format!("{}{path}", self.base))
            .call()
            .unwrap()
    }

    fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Unset {
    fn drop(&mut self) {
        // One that was stopped already is not there to be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn has(said: &[String], part: &str) -> bool {
    said.iter().any(|line| line.contains(part))
}

#[test]
fn a_configuration_is_checked_without_being_used() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let data = folder.path().join("data");
    let check = |text: &str| {
        let text = format!("data = {data:?}\n{text}");
        fs::write(&file, text).unwrap();
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.args(["run", "--check", "--config"]).arg(&file);
        let output = kiosk.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    // None of these devices is there, and none is asked for.
    let good = "camera = \"/dev/video77\"\ndisplay = \"spi\"\n[panel]\ndriver = \"st7789\"\n\
                bus = \"/dev/spidev7.0\"\n[buttons]\nconfirm = 5\n";
    assert_eq!(
        check(good),
        (Some(0), "kiosk: the configuration is good\n".to_owned())
    );
    for (text, expected) in [
        ("camra = \"auto\"", "line 2: unknown field `camra`"),
        ("display = \"spi\"", "[panel]"),
        (
            "[tls]\ncertificate = \"own.pem\"\nkey = \"own.key\"",
            "own.pem: there is no such file",
        ),
        ("display = \"crt\"", "line 2"),
        ("camera = \"/nowhere\"", "/nowhere: no such folder"),
        ("model = \"/nowhere.onnx\"", "/nowhere.onnx"),
        ("[buttons]\nconfirm = 5\nnext = 5", "line 2"),
        ("[buttons]\nconfirm = 99", "line 3"),
        ("[panel]\ndriver = \"st7789\"\ndata_command = 99", "line 4"),
    ] {
        let (code, said) = check(text);
        assert_eq!(code, Some(1), "{text}: {said}");
        assert!(said.contains(expected), "{text}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_camera_that_is_not_there_is_said_and_waited_for() {
    let data = TempDir::new().unwrap();
    let running = Running::new(data.path(), &["--camera", "/dev/video77"]);
    let mut live = String::new();
    for _ in 0..50 {
        live = running.page("/api/v1/live");
        if live.contains("/dev/video77: no such device") {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{live}");
}

#[test]
fn a_damaged_catalogue_is_left_as_it_is_and_the_desk_works_on() {
    let data = TempDir::new().unwrap();
    let catalogue = data.path().join("catalogue.sqlite");
    fs::write(&catalogue, vec![7; 10_000]).unwrap();
    let running = Running::new(data.path(), &[]);
    assert!(
        running.has_said("catalogue.sqlite: damaged"),
        "{:?}",
        running.said
    );
    let live = running.page("/api/v1/live");
    assert!(live.contains("visits go to"), "{live}");
    let elsewhere = "not ready: visits go elsewhere\n".to_owned();
    assert_eq!(running.health(), (503, elsewhere));
    assert_eq!(fs::read(&catalogue).unwrap(), vec![7; 10_000]);
    assert!(data.path().join("rescue/catalogue.sqlite").exists());
}

#[test]
fn a_kiosk_that_finds_its_catalogue_damaged_is_not_ready() {
    let (data, _elsewhere) = damaged();
    let running = Running::new(data.path(), &[]);
    let start = Instant::now();
    let expected = (503, "not ready: the catalogue is damaged\n".to_owned());
    while running.health() != expected {
        assert!(start.elapsed() < PATIENCE, "{:?}", running.health());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_bad_model_is_said_and_the_built_in_one_serves() {
    let data = TempDir::new().unwrap();
    let model = data.path().join("bad.onnx");
    fs::write(&model, "no network").unwrap();
    let running = Running::new(data.path(), &["--model", model.to_str().unwrap()]);
    assert!(running.has_said("bad.onnx"), "{:?}", running.said);
    assert!(running.page("/status").contains("bad.onnx"));
}

#[test]
fn a_second_kiosk_does_not_start_on_the_same_data() {
    let data = TempDir::new().unwrap();
    let mut running = Running::new(data.path(), &[]);
    let output = kiosk(data.path(), &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let place = format!("{}: another kiosk is at work", data.path().display());
    assert!(said.contains(&place) && said.contains("--data"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    // Other commands do not mind.
    let elsewhere = TempDir::new().unwrap();
    let backup = elsewhere.path().join("backup.tar");
    let out = elsewhere.path().join("out");
    for action in [
        &["verify"][..],
        &["backup", backup.to_str().unwrap()],
        &["export", out.to_str().unwrap()],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        command.arg("catalogue").args(action).arg("--data");
        let output = command.arg(data.path()).output().unwrap();
        assert!(output.status.success(), "{action:?}: {output:?}");
    }
    running.terminate();
    Running::new(data.path(), &[]).terminate();
}

#[test]
fn automatic_backups_are_made_and_their_age_is_told() {
    let data = TempDir::new().unwrap();
    let elsewhere = TempDir::new().unwrap();
    let config = elsewhere.path().join("kiosk.toml");
    let backups = elsewhere.path().join("backups");
    fs::create_dir(&backups).unwrap();
    fs::write(&config, format!("[backup]\nfolder = {backups:?}\n")).unwrap();
    let running = Running::new(data.path(), &["--config", config.to_str().unwrap()]);
    let mut health = Value::Null;
    for _ in 0..100 {
        health = json(&running, "/api/v1/health");
        if health["backups"]["count"] == 1 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(health["backups"]["failure"], Value::Null, "{health}");
    assert!(health["backups"]["newest"].is_string(), "{health}");
    assert_eq!(fs::read_dir(&backups).unwrap().count(), 1);
    assert!(running.page("/metrics").contains("kiosk_backup_up 1"));
    assert!(running.page("/status").contains("Automatic backups"));
}

#[test]
fn it_ends_cleanly_when_it_is_told_to() {
    let data = TempDir::new().unwrap();
    let mut running = Running::new(data.path(), &[]);
    running.terminate();
}

#[test]
fn the_demo_knows_chelsea_by_her_looks_and_leaves_nothing_behind() {
    let home = TempDir::new().unwrap();
    let temporary = TempDir::new().unwrap();
    let mut command = program();
    command
        .args(["--demo", "--display", "none", "--listen", "127.0.0.1:0"])
        .env("HOME", home.path())
        .env("TMPDIR", temporary.path())
        .env_remove("XDG_DATA_HOME");
    let mut running = Running::start(command);
    let folder = fs::read_dir(temporary.path()).unwrap().next().unwrap();
    assert!(folder.unwrap().path().join("catalogue.sqlite").exists());

    // Her earlier visits are no jump of the clock, and nobody forgot to check her out.
    assert_eq!(json(&running, "/api/v1/clock")["jumped_from"], Value::Null);
    assert_eq!(json(&running, "/api/v1/in-house"), json!([]));
    let expected = json(&running, "/api/v1/expected");
    let expected: Vec<_> = names(&expected).collect();
    assert_eq!(expected, ["Biscuit", "Olive"]);

    // The screen greets her by her name, and one press checks her in.
    let arrival = first_cat_or_dog(&running);
    let guest = &arrival["guess"]["guests"][0];
    assert_eq!(guest["name"], "Chelsea", "{arrival}");
    let probability = guest["probability"].as_f64().unwrap();
    assert!(probability >= f64::from(SURE), "{arrival}");
    assert_eq!(arrival["selected_guest"], 0, "{arrival}");

    let visit = &arrival["visit"];
    let suggestions = json(&running, &format!("/api/v1/visits/{visit}/suggestions"));
    assert_eq!(names(&suggestions).next(), Some("Chelsea"), "{suggestions}");
    let similarity = suggestions[0]["similarity"].as_f64().unwrap();
    assert!(similarity > 0.65, "{suggestions}");
    assert_eq!(suggestions[0]["expected"], false);

    running.terminate();
    let left = |folder: &TempDir| fs::read_dir(folder.path()).unwrap().count();
    assert_eq!((left(&home), left(&temporary)), (0, 0));
}

#[test]
fn the_demo_adds_nobody_to_a_catalogue_of_somebody() {
    let data = TempDir::new().unwrap();
    let mut command = program();
    command
        .args(["--demo", "--display", "none", "--listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(data.path());
    let running = Running::start(command);
    assert_eq!(running.page("/api/v1/animals"), "[]");
}

fn json(running: &Running, path: &str) -> Value {
    serde_json::from_str(&running.page(path)).unwrap()
}

/// The names of the animals of suggestions, or of those that are expected.
fn names(animals: &Value) -> impl Iterator<Item = &str> {
    let animals = animals.as_array().unwrap().iter();
    animals.map(|animal| animal["animal"]["name"].as_str().unwrap())
}

/// The first arrival that is taken for a cat or a dog, as soon as its visit is on record.
fn first_cat_or_dog(running: &Running) -> Value {
    let request = running
        .agent
        .get(format!("{}/api/v1/live/events", running.base));
    // All arrivals of the demo take a third of that.
    let patient = request
        .config()
        .timeout_global(Some(Duration::from_secs(60)));
    let answer = patient.build().call().unwrap();
    let mut lines = BufReader::new(answer.into_body().into_reader()).lines();
    let arrival = lines.find_map(|line| {
        let line = line.unwrap();
        let event: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
        let is_animal = event["verdict"] == "breed" || event["verdict"] == "species";
        (is_animal && event["visit"].is_i64()).then_some(event)
    });
    arrival.expect("an arrival")
}

#[test]
fn log_lines_have_a_level_for_people_and_for_the_journal() {
    let data = TempDir::new().unwrap();
    let model = data.path().join("bad.onnx");
    fs::write(&model, "no network").unwrap();
    for (journal, page, bad) in [
        (
            None,
            "kiosk: the front desk's page",
            "kiosk: error: the model ",
        ),
        (
            Some("8:1"),
            "<6>the front desk's page",
            "<3>error: the model ",
        ),
    ] {
        let mut command = kiosk(data.path(), &["--model", model.to_str().unwrap()]);
        command.env_remove("JOURNAL_STREAM");
        command.envs(journal.map(|stream| ("JOURNAL_STREAM", stream)));
        let running = Running::start(command);
        let starts = |line: &str| running.said.iter().any(|said| said.starts_with(line));
        assert!(starts(page) && starts(bad), "{:?}", running.said);
    }
}
