//! A catalogue at the end of the program, and one that is damaged or lost: the real program, and the
//! commands that the troubleshooting notes give.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use catalogue::{Catalogue, Totals};
use serde_json::json;
use tempfile::TempDir;

use crate::backups::damaged;
use crate::damage::damage_page;
use crate::daycare::{backed_up, close, contents, files, photographed};
use crate::run::Running;

/// How long the kiosk may take to notice what happened to its catalogue.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kiosk as a service: the notes' commands start and stop it.
struct Service {
    data: PathBuf,
    backup: PathBuf,
    running: Option<Running>,
}

impl Service {
    /// Starts the kiosk, and checks that it works on with its rescue catalogue.
    fn in_rescue(data: &Path, backup: &Path) -> Self {
        let running = Running::new(data, &[]);
        let live = running.page("/api/v1/live");
        assert!(live.contains("visits go to"), "{live}");
        Self {
            data: data.to_owned(),
            backup: backup.to_owned(),
            running: Some(running),
        }
    }

    /// Adds an animal on the page.
    fn adds(&self, name: &str) {
        let running = self.running.as_ref().unwrap();
        let animals = format!("{}/api/v1/animals", running.base);
        let animal = json!({"name": name, "species": "dog", "breed": "pug"});
        running.agent.post(animals).send_json(animal).unwrap();
    }

    /// Restores the backup on the page, which says what becomes of it.
    fn restores(&self) -> String {
        let running = self.running.as_ref().unwrap();
        let head =
            "--edge\r\nContent-Disposition: form-data; name=\"backup\"; filename=\"a.tar\"\r\n\r\n";
        let backup = fs::read(&self.backup).unwrap();
        let form = [head.as_bytes(), &backup, b"\r\n--edge--\r\n"].concat();
        let request = running.agent.post(format!("{}/export", running.base));
        let request = request.content_type("multipart/form-data; boundary=edge");
        let mut answer = request.send(form).unwrap();
        answer.body_mut().read_to_string().unwrap()
    }

    /// Waits until `/health` answers with this status, for less time than between two rounds of the kiosk.
    fn says_its_health(&self, expected: u16) {
        let running = self.running.as_ref().unwrap();
        let start = Instant::now();
        loop {
            let (status, reason) = running.health();
            if status == expected {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{status}: {reason}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The kiosk ends by itself, and is started again as systemd does.
    fn starts_anew(&mut self) {
        self.running.take().unwrap().ended();
        self.running = Some(Running::new(&self.data, &[]));
    }

    /// Runs every command of a block of the notes.
    fn follow(&mut self, block: &str) {
        for command in block.lines() {
            match command {
                "sudo systemctl stop breed-kiosk" => self.running.take().unwrap().terminate(),
                "sudo systemctl start breed-kiosk" => {
                    self.running = Some(Running::new(&self.data, &[]));
                }
                other => self.run(other.strip_prefix("sudo -u breed-kiosk ").unwrap()),
            }
        }
    }

    /// Runs a command of the service's user, in this service's folders.
    fn run(&self, command: &str) {
        let command = command
            .replace("/var/lib/breed-kiosk", self.data.to_str().unwrap())
            .replace("/var/tmp/kiosk.backup", self.backup.to_str().unwrap());
        let programs = Path::new(env!("CARGO_BIN_EXE_kiosk")).parent().unwrap();
        let path = env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", &command])
            .env("PATH", format!("{}:{path}", programs.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }

    /// Stops the kiosk, which must not be in rescue, and opens its catalogue.
    fn catalogue(mut self) -> Catalogue {
        let mut running = self.running.take().unwrap();
        let live = running.page("/api/v1/live");
        assert!(!live.contains("visits go to"), "{live}");
        running.terminate();
        Catalogue::open(&self.data).unwrap()
    }
}

/// The blocks of commands in a section of the notes.
fn commands(heading: &str) -> Vec<String> {
    let notes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cross/TROUBLESHOOTING.md");
    let notes = fs::read_to_string(notes).unwrap();
    let (_, section) = notes.split_once(&format!("\n### {heading}\n")).unwrap();
    let section = section.split("\n##").next().unwrap();
    let blocks = section.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// What may become of the file of a catalogue.
const DAMAGES: [(&str, &[u8]); 2] = [("damaged", &[7; 10_000]), ("emptied", b"")];

/// Expects all that was there `before`, with Rex, and Bella, who was added meanwhile.
fn has_both(catalogue: &Catalogue, before: Totals, what: &str) {
    let expected = Totals {
        animals: before.animals + 1,
        ..before
    };
    assert_eq!(catalogue.totals().unwrap(), expected, "{what}");
    for name in ["rex", "bella"] {
        assert_eq!(catalogue.search(name, 9, 0).unwrap().len(), 1, "{what}");
    }
}

#[test]
fn the_recovery_that_the_notes_describe_recovers_everything() {
    let blocks = commands("Restore a damaged catalogue");
    for (what, bytes) in DAMAGES {
        let daycare = backed_up();
        let before = daycare.catalogue.totals().unwrap();
        // Since the backup.
        daycare.arrives(&photographed("unsure", "siamese", 40));
        let (folder, elsewhere) = close(daycare);
        let photographs = contents(&folder.path().join("photographs"));
        let file = folder.path().join("catalogue.sqlite");
        fs::write(&file, bytes).unwrap();
        let left = fs::read(&file).unwrap();

        let backup = elsewhere.path().join("backup.tar");
        let mut service = Service::in_rescue(folder.path(), &backup);
        assert_eq!(fs::read(&file).unwrap(), left, "{what}");
        service.adds("Bella");
        service.follow(&blocks[0]);
        has_both(&service.catalogue(), before, what);
        let now = contents(&folder.path().join("photographs"));
        assert_eq!(now, photographs, "{what}: not one is gone");
        let names = files(folder.path());
        let kept = (names.iter()).find(|name| name.starts_with("damaged-"));
        assert_eq!(
            fs::read(folder.path().join(kept.unwrap())).unwrap(),
            left,
            "{what}"
        );
        assert!(!folder.path().join("rescue").exists(), "{what}");
    }
}

#[test]
fn a_backup_that_is_restored_on_the_page_is_in_use_at_once_with_what_was_recorded_meanwhile() {
    for (what, bytes) in DAMAGES {
        let daycare = backed_up();
        let before = daycare.catalogue.totals().unwrap();
        let (folder, elsewhere) = close(daycare);
        fs::write(folder.path().join("catalogue.sqlite"), bytes).unwrap();

        let backup = elsewhere.path().join("backup.tar");
        let mut service = Service::in_rescue(folder.path(), &backup);
        service.adds("Bella");
        let page = service.restores();
        assert!(page.contains("restarts with it"), "{what}: {page}");
        service.starts_anew();
        has_both(&service.catalogue(), before, what);
        let names = files(folder.path());
        let kept = (names.iter()).find(|name| name.starts_with("damaged-"));
        let kept = fs::read(folder.path().join(kept.unwrap())).unwrap();
        assert_eq!(kept, bytes, "{what}");
        assert!(!folder.path().join("rescue").exists(), "{what}");
    }
}

#[test]
fn a_catalogue_that_opens_and_takes_no_visit_is_rescued_and_restored_like_one_that_does_not_open() {
    let daycare = backed_up();
    let before = daycare.catalogue.totals().unwrap();
    let (folder, elsewhere) = close(daycare);
    damage_page(folder.path(), "visit");
    assert!(Catalogue::open(folder.path()).is_ok());

    let backup = elsewhere.path().join("backup.tar");
    let mut service = Service::in_rescue(folder.path(), &backup);
    service.adds("Bella");
    let page = service.restores();
    assert!(page.contains("restarts with it"), "{page}");
    service.starts_anew();
    has_both(&service.catalogue(), before, "visits damaged");
    let names = files(folder.path());
    assert!(
        names.iter().any(|name| name.starts_with("damaged-")),
        "{names:?}"
    );
    assert!(!folder.path().join("rescue").exists());
}

#[test]
fn health_says_soon_after_a_restore_on_the_page_that_all_is_well() {
    let (folder, elsewhere) = damaged();
    let service = Service {
        data: folder.path().to_owned(),
        backup: elsewhere.path().join("backup.tar"),
        running: Some(Running::new(folder.path(), &[])),
    };
    service.says_its_health(503);
    service.restores();
    service.says_its_health(200);
}

#[test]
fn whatever_part_is_damaged_the_pages_that_say_so_and_mend_it_can_be_opened() {
    for part in [
        "visit", "visit_at", "animal", "negative", "setting", "change",
    ] {
        let (folder, _elsewhere) = close(backed_up());
        damage_page(folder.path(), part);
        let running = Running::new(folder.path(), &[]);
        for page in ["/export", "/status"] {
            let answer = running.agent.get(format!("{}{page}", running.base)).call();
            let status = answer.unwrap().status();
            assert_eq!(status, 200, "{page} with a damaged {part}");
        }
    }
}

#[test]
fn without_a_backup_the_notes_begin_a_new_catalogue_and_keep_the_former_one() {
    let blocks = commands("Restore a damaged catalogue");
    let (folder, elsewhere) = close(backed_up());
    fs::remove_file(folder.path().join("catalogue.sqlite")).unwrap();
    let before = contents(folder.path());
    let mut service = Service::in_rescue(folder.path(), &elsewhere.path().join("none"));
    service.follow(&blocks[1]);
    assert_eq!(service.catalogue().totals().unwrap().visits, 0);
    assert_eq!(contents(&folder.path().join("damaged")), before);
}

#[test]
fn a_kiosk_whose_catalogue_was_lost_deletes_nothing() {
    let daycare = backed_up();
    let lost = TempDir::new().unwrap();
    // As a power cut leaves it: everything is in the log, and the file is empty.
    for (name, bytes) in contents(daycare.folder.path()) {
        let path = lost.path().join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let is_file = name == "catalogue.sqlite";
        fs::write(path, if is_file { Vec::new() } else { bytes }).unwrap();
    }
    let before = contents(lost.path());
    let mut running = Running::new(lost.path(), &[]);
    for part in [
        "catalogue.sqlite: missing or empty",
        "catalogue.sqlite-wal",
        "photographs/ (2)",
        "kiosk catalogue restore",
    ] {
        assert!(running.has_said(part), "{:?}", running.said);
    }
    let live = running.page("/api/v1/live");
    assert!(live.contains("visits go to"), "{live}");
    running.terminate();
    let after = contents(lost.path());
    for (name, bytes) in &before {
        assert_eq!(after.get(name), Some(bytes), "{name}");
    }
}

#[test]
fn a_kiosk_that_was_stopped_leaves_one_file_that_is_whole_by_itself() {
    for signal in ["TERM", "INT"] {
        let data = TempDir::new().unwrap();
        let mut running = Running::new(data.path(), &[]);
        let animals = format!("{}/api/v1/animals", running.base);
        let rex = json!({"name": "Rex", "species": "dog", "breed": "pug"});
        running.agent.post(animals).send_json(rex).unwrap();
        running.stop(signal);

        let left = files(data.path());
        let databases: Vec<_> = (left.iter())
            .filter(|name| name.starts_with("catalogue.sqlite"))
            .collect();
        assert_eq!(databases, ["catalogue.sqlite"], "{signal}");
        let alone = TempDir::new().unwrap();
        let [from, to] = [&data, &alone].map(|folder| folder.path().join("catalogue.sqlite"));
        fs::copy(from, to).unwrap();
        let catalogue = Catalogue::open(alone.path()).unwrap();
        assert_eq!(catalogue.search("rex", 9, 0).unwrap().len(), 1, "{signal}");
    }
}
