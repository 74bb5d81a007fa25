//! `kiosk catalogue`, the real program.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use catalogue::{Catalogue, Passphrase};
use serde_json::Value;

use crate::daycare::{
    Daycare, all_of, arrival, backed_up, close, contents, files, photographed, pug,
};
use crate::run::{self, Running, program};

fn kiosk(data: &Path, arguments: &[&str]) -> Output {
    program()
        .current_dir(data)
        .arg("catalogue")
        .args(arguments)
        .output()
        .unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(
        message.matches("os error").count() < 2,
        "said twice: {message}"
    );
    message
}

#[test]
fn the_catalogue_is_exported_backed_up_and_restored_while_the_kiosk_runs() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&photographed("unsure", "boxer", 16));
    daycare.confirms(visit, "pug", Some(rex));

    done(&kiosk(data, &["export", "out", "--data", "."]));
    assert_eq!(
        files(&data.join("out")).into_iter().collect::<Vec<_>>(),
        ["animals.csv", "catalogue.json", "owners.csv", "visits.csv"]
    );
    let animals = fs::read_to_string(data.join("out/animals.csv")).unwrap();
    assert!(animals.contains("Rex"), "{animals}");

    let family = daycare.elsewhere.path().join("family.tar");
    let family_of = ["export", "--animal", "1", family.to_str().unwrap()];
    done(&kiosk(data, &[&family_of[..], &["--data", "."]].concat()));
    let archive = String::from_utf8_lossy(&fs::read(&family).unwrap()).into_owned();
    for part in [
        "family.json",
        "photographs/visit-1.jpg",
        "\"name\": \"Rex\"",
    ] {
        assert!(archive.contains(part), "{part}");
    }
    let again = failed(&kiosk(data, &[&family_of[..], &["--data", "."]].concat()));
    assert!(again.contains("family.tar: exists"), "{again}");

    let backup = daycare.backup_file();
    let backup = backup.to_str().unwrap();
    done(&kiosk(data, &["backup", backup, "--data", "."]));
    daycare.catalogue.delete_animal(rex, "owner").unwrap();
    daycare.arrives(&arrival("breed", "pug"));

    let message = done(&kiosk(data, &["restore", backup, "--data", "."]));
    assert!(message.contains("1 animals and 1 visits"), "{message}");
    // The kiosk that runs has it at once.
    assert_eq!(daycare.catalogue.animal(rex).unwrap().fields.name, "Rex");
    assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
    assert_eq!(daycare.training().len(), 1);

    // So does a kiosk that never ran before, in the user's own folder.
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(["catalogue", "restore", backup])
        .env("XDG_DATA_HOME", home.path())
        .output()
        .unwrap();
    done(&output);
    assert!(home.path().join("breed-kiosk/catalogue.sqlite").exists());
}

/// What the record of what people did has in it: event, place and object of each entry.
fn recorded(data: &Path) -> Vec<[String; 3]> {
    let record = fs::read_to_string(data.join("audit.jsonl")).unwrap_or_default();
    let entry = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap();
        ["event", "from", "about"].map(|key| entry[key].as_str().unwrap().to_owned())
    };
    record.lines().map(entry).collect()
}

#[test]
fn what_is_exported_backed_up_and_restored_in_a_terminal_is_in_the_record_of_what_people_did() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    daycare.adds(&pug("Rex"));
    let place = |name: &str| {
        let path = daycare.elsewhere.path().join(name);
        path.to_str().unwrap().to_owned()
    };
    let places = ["out", "family.tar", "backup.tar"].map(place);
    let [out, family, backup] = places.each_ref().map(String::as_str);
    for arguments in [
        &["export", out][..],
        &["export", "--animal", "1", family],
        &["backup", backup],
        &["restore", backup],
        &["verify"],
    ] {
        done(&kiosk(data, &[arguments, &["--data", "."]].concat()));
    }
    // Nothing was done.
    for arguments in [
        &["restore", family, "--data", "."][..],
        &["export", "--animal", "9", "none.tar", "--data", "."],
    ] {
        failed(&kiosk(data, arguments));
    }

    let tables = "animals.csv, visits.csv, owners.csv, catalogue.json";
    let backup: &str = &backup.chars().take(100).collect::<String>();
    let expected = [
        ["export", "terminal", tables],
        ["export", "terminal", "animals/1/family.tar"],
        ["backup", "terminal", backup],
        ["restore", "terminal", backup],
    ];
    assert_eq!(
        recorded(data),
        expected.map(|entry| entry.map(str::to_owned))
    );
}

#[test]
fn a_record_that_cannot_be_written_is_said_and_stops_no_backup() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    fs::create_dir(data.join("audit.jsonl")).unwrap();
    let backup = daycare.backup_file();
    let output = kiosk(data, &["backup", backup.to_str().unwrap(), "--data", "."]);
    done(&output);
    assert!(backup.exists());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("the record of what people did cannot be written"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_record_that_root_begins_belongs_to_the_kiosks_user() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let (user, group) = (Some(65_534), Some(65_534));
    if let Err(error) = chown(data, user, group) {
        println!("skipped: the folder cannot be given to another user: {error}");
        return;
    }
    let backup = daycare.backup_file();
    done(&kiosk(
        data,
        &["backup", backup.to_str().unwrap(), "--data", "."],
    ));
    let record = fs::metadata(data.join("audit.jsonl")).unwrap();
    assert_eq!((Some(record.uid()), Some(record.gid())), (user, group));
}

#[test]
fn a_link_in_place_of_the_record_leads_nobody_to_another_file() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let other = daycare.folder.path().join("other");
    symlink(&other, data.join("audit.jsonl")).unwrap();
    let backup = daycare.backup_file();
    done(&kiosk(
        data,
        &["backup", backup.to_str().unwrap(), "--data", "."],
    ));
    assert!(
        backup.exists(),
        "a record that cannot be written stops nothing"
    );
    assert!(!other.exists());
}

#[test]
fn a_damaged_catalogue_is_not_replaced_under_a_kiosk_that_runs() {
    let daycare = backed_up();
    let (data, elsewhere) = close(daycare);
    let data = data.path();
    let file = data.join("catalogue.sqlite");
    fs::write(&file, vec![7; 10_000]).unwrap();
    let backup = elsewhere.path().join("backup.tar");
    let restore = ["restore", backup.to_str().unwrap(), "--data", "."];

    let mut running = Running::new(data, &[]);
    let refused = failed(&kiosk(data, &restore));
    for part in ["another kiosk is at work", "systemctl stop breed-kiosk"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!(
        fs::read(&file).unwrap(),
        vec![7; 10_000],
        "nothing is touched"
    );
    assert!(recorded(data).iter().all(|[event, ..]| event != "restore"));

    running.terminate();
    let said = done(&kiosk(data, &restore));
    assert!(
        said.contains("what was left of the catalogue is in"),
        "{said}"
    );
    assert!(Catalogue::open(data).is_ok());
}

#[test]
fn the_name_of_a_file_neither_controls_the_terminal_nor_breaks_the_line() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let (name, plain) = ("rex\u{1b}[31m\nred.tar", r"rex\u{1b}[31m\nred.tar");
    let missing = failed(&kiosk(data, &["restore", name, "--data", "."]));
    assert!(missing.contains(plain), "{missing}");
    let backup = daycare.elsewhere.path().join(name);
    let backup = backup.to_str().unwrap();
    let said = done(&kiosk(data, &["backup", backup, "--data", "."]));
    assert!(said.ends_with(&format!("{plain}\n")), "{said}");

    let mut classify = program();
    let refused = classify.args(["classify", "--model", name, "rex.jpg"]);
    let refused = failed(&refused.output().unwrap());
    assert!(refused.contains(plain), "{refused}");
}

#[test]
fn an_encrypted_backup_is_restored_with_the_passphrase_of_a_file() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    daycare.adds(&pug("Rex"));
    let passphrase = Passphrase::new("five words that nobody says");
    let set = daycare.catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    let backup = daycare.backup_file();
    let backup = backup.to_str().unwrap();
    let said = done(&kiosk(data, &["backup", backup, "--data", "."]));
    assert!(said.contains("encrypted"), "{said}");

    let file = daycare.elsewhere.path().join("passphrase");
    let file = file.to_str().unwrap();
    let restore = |more: &[&str]| {
        let arguments = [&["restore", backup, "--data", "."][..], more].concat();
        kiosk(data, &arguments)
    };
    let refused = failed(&restore(&[]));
    assert!(refused.contains("--passphrase-file"), "{refused}");
    let with_file = ["--passphrase-file", file];
    assert!(failed(&restore(&with_file)).contains(file));
    for (text, says) in [("\n", "empty"), ("five words\n", "another passphrase")] {
        fs::write(file, text).unwrap();
        let refused = failed(&restore(&with_file));
        assert!(refused.contains(says), "{refused}");
    }
    fs::write(file, "five words that nobody says\r\nnot this line\n").unwrap();
    let said = done(&restore(&with_file));
    assert!(said.contains("1 animals"), "{said}");
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let check = |arguments: &[&str], expect: &str| {
        let message = failed(&kiosk(data, arguments));
        assert!(message.contains(expect), "{message}");
    };
    fs::write(data.join("text.tar"), "Dear sir or madam").unwrap();
    check(&["export", "out", "--data", "nowhere"], "no catalogue");
    check(&["backup", "all.tar", "--data", "nowhere"], "no catalogue");
    check(&["verify", "--data", "nowhere"], "no catalogue");
    assert!(!data.join("nowhere").exists(), "asking makes none");
    check(
        &["restore", "text.tar", "--data", "."],
        "text.tar: not a whole backup",
    );
    check(&["restore", "none.tar", "--data", "."], "none.tar");
    check(
        &["restore", "text.tar", "--data", "new"],
        "text.tar: not a whole backup",
    );
    assert!(
        !Catalogue::exists(&data.join("new")),
        "a failed restore makes none"
    );
    check(&["export", "text.tar", "--data", "."], "text.tar");
    check(
        &["export", "--animal", "99", "family.tar", "--data", "."],
        "there is no animal 99",
    );
    check(
        &["backup", "training", "--data", "."],
        "training: not a file",
    );
    for own in ["all.tar", "catalogue.sqlite", "text.tar"] {
        check(
            &["backup", "--force", own, "--data", "."],
            "in the catalogue's own folder",
        );
    }
    let letter = daycare.elsewhere.path().join("letter.txt");
    fs::write(&letter, "Dear sir or madam").unwrap();
    let letter = letter.to_str().unwrap();
    check(
        &["backup", letter, "--data", "."],
        "letter.txt: exists and is not a backup",
    );
    done(&kiosk(data, &["backup", "--force", letter, "--data", "."]));
    done(&kiosk(data, &["backup", letter, "--data", "."]));
}

#[test]
fn faults_are_listed_a_line_each() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    daycare.arrives(&photographed("breed", "boxer", 16));
    daycare.arrives(&photographed("breed", "pug", 16));
    let whole = done(&kiosk(data, &["verify", "--data", "."]));
    assert_eq!(whole, "the catalogue is whole\n");
    for name in daycare.photographs() {
        fs::remove_file(data.join("photographs").join(name)).unwrap();
    }
    let output = kiosk(data, &["verify", "--data", "."]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let faults = String::from_utf8(output.stdout).unwrap();
    assert_eq!(faults.matches(" is missing\n").count(), 2, "{faults}");
    assert_eq!(faults.lines().count(), 2, "{faults}");
}

#[test]
fn a_backup_without_all_photographs_is_made_and_is_a_failure() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    daycare.arrives(&photographed("breed", "boxer", 16));
    daycare.arrives(&photographed("breed", "pug", 16));
    let lost = daycare.photographs().pop_first().unwrap();
    fs::remove_file(data.join("photographs").join(&lost)).unwrap();
    let backup = daycare.backup_file();
    let output = kiosk(data, &["backup", backup.to_str().unwrap(), "--data", "."]);
    let message = failed(&output);
    assert!(message.contains("lacks 1 photographs"), "{message}");
    assert!(message.contains(&lost), "{message}");
    let fresh = Daycare::new();
    fresh.catalogue.restore(&backup).unwrap();
    assert_eq!(fresh.photographs().len(), 1);
}

/// A command that runs `program` where the folder can only be read; `None` where nobody may do that.
fn read_only(folder: &Path, program: &Command) -> Option<Command> {
    let script = r#"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@""#;
    let unshare = || {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", script, "sh"])
            .arg(folder);
        command
    };
    let probe = unshare().arg("true").output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: no disk can be mounted here");
        return None;
    }
    let mut command = unshare();
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Some(command)
}

#[test]
fn a_catalogue_on_a_disk_that_can_only_be_read_is_exported_backed_up_and_verified() {
    let daycare = backed_up();
    // Closed; as a power cut left it, with a log; and the same without the log's index.
    let cases: [(&str, &[&str]); 3] = [
        ("closed", &["catalogue.sqlite"]),
        (
            "cut off",
            &[
                "catalogue.sqlite",
                "catalogue.sqlite-wal",
                "catalogue.sqlite-shm",
            ],
        ),
        ("copied", &["catalogue.sqlite", "catalogue.sqlite-wal"]),
    ];
    for (case, names) in cases {
        if case == "closed" {
            daycare.catalogue.checkpoint().unwrap();
        } else {
            daycare.adds(&pug(case));
        }
        let disk = tempfile::tempdir().unwrap();
        for name in names {
            fs::copy(daycare.at(name), disk.path().join(name)).unwrap();
        }
        let photographs = disk.path().join("photographs");
        fs::create_dir(&photographs).unwrap();
        for name in daycare.photographs() {
            let from = daycare.at("photographs").join(&name);
            fs::copy(from, photographs.join(name)).unwrap();
        }
        let before = contents(disk.path());
        let elsewhere = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let mut program = program();
            program.arg("catalogue").args(arguments).arg("--data");
            program.arg(disk.path());
            let command = read_only(disk.path(), &program);
            command.map(|mut command| done(&command.output().unwrap()))
        };
        let place = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
        if run(&["verify"]).is_none() {
            return;
        }
        run(&["export", &place("out")]);
        run(&["backup", &place("backup.tar")]);
        let exported = fs::read_to_string(place("out/catalogue.json")).unwrap();
        assert_eq!(exported, all_of(&daycare.catalogue), "{case}");
        let fresh = Daycare::new();
        fresh
            .catalogue
            .restore(Path::new(&place("backup.tar")))
            .unwrap();
        assert_eq!(all_of(&fresh.catalogue), exported, "{case}");
        assert_eq!(fresh.photographs(), daycare.photographs(), "{case}");
        assert_eq!(contents(disk.path()), before, "{case}");
    }
}

#[test]
fn the_page_shows_and_backs_up_what_is_on_a_disk_that_can_only_be_read() {
    let daycare = backed_up();
    let (data, elsewhere) = close(daycare);
    let before = contents(data.path());
    let mut program = run::kiosk(data.path(), &[]);
    // Where visits go meanwhile.
    program.env("TMPDIR", elsewhere.path());
    let Some(command) = read_only(data.path(), &program) else {
        return;
    };
    let mut running = Running::start(command);
    assert!(running.page("/animals").contains("href=\"/former\""));
    assert!(!running.page("/animals?q=rex").contains("/animals/1\""));
    let found = running.page("/former?q=rex");
    assert!(found.contains("<strong>Rex</strong>"), "{found}");
    assert!(running.page("/former/animals.csv").contains("Rex"));
    let backup = running
        .agent
        .get(format!("{}/former/backup.tar", running.base));
    let backup = backup.call().unwrap().body_mut().read_to_vec().unwrap();
    let restore = running
        .agent
        .post(format!("{}/api/v1/restore", running.base));
    let restore = restore.config().http_status_as_error(false).build();
    let mut refused = restore.send(&backup).unwrap();
    let message = refused.body_mut().read_to_string().unwrap();
    assert!(
        message.contains("cannot write to its data folder"),
        "{message}"
    );
    running.terminate();
    assert_eq!(contents(data.path()), before);

    let file = elsewhere.path().join("former.tar");
    fs::write(&file, backup).unwrap();
    let fresh = Daycare::new();
    fresh.catalogue.restore(&file).unwrap();
    assert_eq!(fresh.catalogue.search("rex", 9, 0).unwrap().len(), 1);
    assert_eq!(fresh.photographs().len(), 2);
}

#[test]
fn a_catalogue_that_the_user_may_not_write_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let elsewhere = tempfile::tempdir().unwrap();
    allow(elsewhere.path(), 0o777);
    drop(Catalogue::open(folder).unwrap());
    let check = |case: &str| {
        let mut command = program();
        command.args(["catalogue", "export"]);
        command.arg(elsewhere.path().join(case)).arg("--data");
        command.arg(folder);
        // Nothing is read-only for the superuser, so the program runs as another user.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(65_534);
        }
        match command.output() {
            Ok(output) => {
                done(&output);
                assert!(elsewhere.path().join(case).join("animals.csv").exists());
            }
            Err(error) => println!("skipped: the program cannot be run as another user: {error}"),
        }
    };
    allow(folder, 0o555);
    allow(&folder.join("catalogue.sqlite"), 0o444);
    check("neither");
    // The file may be written, but SQLite cannot create its files beside it.
    allow(&folder.join("catalogue.sqlite"), 0o666);
    check("file");
    allow(folder, 0o755);
}

#[test]
fn who_may_not_read_the_passphrase_is_told_who_may() {
    let daycare = Daycare::new();
    let passphrase = Passphrase::new("five words that nobody says");
    let set = daycare.catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    let (folder, elsewhere) = close(daycare);
    let folder = folder.path();
    allow(elsewhere.path(), 0o777);
    allow(folder, 0o755);
    allow(&folder.join("catalogue.sqlite"), 0o644);
    allow(&folder.join("backup-passphrase"), 0o000);
    let mut command = program();
    command.args(["catalogue", "backup", "--data"]).arg(folder);
    command.arg(elsewhere.path().join("backup.tar"));
    // The superuser may read everything, so the program runs as another user.
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(65_534);
    }
    match command.output() {
        Ok(output) => {
            let why = failed(&output);
            let says =
                "backup-passphrase: cannot be read; only the user whom it belongs to and root";
            assert!(why.contains(says), "{why}");
        }
        Err(error) => println!("skipped: the program cannot be run as another user: {error}"),
    }
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
