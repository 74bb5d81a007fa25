//! `kiosk model` and a kiosk at work: which bundles are installed, and which are taken back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use minisign::KeyPair;
use serde_json::json;
use tempfile::TempDir;

use crate::common::Draft;
use crate::run::Running;

/// The bundle that is built in.
const BUILT_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/breeds.onnx");

/// A kiosk's data folder, its configuration, and who signs its bundles.
struct Owner {
    folder: TempDir,
    pair: KeyPair,
}

impl Owner {
    fn new() -> Self {
        let owner = Self {
            folder: TempDir::new().unwrap(),
            pair: KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        let key = format!("model_key = \"{}\"\n", owner.pair.pk.to_base64());
        fs::write(owner.at("kiosk.toml"), key).unwrap();
        fs::write(owner.at("no-key.toml"), "# nothing").unwrap();
        owner
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    /// A file of the folder that the kiosk keeps its bundles in, if it is there.
    fn kept(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.data().join("models").join(name)).ok()
    }

    /// Writes a bundle that was trained at that time; returns its bytes.
    fn writes(&self, name: &str, trained: &str) -> Vec<u8> {
        let mut draft = Draft::default();
        draft.prop("kiosk.trained")["when"] = json!(trained);
        fs::write(self.at(name), draft.bytes()).unwrap();
        draft.bytes()
    }

    fn signs(&self, name: &str, pair: &KeyPair) {
        let file = fs::File::open(self.at(name)).unwrap();
        let signature = minisign::sign(None, &pair.sk, file, None, None).unwrap();
        let path = self.at(&format!("{name}.minisig"));
        fs::write(path, signature.to_string()).unwrap();
    }

    fn kiosk(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        command.current_dir(self.folder.path()).arg("model");
        if !arguments.contains(&"--config") {
            command.args(["--config", "kiosk.toml"]);
        }
        command.args(["--data", "data"]).args(arguments);
        command.output().unwrap()
    }

    /// Runs a command that succeeds; returns what it prints.
    fn does(&self, arguments: &[&str]) -> String {
        let output = self.kiosk(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that fails; returns the one line that says why.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.kiosk(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let why = String::from_utf8(output.stderr).unwrap();
        assert_eq!(why.lines().count(), 1, "{why}");
        why
    }

    fn starts(&self) -> Running {
        fs::create_dir_all(self.data()).unwrap();
        Running::new(&self.data(), &[])
    }
}

/// Waits until the status page says something.
fn wait_for(running: &Running, text: &str) {
    let start = Instant::now();
    while !running.page("/status").contains(text) {
        assert!(start.elapsed() < Duration::from_secs(20), "no {text}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_signed_bundle_is_installed_and_the_one_before_comes_back() {
    let owner = Owner::new();
    assert!(
        owner
            .does(&["show"])
            .starts_with("in use: the built-in bundle, trained ")
    );
    assert!(
        owner
            .fails(&["rollback"])
            .contains("there is none to go back to")
    );

    fs::copy(BUILT_IN, owner.at("breeds.onnx")).unwrap();
    owner.signs("breeds.onnx", &owner.pair);
    let first = fs::read(BUILT_IN).unwrap();
    let said = owner.does(&["install", "breeds.onnx"]);
    assert!(
        said.starts_with("breeds.onnx is installed\nin use: a bundle, trained "),
        "{said}"
    );
    assert_eq!(owner.kept("current.onnx").as_ref(), Some(&first));
    let said = owner.does(&["show"]);
    assert!(
        said.contains("37 breeds, int8") && said.contains("on probation"),
        "{said}"
    );
    assert!(said.contains("\nbefore: the built-in bundle, "), "{said}");

    let second = owner.writes("next.onnx", "2099-05-01");
    owner.signs("next.onnx", &owner.pair);
    owner.does(&["install", "next.onnx"]);
    assert_eq!(owner.kept("current.onnx").as_ref(), Some(&second));
    assert_eq!(owner.kept("former.onnx").as_ref(), Some(&first));

    let said = owner.does(&["rollback"]);
    assert!(
        said.contains("37 breeds") && !said.contains("probation"),
        "{said}"
    );
    assert_eq!(owner.kept("current.onnx").as_ref(), Some(&first));
    owner.does(&["rollback"]);
    assert_eq!(owner.kept("current.onnx").as_ref(), Some(&second));
    assert_eq!(owner.kept("former.onnx").as_ref(), Some(&first));
}

#[test]
fn what_nobody_vouches_for_is_refused_until_the_owner_says_otherwise() {
    let owner = Owner::new();
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    for name in [
        "unsigned.onnx",
        "stranger.onnx",
        "changed.onnx",
        "damaged.onnx",
    ] {
        owner.writes(name, "2099-05-01");
    }
    owner.signs("stranger.onnx", &stranger);
    owner.signs("changed.onnx", &owner.pair);
    owner.writes("changed.onnx", "2099-05-02");
    fs::write(
        owner.at("damaged.onnx.minisig"),
        "signed, sealed, delivered",
    )
    .unwrap();
    owner.writes("old.onnx", "2001-01-01");
    owner.signs("old.onnx", &owner.pair);

    let no_key = ["--config", "no-key.toml"];
    let refused: [(&[&str], &str); 11] = [
        (&["unsigned.onnx"], "--unsigned installs it all the same"),
        (&["stranger.onnx"], "signed with another key"),
        (&["stranger.onnx", "--unsigned"], "signed with another key"),
        (&["changed.onnx"], "changed after it had been signed"),
        (
            &["changed.onnx", "--unsigned"],
            "changed after it had been signed",
        ),
        (&["damaged.onnx"], "its signature is damaged"),
        (
            &["old.onnx", no_key[0], no_key[1]],
            "--unsigned installs it all the same",
        ),
        (&["old.onnx"], "it was trained 2001-01-01"),
        (&["gone.onnx"], "gone.onnx: not found"),
        (
            &["http://127.0.0.1:9/breeds.onnx"],
            "only https addresses are read",
        ),
        (
            &["https://127.0.0.1:9/breeds.onnx"],
            "https://127.0.0.1:9/breeds.onnx: ",
        ),
    ];
    for (arguments, expected) in refused {
        let why = owner.fails(&[&["install"][..], arguments].concat());
        assert!(why.contains(expected), "{arguments:?}: {why}");
        assert_eq!(owner.kept("current.onnx"), None, "{arguments:?}");
    }
    let left: Vec<_> = fs::read_dir(owner.data().join("models"))
        .map(|files| files.map(|file| file.unwrap().file_name()).collect())
        .unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");

    owner.does(&["install", "unsigned.onnx", "--unsigned"]);
    owner.does(&["install", "old.onnx", "--older"]);
    let said = owner.does(&["show"]);
    assert!(said.contains("trained 2001-01-01"), "{said}");
    assert!(
        said.contains("before: a bundle, trained 2099-05-01"),
        "{said}"
    );
}

/// Bundles that are made to hang, to fill the memory or to answer with nonsense, by name, and why they are
/// refused.
fn hostile() -> [(&'static str, Vec<u8>, &'static str); 6] {
    let endless_border = Draft {
        nodes: [("MaxPool", vec!["image"], "bordered")]
            .into_iter()
            .chain([("GlobalAveragePool", vec!["bordered"], "pooled")])
            .chain(Draft::default().nodes.into_iter().skip(1))
            .collect(),
        attributes: vec![
            ("kernel_shape", vec![1, 1]),
            ("pads", vec![i64::MAX as u64; 4]),
        ],
        ..Draft::default()
    };
    let mut huge = Draft::default();
    // Their product would take 1 GiB.
    let side = 1 << 14;
    huge.weights
        .push(("tall", vec![side, 1], vec![1.0; 1 << 14]));
    huge.weights
        .push(("wide", vec![1, side], vec![1.0; 1 << 14]));
    huge.nodes = vec![
        ("MatMul", vec!["tall", "wide"], "square"),
        ("GlobalAveragePool", vec!["image"], "small"),
        ("Add", vec!["small", "square"], "sum"),
        ("GlobalAveragePool", vec!["sum"], "pooled"),
        ("Flatten", vec!["pooled"], "features"),
        ("MatMul", vec!["features", "weight"], "logits"),
    ];
    let mut wide = Draft::default();
    let channels = 1 << 18;
    let filters = vec![1.0; channels as usize * 3];
    wide.weights = vec![
        ("filters", vec![channels, 3, 1, 1], filters.clone()),
        ("weight", vec![channels, 3], filters),
    ];
    wide.nodes = vec![
        ("Conv", vec!["image", "filters"], "many"),
        ("GlobalAveragePool", vec!["many"], "pooled"),
        ("Flatten", vec!["pooled"], "features"),
        ("MatMul", vec!["features", "weight"], "logits"),
    ];
    let mut infinite = Draft::default();
    infinite.weights[0].2 = vec![f32::INFINITY; 9];
    let mut blind = Draft::default();
    blind.weights[0].2 = vec![0.0; 9];
    let mut cut = Draft::default().bytes();
    cut.truncate(cut.len() / 2);
    [
        (
            "endless-border.onnx",
            endless_border.bytes(),
            "must be at most 64",
        ),
        (
            "huge.onnx",
            huge.bytes(),
            "needs more than 768 MiB of memory",
        ),
        ("wide.onnx", wide.bytes(), "at most 67108864 are computed"),
        ("infinite.onnx", infinite.bytes(), "makes no sense"),
        (
            "blind.onnx",
            blind.bytes(),
            "the same answer to all check pictures",
        ),
        ("cut.onnx", cut, "not an ONNX model, or cut short"),
    ]
}

#[test]
fn a_hostile_bundle_is_refused_in_a_line_and_leaves_nothing_behind() {
    let owner = Owner::new();
    for (name, bytes, expected) in hostile() {
        fs::write(owner.at(name), bytes).unwrap();
        owner.signs(name, &owner.pair);
        let why = owner.fails(&["install", name, "--older"]);
        assert!(why.contains(name) && why.contains(expected), "{why}");
        let left: Vec<_> = fs::read_dir(owner.data().join("models"))
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

#[test]
fn a_kiosk_at_work_takes_the_installed_bundle_in() {
    let owner = Owner::new();
    let running = owner.starts();
    assert!(running.page("/status").contains("built in"));
    owner.writes("next.onnx", "2099-05-01");
    owner.signs("next.onnx", &owner.pair);
    owner.does(&["install", "next.onnx"]);
    wait_for(&running, "2099");
    assert!(running.page("/status").contains("installed"));
    assert!(running.page("/api/v1/breeds").contains("green_dog"));
    owner.does(&["rollback"]);
    wait_for(&running, "built in");
    assert!(!running.page("/status").contains("2099"));
}

#[test]
fn a_bundle_that_cannot_be_used_at_the_start_is_taken_back() {
    let owner = Owner::new();
    let first = owner.writes("first.onnx", "2099-05-01");
    owner.writes("second.onnx", "2099-05-02");
    owner.does(&["install", "first.onnx", "--unsigned"]);
    owner.does(&["install", "second.onnx", "--unsigned"]);
    let current = owner.data().join("models/current.onnx");
    fs::write(&current, "no network").unwrap();

    let running = owner.starts();
    let status = running.page("/status");
    assert!(
        status.contains("was taken back: ") && status.contains("2099"),
        "{status}"
    );
    drop(running);
    assert_eq!(owner.kept("current.onnx"), Some(first));
    assert_eq!(owner.kept("former.onnx"), None);
    assert_eq!(
        owner.kept("rejected.onnx").as_deref(),
        Some(&b"no network"[..])
    );
    assert!(owner.does(&["show"]).contains("\ntaken back: model "));

    // Neither of them can be used.
    fs::write(&current, "no network").unwrap();
    let running = owner.starts();
    assert!(running.page("/status").contains("built in"));
    assert_eq!(owner.kept("current.onnx"), None);
}

#[test]
fn a_bundle_with_which_the_kiosk_dies_twice_is_taken_back() {
    let owner = Owner::new();
    let bundle = owner.writes("deadly.onnx", "2099-05-01");
    owner.does(&["install", "deadly.onnx", "--unsigned"]);
    // A kiosk that is stopped has not died.
    for _ in 0..3 {
        owner.starts().terminate();
        assert_eq!(owner.kept("current.onnx").as_ref(), Some(&bundle));
    }
    for _ in 0..2 {
        // It is killed at the end.
        let running = owner.starts();
        assert!(running.page("/status").contains("2099"));
    }
    let running = owner.starts();
    let status = running.page("/status");
    assert!(
        status.contains("died 2 times") && status.contains("built in"),
        "{status}"
    );
    assert_eq!(owner.kept("current.onnx"), None);
    assert_eq!(owner.kept("rejected.onnx"), Some(bundle));
    assert!(owner.does(&["show"]).contains("\ntaken back: "));
    fs::remove_file(owner.data().join("models/rejected.onnx")).unwrap();
    assert!(!owner.does(&["show"]).contains("taken back"));
}

#[test]
fn a_machine_that_is_unplugged_twice_does_not_speak_against_a_bundle() {
    let owner = Owner::new();
    let bundle = owner.writes("good.onnx", "2099-05-01");
    owner.does(&["install", "good.onnx", "--unsigned"]);
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let state = owner.data().join("models/state.toml");
    // It is killed at each end, and the machine boots.
    for times in 0..6 {
        assert!(owner.starts().page("/status").contains("2099"), "{times}");
        assert_eq!(owner.kept("current.onnx").as_ref(), Some(&bundle));
        let noted = fs::read_to_string(&state).unwrap();
        assert!(noted.contains(boot.trim_end()), "{noted}");
        fs::write(&state, noted.replace(boot.trim_end(), "another boot")).unwrap();
    }
    let status = owner.starts().page("/status");
    assert!(
        status.contains("died 6 times"),
        "a machine that it lets crash: {status}"
    );
    assert_eq!(owner.kept("rejected.onnx"), Some(bundle));
}

#[test]
fn a_bundle_that_is_taken_back_takes_no_other_one_with_it_if_the_power_fails() {
    let owner = Owner::new();
    let good = owner.writes("good.onnx", "2098-05-01");
    let deadly = owner.writes("deadly.onnx", "2099-05-01");
    for name in ["good.onnx", "deadly.onnx"] {
        owner.does(&["install", name, "--unsigned"]);
    }
    for _ in 0..2 {
        assert!(owner.starts().page("/status").contains("2099"));
    }
    let state = owner.data().join("models/state.toml");
    let before = fs::read(&state).unwrap();
    assert!(owner.starts().page("/status").contains("2098"));
    // The power failed before that was noted.
    fs::write(&state, before).unwrap();
    assert!(owner.starts().page("/status").contains("2098"));
    assert_eq!(owner.kept("current.onnx"), Some(good));
    assert_eq!(owner.kept("rejected.onnx"), Some(deadly));
}

#[test]
fn a_configured_bundle_stays_in_use() {
    let owner = Owner::new();
    owner.writes("own.onnx", "2099-05-01");
    let model = owner.at("own.onnx");
    let config = format!("model = {:?}\n", path(&model));
    fs::write(owner.at("kiosk.toml"), config).unwrap();
    owner.writes("next.onnx", "2099-06-01");
    let said = owner.does(&["install", "next.onnx", "--unsigned"]);
    assert!(
        said.contains("own.onnx, as the configuration says: a bundle"),
        "{said}"
    );
    fs::create_dir_all(owner.data()).unwrap();
    let running = Running::new(&owner.data(), &["--model", path(&model)]);
    assert!(running.page("/status").contains("own.onnx"));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
