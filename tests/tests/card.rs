//! Prepares cards with `cross/card`: what they say then, and what it refuses.
//!
//! Needs `python3` with PyYAML, and `dpkg-deb`. Without them the tests are skipped, except in CI.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{can_run, workspace};

/// The boot partition of a flashed card, as far as it counts here.
const FLASHED: [(&str, &str); 6] = [
    (
        "config.txt",
        "#dtparam=spi=on\n[cm4]\ndtparam=spi=on\n[all]\nenable_uart=1",
    ),
    ("cmdline.txt", "console=tty1 root=PARTUUID=0-02 rootwait\n"),
    ("kernel8.img", "the kernel"),
    ("user-data", "#cloud-config\n"),
    ("network-config", ""),
    ("meta-data", "instance_id: rpios-image\n"),
];

/// Names of Wi-Fi networks and their passwords, with what has a meaning in YAML or takes several bytes.
const NETWORKS: [(&str, &str); 6] = [
    ("Office", "correct horse"),
    (r#""Chez Milou" \ 'Nord'"#, r#"pass"word\' #: {}"#),
    (" ✂ Büro 🐕\u{200d}🦺 ", "  äöüß🐾  "),
    ("null", "yes, yes, yes"),
    ("~: *a &b !c %d @e |f >g", "- [1, 2]: no"),
    (
        "exactly thirty-two bytes of name",
        "exactly sixty-three bytes of password, which is as long as goes",
    ),
];

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFTsgdqYGz8dUwYnNGjYQfYJOxLxQ0mCgPDAt6kKzBvq marie@büro";

/// A folder with a flashed card in `boot`, and with files for options.
struct Card(TempDir);

impl Card {
    /// Makes one; none without the tools.
    fn new() -> Option<Self> {
        let has_yaml = works(Command::new("python3").args(["-c", "import yaml"]));
        let has_packages = works(Command::new("dpkg-deb").arg("--version"));
        if !can_run(has_yaml && has_packages, "python3 with PyYAML and dpkg-deb") {
            return None;
        }
        let card = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(card.at("boot")).expect("a folder for the card");
        for (name, content) in FLASHED {
            card.write(&format!("boot/{name}"), content);
        }
        card.pack("kiosk.deb", "arm64");
        card.write("key.pub", &format!("{KEY}\n"));
        Some(card)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.at(name), content).expect("a file");
    }

    /// Makes an empty package of the kiosk.
    fn pack(&self, file: &str, architecture: &str) {
        let folder = format!("{architecture}-package");
        fs::create_dir_all(self.at(&folder).join("DEBIAN")).expect("a folder for a package");
        let control = format!(
            "Package: breed-kiosk\nVersion: 1\nArchitecture: {architecture}\n\
             Maintainer: Tests <tests@example.org>\nDescription: none\n"
        );
        self.write(&format!("{folder}/DEBIAN/control"), &control);
        let mut pack = Command::new("dpkg-deb");
        pack.args(["--root-owner-group", "--build", folder.as_str(), file]);
        assert!(works(pack.current_dir(self.0.path())), "{file} is not made");
    }

    /// Prepares the card with the package and these options.
    fn prepare(&self, options: &[&str]) -> Output {
        Command::new(workspace().join("cross/card"))
            .args(["boot", "--package", "kiosk.deb"])
            .args(options)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .expect("cross/card runs")
    }

    /// All files on the card.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.at("boot")).expect("the card");
        let file = |entry: fs::DirEntry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        };
        entries
            .map(|entry| file(entry.expect("an entry")))
            .collect()
    }

    /// What PyYAML reads in a file on the card, as cloud-init does.
    fn yaml(&self, name: &str) -> Value {
        let read = "import json, sys, yaml\n\
                    json.dump(yaml.safe_load(open(sys.argv[1], 'rb')), sys.stdout)";
        let run = Command::new("python3")
            .args(["-c", read])
            .arg(self.at("boot").join(name))
            .output()
            .expect("python3 runs");
        assert!(run.status.success(), "{name}: {run:?}");
        serde_json::from_slice(&run.stdout).expect("JSON")
    }
}

/// Whether a program runs and succeeds.
fn works(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn a_wifi_network_keeps_its_name_and_password_whatever_is_in_them() {
    let Some(card) = Card::new() else { return };
    for (name, password) in NETWORKS {
        // With the mark and the end of a line that an editor of Windows writes.
        card.write("password", &format!("\u{feff}{password}\r\n"));
        let run = card.prepare(&[
            "--wifi",
            name,
            "--wifi-password-file",
            "password",
            "--country",
            "no",
        ]);
        assert!(run.status.success(), "{name}: {run:?}");
        let told = [run.stdout, run.stderr].concat();
        assert!(!String::from_utf8_lossy(&told).contains(password), "{name}");
        assert_eq!(
            card.yaml("network-config")["network"]["wifis"]["wlan0"],
            json!({
                "dhcp4": true,
                "optional": true,
                // Norway is no boolean.
                "regulatory-domain": "NO",
                "access-points": { name: { "password": password } },
            }),
        );
    }
}

#[test]
fn a_card_says_what_was_asked_for_and_stays_the_same_the_second_time() {
    let Some(card) = Card::new() else { return };
    let options = [
        "--host-name",
        "pension-nord",
        "--user",
        "marie",
        "--ssh-key",
        "key.pub",
        "--language",
        "fr",
        "--time-zone",
        "Europe/Paris",
        "--display",
        "spi",
        "--panel",
        "ili9341",
    ];
    let run = card.prepare(&options);
    assert!(run.status.success(), "{run:?}");

    let mut files = card.files();
    assert!(files["user-data"].starts_with(b"#cloud-config\n"));
    let user_data = card.yaml("user-data");
    for (key, expected) in [
        ("/hostname", json!("pension-nord")),
        ("/timezone", json!("Europe/Paris")),
        ("/locale", json!("fr_FR.UTF-8")),
        ("/users/0/name", json!("marie")),
        ("/users/0/lock_passwd", json!(true)),
        ("/users/0/ssh_authorized_keys", json!([KEY])),
        ("/ssh_pwauth", json!(false)),
    ] {
        assert_eq!(user_data.pointer(key), Some(&expected), "{key}");
    }
    let generated = user_data["bootcmd"].to_string();
    assert!(generated.contains("fr_FR.UTF-8"), "{generated}");
    let commands = user_data["runcmd"].to_string();
    for part in [
        "/boot/firmware/breed-kiosk.deb",
        "/var/lib/breed-kiosk-update/in-use.deb",
        "ili9341",
        r#""ssh""#,
    ] {
        assert!(commands.contains(part), "{commands} lacks {part}");
    }
    assert_eq!(
        card.yaml("network-config"),
        json!({"network": {"version": 2, "ethernets": {"eth0": {"dhcp4": true, "optional": true}}}}),
    );

    assert!(card.prepare(&options).status.success());
    assert_eq!(card.files(), files, "the second time");

    // Another network or package is another instance, for which cloud-init starts over.
    card.write("password", "correct horse");
    let mut more = options.to_vec();
    more.extend(["--wifi", "Office", "--wifi-password-file", "password"]);
    more.extend(["--country", "FR"]);
    assert!(card.prepare(&more).status.success());
    assert_ne!(card.files()["meta-data"], files["meta-data"]);

    let package = fs::read(card.at("kiosk.deb")).expect("the package");
    assert_eq!(files.remove("breed-kiosk.deb"), Some(package));
    for (name, before) in FLASHED {
        let after = files.remove(name).expect("a file of the flashed card");
        match name {
            "user-data" | "network-config" | "meta-data" => {}
            "config.txt" => assert_eq!(after, format!("{before}\ndtparam=spi=on\n").as_bytes()),
            "cmdline.txt" => {
                let line = format!(
                    "{} cgroup_enable=memory cgroup_memory=1\n",
                    before.trim_end()
                );
                assert_eq!(after, line.as_bytes());
            }
            _ => assert_eq!(after, before.as_bytes(), "{name}"),
        }
    }
    assert_eq!(files, BTreeMap::new(), "nothing else is there");
}

#[test]
fn the_kernel_is_told_once_to_account_for_memory() {
    let Some(card) = Card::new() else { return };
    for (before, after) in [
        (
            "console=tty1 rootwait",
            "console=tty1 rootwait cgroup_enable=memory cgroup_memory=1",
        ),
        (
            "cgroup_enable=memory rootwait \r\n",
            "cgroup_enable=memory rootwait cgroup_memory=1\n",
        ),
        (
            "cgroup_enable=cpuset rootwait\n",
            "cgroup_enable=cpuset rootwait cgroup_enable=memory cgroup_memory=1\n",
        ),
        (
            "cgroup_memory=1 rootwait  cgroup_enable=memory\n",
            "cgroup_memory=1 rootwait  cgroup_enable=memory\n",
        ),
    ] {
        card.write("boot/cmdline.txt", before);
        for time in ["once", "twice"] {
            let run = card.prepare(&[]);
            assert!(run.status.success(), "{before:?}: {run:?}");
            let line = String::from_utf8_lossy(&card.files()["cmdline.txt"]).into_owned();
            assert_eq!(line, after, "{before:?}, {time}");
        }
    }
}

#[test]
fn what_cannot_work_is_refused_in_one_line_and_changes_nothing() {
    let Some(card) = Card::new() else { return };
    card.pack("amd64.deb", "amd64");
    let package = fs::read(card.at("kiosk.deb")).expect("the package");
    fs::write(card.at("half.deb"), &package[..package.len() / 2]).expect("half a package");
    card.write("password", "correct horse");
    card.write("short", "seven 7");
    card.write("long", &"x".repeat(64));
    card.write("tabs", "correct\thorse");
    card.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
    let long = "x".repeat(64);
    let wifi = |name, file| {
        vec![
            "--country",
            "DE",
            "--wifi",
            name,
            "--wifi-password-file",
            file,
        ]
    };

    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["--host-name", "my_kiosk"], "cannot be a host name"),
        (vec!["--host-name", "kiosk-"], "cannot be a host name"),
        (vec!["--host-name", long.as_str()], "cannot be a host name"),
        (vec!["--user", "root"], "cannot be the user"),
        (vec!["--user", "Marie"], "cannot be the user"),
        (wifi("", "password"), "1 to 32 bytes"),
        (wifi(&long[..33], "password"), "1 to 32 bytes"),
        (wifi("Of\nfice", "password"), "control character"),
        (wifi("Office", "short"), "8 to 63 characters"),
        (wifi("Office", "long"), "8 to 63 characters"),
        (wifi("Office", "tabs"), "control character"),
        (wifi("Office", "nothing"), "nothing: No such file"),
        (
            vec!["--wifi", "Office", "--country", "DE"],
            "--wifi-password-file",
        ),
        (
            vec!["--wifi", "Office", "--wifi-password-file", "password"],
            "add --country",
        ),
        (
            vec!["--wifi-password-file", "password"],
            "without a network",
        ),
        (vec!["--country", "Germany"], "is no country"),
        (vec!["--time-zone", "../shadow"], "is no time zone"),
        (vec!["--ssh-key", "key"], "is a private key"),
        (vec!["--ssh-key", "password"], "holds no public SSH key"),
        (vec!["--panel", "st7789"], "--panel needs --display"),
        (
            vec!["--display", "i2c", "--panel", "st7789"],
            "is not at i2c",
        ),
        (vec!["--package", "amd64.deb"], "for amd64"),
        (vec!["--package", "half.deb"], "damaged"),
        (vec!["--package", "password"], "is no Debian package"),
        (vec!["--package", "nothing"], "nothing: No such file"),
    ];
    for (options, expected) in cases {
        refuses(&card, &options, 1, expected);
    }
    // A list of processes would show it.
    let password = ["--wifi", "Office", "--wifi-password", "correct horse"];
    refuses(&card, &password, 2, "unrecognized arguments");
}

#[test]
fn a_folder_that_is_no_card_with_cloud_init_is_refused() {
    let Some(card) = Card::new() else { return };
    for (missing, expected) in [
        ("user-data", "flash Raspberry Pi OS (64-bit)"),
        ("cmdline.txt", "is not the boot partition"),
    ] {
        fs::remove_file(card.at("boot").join(missing)).expect("the file was there");
        refuses(&card, &[], 1, expected);
    }
}

/// Checks that the card is not prepared with these options, that the reason is said in one line, and that
/// nothing changes.
fn refuses(card: &Card, options: &[&str], status: i32, expected: &str) {
    let before = card.files();
    let run = card.prepare(options);
    let told = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(status), "{options:?}: {told}");
    let last = told.lines().last().unwrap_or_default();
    assert!(last.contains(expected), "{options:?}: {told}");
    assert!(!told.contains("Traceback"), "{told}");
    assert_eq!(card.files(), before, "{options:?}");
}
