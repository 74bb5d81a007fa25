//! The `age` program as an independent judge of encrypted backups.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use catalogue::{BackupFile, Catalogue, Passphrase, Replace};
use tests::can_run;

const PASSPHRASE: &str = "five words that nobody says";

/// Runs `age` in a terminal of its own, since it asks nothing but a terminal for a passphrase; it is
/// typed as often as it may be asked for.
fn age(folder: &Path, arguments: &str) {
    let typed = folder.join("typed");
    fs::write(&typed, format!("{PASSPHRASE}\n{PASSPHRASE}\n")).unwrap();
    let output = Command::new("timeout")
        .args(["60", "script", "-qec"])
        .args([&*format!("age {arguments}"), "/dev/null"])
        .current_dir(folder)
        .stdin(File::open(&typed).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn age_opens_the_kiosks_backups_and_the_kiosk_those_that_age_has_encrypted() {
    let version = |program| {
        let mut command = Command::new(program);
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok()
    };
    let there = version("age") && version("script");
    if !can_run(there, "age and script (Debian: age, bsdutils)") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let catalogue = Catalogue::open(&at("data")).unwrap();
    let passphrase = Passphrase::new(PASSPHRASE);
    let set = catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    catalogue
        .backup(&at("kiosk.tar.age"), Replace::Backup)
        .unwrap();

    age(folder.path(), "--decrypt --output plain.tar kiosk.tar.age");
    let restored = catalogue.restore(&at("plain.tar")).unwrap();
    age(
        folder.path(),
        "--passphrase --output again.tar.age plain.tar",
    );
    let again = at("again.tar.age");
    let again = BackupFile::new(&again, Some(&passphrase));
    assert_eq!(catalogue.restore(again).unwrap(), restored);
}
