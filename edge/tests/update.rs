//! `kiosk update`, the real program: on a machine whose dpkg, systemd and page are pretended, with the
//! real catalogue.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use minisign::KeyPair;
use tempfile::TempDir;

use crate::daycare::{Daycare, close, photographed};

/// Programs that are pretended, by name. A package is a file with its fields; installing it makes its
/// version the installed one. A unit is made at once, unless the machine has a file `asleep`.
const PROGRAMS: [(&str, &str); 5] = [
    (
        "dpkg",
        r#"case $1 in
  --compare-versions)
    [ "$2" != "$4" ] && [ "$(printf '%s\n' "$2" "$4" | sort -V | head -n 1)" = "$2" ] ;;
  --install)
    [ "$2" = --force-confold ] || exit 2
    version=$(sed -n 's/^Version: //p' "$3")
    echo "dpkg $version" >>"$MACHINE/log"
    [ ! -e "$MACHINE/locked" ] || exit 2
    case $version in *unpackable*) exit 1 ;; esac
    printf %s "$version" >"$MACHINE/installed"
    # What the new version does to the catalogue at its start.
    case $version in *migrates*) cp "$MACHINE/migrated.sqlite" "$MACHINE/data/catalogue.sqlite" ;; esac ;;
  *) exit 2 ;;
esac"#,
    ),
    (
        "dpkg-deb",
        r#"[ "$1" = --field ] && grep -q ^Package: "$2" || { echo 'not a Debian format archive' >&2; exit 2; }
cat "$2""#,
    ),
    (
        "dpkg-query",
        r#"[ -e "$MACHINE/installed" ] || { echo 'no packages found' >&2; exit 1; }
printf '%s arm64 installed' "$(cat "$MACHINE/installed")""#,
    ),
    (
        "dpkg-repack",
        r#"[ -e "$MACHINE/repacks" ] || exit 127
printf 'Package: breed-kiosk\nVersion: %s\nArchitecture: arm64\n' "$(cat "$MACHINE/installed")" >made.deb"#,
    ),
    (
        "systemctl",
        r#"case "$1 $2" in
  'show '*)
    case $3 in
      breed-kiosk.service) echo ActiveState=active; echo "NRestarts=$(cat "$MACHINE/restarts")" ;;
      *) [ -e "$MACHINE/asleep" ] && echo ActiveState=inactive || echo ActiveState=active ;;
    esac ;;
  'enable --now')
    grep -q '^WantedBy=' "$3" || exit 1
    echo enabled >>"$MACHINE/log"
    [ ! -e "$MACHINE/no-systemd" ] || exit 1
    { [ -e "$MACHINE/asleep" ] || sh -c "$(sed -n 's/^ExecStart=//p' "$3")"; } >>"$MACHINE/journal" 2>&1 & ;;
  *) echo "$1 $2" >>"$MACHINE/log" ;;
esac"#,
    ),
];

/// A machine with the kiosk's package, and who signs its packages.
struct Machine {
    folder: TempDir,
    pair: KeyPair,
}

impl Machine {
    /// Version 1.0 is installed, and the last update has kept its package.
    fn new() -> Self {
        let machine = Self {
            folder: TempDir::new().unwrap(),
            pair: KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        fs::create_dir(machine.at("programs")).unwrap();
        for (name, script) in PROGRAMS {
            machine.program(name, script);
        }
        fs::create_dir(machine.at("data")).unwrap();
        machine.write("installed", "1.0");
        machine.write("restarts", "0");
        machine.package("kept/in-use.deb", "1.0");
        let page = machine.serves();
        let key = machine.pair.pk.to_base64();
        let settings = format!(
            "listen = \"{page}\"\ndata = \"{}\"\n",
            machine.place("data")
        );
        machine.write("kiosk.toml", &format!("{settings}model_key = \"{key}\"\n"));
        machine.write("no-key.toml", &settings);
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_default()
    }

    fn program(&self, name: &str, script: &str) {
        let written = self.at("written");
        fs::write(&written, format!("#!/bin/sh\n{script}\n")).unwrap();
        // By a process of its own, as in the tests of cameras.
        let mut install = Command::new("install");
        let done = install
            .arg("-m755")
            .args([written, self.at("programs").join(name)]);
        assert!(done.status().unwrap().success());
    }

    fn package(&self, name: &str, version: &str) {
        self.write(
            name,
            &format!("Package: breed-kiosk\nVersion: {version}\nArchitecture: arm64\n"),
        );
    }

    fn signs(&self, name: &str, pair: &KeyPair) {
        let file = fs::File::open(self.at(name)).unwrap();
        let signature = minisign::sign(None, &pair.sk, file, None, None).unwrap();
        self.write(&format!("{name}.minisig"), &signature.to_string());
    }

    /// Serves the page: its kiosk is ready unless the installed version says otherwise. Notes which
    /// version was asked last.
    fn serves(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (installed, asked) = (self.at("installed"), self.at("asked"));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let mut lines = BufReader::new(&stream).lines();
                while lines
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                let version = fs::read_to_string(&installed).unwrap_or_default();
                let answer = if version.contains("bad") || version.contains("migrates") {
                    "503 Service Unavailable\r\n\r\nnot ready: the disk fails\n"
                } else if version.contains("elsewhere") {
                    "503 Service Unavailable\r\n\r\nnot ready: visits go elsewhere\n"
                } else {
                    "200 OK\r\n\r\nok\n"
                };
                // Whoever asked may be gone, and so may the machine.
                let _ = write!(&stream, "HTTP/1.1 {answer}");
                let _ = fs::write(&asked, version);
            }
        });
        address
    }

    /// `kiosk update` on this machine.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.current_dir(self.folder.path()).arg("update");
        if !arguments.contains(&"--config") {
            kiosk.args(["--config", "kiosk.toml"]);
        }
        let path = std::env::var("PATH").unwrap();
        kiosk
            .args(["--folder", "kept"])
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.place("programs")))
            .env("MACHINE", self.folder.path())
            .env("KIOSK_UPDATE_SECONDS", "1")
            .stdin(Stdio::null());
        kiosk
    }

    fn kiosk(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn does(&self, arguments: &[&str]) -> String {
        let output = self.kiosk(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {output:?}\n{}",
            self.read("journal")
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that fails; returns the last line that it complains of.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.kiosk(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let why = String::from_utf8(output.stderr).unwrap();
        why.lines().last().unwrap().to_owned()
    }

    /// What the machine's unit does at a start.
    fn watch(&self) -> Output {
        self.kiosk(&["--watch"])
    }

    /// Makes a signed package and installs it.
    fn update(&self, version: &str) -> Output {
        self.package("new.deb", version);
        self.signs("new.deb", &self.pair);
        self.kiosk(&["new.deb"])
    }

    fn installed(&self) -> String {
        self.read("installed")
    }

    /// What is kept after an update.
    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.at("kept")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The version that is installed, and that of the package that is kept for the next update.
    fn versions(&self) -> [String; 2] {
        let package = self.read("kept/in-use.deb");
        let mut lines = package.lines();
        let kept = lines.find_map(|line| line.strip_prefix("Version: "));
        [self.installed(), kept.unwrap_or_default().to_owned()]
    }
}

/// Fills the machine's data folder with a daycare's, of three visits; returns how many those are.
fn moves_in(machine: &Machine) -> u64 {
    let daycare = Daycare::new();
    for side in [16, 32, 48] {
        daycare.arrives(&photographed("unsure", "boxer", side));
    }
    let (folder, _elsewhere) = close(daycare);
    fs::remove_dir(machine.at("data")).unwrap();
    let mut copy = Command::new("cp");
    let copied = copy.arg("-r").arg(folder.path()).arg(machine.at("data"));
    assert!(copied.status().unwrap().success());
    visits(&machine.at("data"))
}

fn visits(data: &Path) -> u64 {
    Catalogue::open(data).unwrap().totals().unwrap().visits
}

#[test]
fn a_version_that_works_stays_and_its_package_is_the_way_back_of_the_next_one() {
    let machine = Machine::new();
    assert!(machine.does(&["--show"]).contains("nothing yet"));
    let data = moves_in(&machine);
    for (former, version) in [("1.0", "1.1"), ("1.1", "1.2")] {
        let output = machine.update(version);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let last = format!("version {version} works; before, it was {former}\n");
        assert!(said.ends_with(&last), "{said}");
        assert_eq!(machine.does(&["--show"]), last);
        assert_eq!(machine.versions(), [version, version]);
        // Neither the backup, which has everything of families in it, nor a unit is left.
        assert_eq!(machine.kept(), ["in-use.deb", "update.toml"]);
    }
    // That backup is no person's.
    assert_eq!(machine.read("data/audit.jsonl"), "");
    assert!(
        machine
            .read("log")
            .ends_with("disable breed-kiosk-update.service\n")
    );
    assert_eq!(visits(&machine.at("data")), data);
}

#[test]
fn a_version_that_does_not_work_is_taken_back() {
    let machine = Machine::new();
    let data = moves_in(&machine);
    for (version, why) in [
        ("1.1bad", "not ready: the disk fails"),
        ("1.1unpackable", "dpkg does not install the package"),
    ] {
        let output = machine.update(version);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("version {version} did not work, and 1.0 is installed again: {why}");
        assert!(said.contains(&expected), "{said}");
        assert!(machine.does(&["--show"]).contains(&expected));
        assert!(machine.read("journal").contains(&expected));
        assert_eq!(machine.versions(), ["1.0", "1.0"]);
        assert_eq!(machine.kept(), ["in-use.deb", "update.toml"]);
        assert_eq!(visits(&machine.at("data")), data);
    }
}

#[test]
fn a_kiosk_that_dies_once_it_was_ready_is_taken_back_at_once() {
    let machine = Machine::new();
    machine.package("new.deb", "1.1");
    machine.signs("new.deb", &machine.pair);
    let mut command = machine.command(&["new.deb"]);
    command.env("KIOSK_UPDATE_SECONDS", "20");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // It is ready at the first look, and dies before the next one.
    wait_until(|| machine.read("asked") == "1.1");
    machine.write("restarts", "1");
    let said = ended(child);
    assert!(
        said.contains("the kiosk died, and was started again"),
        "{said}"
    );
    assert_eq!(machine.installed(), "1.0");
}

#[test]
fn a_version_whose_visits_go_elsewhere_is_taken_back_unless_they_did_so_before() {
    let machine = Machine::new();
    let output = machine.update("1.1elsewhere");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = machine.does(&["--show"]);
    let expected = "1.0 is installed again: not ready: visits go elsewhere";
    assert!(said.contains(expected), "{said}");
    assert_eq!(machine.versions(), ["1.0", "1.0"]);

    // To the folder of temporary files, as the page says.
    let machine = Machine::new();
    machine.write("installed", "1.0elsewhere");
    machine.package("kept/in-use.deb", "1.0elsewhere");
    machine.update("1.1elsewhere");
    let said = machine.does(&["--show"]);
    assert!(said.contains("version 1.1elsewhere works"), "{said}");

    // To the data folder, while nobody asks the page.
    let machine = Machine::new();
    drop(Catalogue::open(&machine.at("data/rescue")).unwrap());
    machine.update("1.1elsewhere");
    let said = machine.does(&["--show"]);
    assert!(said.contains("version 1.1elsewhere works"), "{said}");
    // What fails besides is no better than before.
    machine.update("1.2bad");
    let said = machine.does(&["--show"]);
    let expected = "1.1elsewhere is installed again: not ready: the disk fails";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_version_that_is_no_worse_than_the_former_one_stays() {
    let machine = Machine::new();
    machine.write("installed", "1.0bad");
    machine.package("kept/in-use.deb", "1.0bad");
    machine.update("1.1bad");
    let said = machine.does(&["--show"]);
    assert!(said.contains("version 1.1bad works"), "{said}");
    // Another reason is the new version's own.
    machine.update("1.2elsewhere");
    let said = machine.does(&["--show"]);
    let expected = "1.1bad is installed again: not ready: visits go elsewhere";
    assert!(said.contains(expected), "{said}");
    assert_eq!(machine.versions(), ["1.1bad", "1.1bad"]);
}

#[test]
fn a_damaged_catalogue_is_copied_as_it_is_and_keeps_nobody_from_the_update() {
    let machine = Machine::new();
    moves_in(&machine);
    let file = machine.at("data/catalogue.sqlite");
    fs::write(&file, [7; 10_000]).unwrap();
    let output = machine.update("1.1");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("it is copied as it is to"), "{said}");
    assert_eq!(machine.installed(), "1.1");
    let mut names = fs::read_dir(machine.at("data")).unwrap();
    let copy = names.find_map(|entry| {
        let entry = entry.unwrap();
        let is_copy = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(b"damaged-");
        is_copy.then(|| entry.path())
    });
    let copy = copy.unwrap();
    // It has in it what families have said.
    let about = fs::metadata(&copy).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
    assert_eq!(
        fs::read(copy.join("catalogue.sqlite")).unwrap(),
        [7; 10_000]
    );
}

#[test]
fn a_kiosk_that_comes_back_from_its_rescue_catalogue_may_be_started_again_once() {
    for (restarts, expected) in [
        ("1", "version 1.1elsewhere works"),
        ("2", "the kiosk died, and was started again"),
    ] {
        let machine = Machine::new();
        machine.write("installed", "1.0elsewhere");
        machine.package("kept/in-use.deb", "1.0elsewhere");
        machine.package("new.deb", "1.1elsewhere");
        machine.signs("new.deb", &machine.pair);
        let mut command = machine.command(&["new.deb"]);
        command.env("KIOSK_UPDATE_SECONDS", "3");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        wait_until(|| machine.read("asked") == "1.1elsewhere");
        machine.write("restarts", restarts);
        child.wait().unwrap();
        let said = machine.does(&["--show"]);
        assert!(said.contains(expected), "{restarts}: {said}");
    }
}

#[test]
fn what_nobody_vouches_for_or_does_not_fit_is_refused_and_changes_nothing() {
    let machine = Machine::new();
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    for (name, version) in [
        ("unsigned.deb", "1.1"),
        ("stranger.deb", "1.1"),
        ("changed.deb", "1.1"),
        ("old.deb", "0.9"),
        ("same.deb", "1.0"),
    ] {
        machine.package(name, version);
    }
    machine.write(
        "other.deb",
        "Package: cups\nVersion: 2.0\nArchitecture: arm64\n",
    );
    machine.write(
        "pc.deb",
        "Package: breed-kiosk\nVersion: 2.0\nArchitecture: amd64\n",
    );
    machine.write("text.deb", "Dear sir or madam");
    for name in [
        "changed.deb",
        "old.deb",
        "same.deb",
        "other.deb",
        "pc.deb",
        "text.deb",
    ] {
        machine.signs(name, &machine.pair);
    }
    machine.package("changed.deb", "1.2");
    machine.signs("stranger.deb", &stranger);
    let refused: [(&[&str], &str); 11] = [
        (&["unsigned.deb"], "--unsigned installs it all the same"),
        (
            &["old.deb", "--config", "no-key.toml"],
            "--unsigned installs it all the same",
        ),
        (&["stranger.deb"], "signed with another key"),
        (&["stranger.deb", "--unsigned"], "signed with another key"),
        (&["changed.deb"], "changed after it had been signed"),
        (
            &["old.deb"],
            "version 0.9 is older than the installed one, 1.0; --older",
        ),
        (&["same.deb"], "version 1.0 is installed already"),
        (
            &["other.deb"],
            "it is the package cups, and not breed-kiosk",
        ),
        (&["pc.deb"], "it is for amd64, and this machine needs arm64"),
        (&["text.deb"], "not a Debian format archive"),
        (&["gone.deb"], "gone.deb: not found"),
    ];
    for (arguments, expected) in refused {
        let why = machine.fails(arguments);
        assert!(why.contains(expected), "{arguments:?}: {why}");
        assert_eq!(machine.kept(), ["in-use.deb"], "{arguments:?}");
        assert_eq!(machine.read("log"), "", "{arguments:?}");
    }
    machine.does(&["unsigned.deb", "--unsigned"]);
    machine.does(&["old.deb", "--older"]);
    assert_eq!(machine.installed(), "0.9");
    fs::remove_file(machine.at("installed")).unwrap();
    let why = machine.fails(&["unsigned.deb", "--unsigned"]);
    assert!(why.contains("not installed as a package"), "{why}");
}

#[test]
fn without_a_former_package_there_is_no_way_back_unless_one_can_be_made() {
    let machine = Machine::new();
    // Somebody has installed another version by apt.
    machine.write("installed", "1.0+apt");
    let output = machine.update("1.1bad");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("--no-way-back installs the new one all the same"),
        "{said}"
    );
    assert_eq!(machine.installed(), "1.0+apt");

    let why = machine.fails(&["new.deb", "--no-way-back"]);
    assert!(
        why.contains("no package of 1.0+apt to go back to: not ready"),
        "{why}"
    );
    assert_eq!(machine.installed(), "1.1bad");

    machine.write("installed", "1.0+apt");
    machine.write("repacks", "");
    let why = machine.fails(&["new.deb"]);
    assert!(why.contains("and 1.0+apt is installed again"), "{why}");
    assert_eq!(machine.versions(), ["1.0+apt", "1.0+apt"]);
}

#[test]
fn an_update_that_was_cut_off_goes_on_at_the_next_start() {
    for (version, step, starts, expected) in [
        ("1.1", "installing", 0, "version 1.1 works"),
        (
            "1.1bad",
            "installing",
            1,
            "1.0 is installed again: not ready",
        ),
        ("1.1", "watching", 2, "version 1.1 works"),
        (
            "1.1",
            "watching",
            3,
            "1.0 is installed again: it did not last through 3 starts",
        ),
        ("1.1", "going_back", 1, "1.0 is installed again"),
    ] {
        let machine = Machine::new();
        machine.write("asleep", "");
        let output = machine.update(version);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("breed-kiosk-update.service does not run"),
            "{said}"
        );
        assert_eq!(machine.read("log"), "enabled\n");
        assert_eq!(machine.installed(), "1.0");
        // The power fails there.
        let state = machine.read("kept/update.toml");
        let state = state.replace("\"installing\"", &format!("\"{step}\""));
        machine.write(
            "kept/update.toml",
            &state.replace("starts = 0", &format!("starts = {starts}")),
        );
        if step != "installing" {
            machine.write("installed", version);
        }
        let output = machine.watch();
        assert!(output.status.success(), "{output:?}");
        let said = machine.does(&["--show"]);
        assert!(said.contains(expected), "{step}, {starts}: {said}");
        assert_eq!(machine.kept(), ["in-use.deb", "update.toml"]);
        assert!(
            machine
                .read("log")
                .ends_with("disable breed-kiosk-update.service\n")
        );
    }
}

#[test]
fn one_update_is_made_at_a_time_and_going_back_is_tried_until_it_is_done() {
    let machine = Machine::new();
    machine.write("asleep", "");
    machine.update("1.1bad");
    let state = machine.read("kept/update.toml");
    let state = state.replace("\"installing\"", "\"going_back\"");
    machine.write(
        "kept/update.toml",
        &state.replace("starts = 0", "starts = 1"),
    );
    machine.write("installed", "1.1bad");
    // Another program is at work on the packages.
    machine.write("locked", "");
    assert_eq!(
        machine.watch().status.code(),
        Some(1),
        "systemd tries again"
    );
    let why = machine.fails(&["new.deb", "--older"]);
    assert!(why.contains("the last update has not ended"), "{why}");
    assert_eq!(machine.installed(), "1.1bad");
    fs::remove_file(machine.at("locked")).unwrap();
    assert!(machine.watch().status.success());
    assert_eq!(machine.installed(), "1.0");

    // Without systemd nothing is begun.
    machine.write("no-systemd", "");
    let output = machine.update("1.2");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(machine.kept(), ["in-use.deb"]);
    assert_eq!(machine.installed(), "1.0");
}

#[test]
fn a_catalogue_that_the_new_version_has_changed_is_set_aside_whole() {
    let machine = Machine::new();
    let before = moves_in(&machine);
    let data = machine.at("data");
    // The new version migrates it, and staff go on with that.
    let migrated = machine.at("migrated.sqlite");
    fs::copy(data.join("catalogue.sqlite"), &migrated).unwrap();
    let mut bytes = fs::read(&migrated).unwrap();
    // The version of the schema (<https://sqlite.org/fileformat.html>, 1.3).
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&migrated, &bytes).unwrap();

    let output = machine.update("1.1migrates");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("with {before} visits; all of the new version's")),
        "{said}"
    );
    assert_eq!(machine.installed(), "1.0");
    assert_eq!(visits(&data), before);
    let mut aside = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let aside = aside
        .find(|path| path.to_str().unwrap().contains("/newer-"))
        .unwrap();
    assert_eq!(fs::read(aside.join("catalogue.sqlite")).unwrap(), bytes);
    let linked = fs::read_dir(aside.join("photographs")).unwrap();
    assert_eq!(linked.count(), 3);
    assert_eq!(machine.kept(), ["in-use.deb", "update.toml"]);
}

fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it is not so");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for a process that fails; returns what it complains of.
fn ended(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
