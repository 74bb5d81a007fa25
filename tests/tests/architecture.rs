//! Compares the crates and their arrows in ARCHITECTURE.md with what cargo and the sources say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::workspace;

/// The first line of the block in ARCHITECTURE.md that lists the crates, lowest first, one a line:
/// `name -> dependency, dependency`.
const BLOCK: &str = "```text crates";

/// Members that the list leaves out: a replacement of a crate of crates.io, by `[patch.crates-io]`.
const PATCHES: [&str; 1] = ["v4l2-sys-mit"];

/// Crates that the trainer must not build.
const NOT_IN_TRAINER: [&str; 4] = ["catalogue", "desk", "devices", "edge"];

/// Where sources may allow unsafe code: the kernels' crate, and one file of the trainer.
const MAY_BE_UNSAFE: [&str; 2] = ["edge/kernels/src/", "trainer/src/net/kernels/matmul.rs"];

/// A crate of the workspace and the crates of the workspace that it depends on.
type Crate = (String, BTreeSet<String>);

#[test]
fn the_crates_have_the_dependencies_that_the_architecture_shows() {
    let listed: BTreeMap<_, _> = listed().into_iter().collect();
    assert_eq!(listed, dependencies(), "ARCHITECTURE.md, then cargo");
}

#[test]
fn dependencies_point_down() {
    let mut lower = BTreeSet::new();
    for (name, dependencies) in listed() {
        let up: Vec<_> = dependencies.difference(&lower).collect();
        assert!(up.is_empty(), "{name} depends on higher crates: {up:?}");
        assert!(lower.insert(name.clone()), "{name} is listed twice");
    }
}

#[test]
fn the_trainer_builds_no_part_of_the_appliance() {
    let dependencies = dependencies();
    let mut reached = BTreeSet::new();
    let mut next = vec!["trainer"];
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(dependencies[name].iter().map(String::as_str));
        }
    }
    assert!(reached.contains("recognise"), "{reached:?}");
    let wrong: Vec<_> = NOT_IN_TRAINER
        .iter()
        .filter(|it| reached.contains(*it))
        .collect();
    assert!(wrong.is_empty(), "the trainer reaches {wrong:?}");
}

#[test]
fn only_kernels_allow_unsafe_code() {
    let mut wrong = Vec::new();
    for folder in ["edge", "trainer", "tests"] {
        for file in sources(&workspace().join(folder)) {
            let path = file
                .strip_prefix(workspace())
                .expect("a path in the workspace");
            let may = MAY_BE_UNSAFE
                .iter()
                .any(|place| path.to_string_lossy().starts_with(place));
            if !may && allows_unsafe(&fs::read_to_string(&file).expect("a source file")) {
                wrong.push(path.to_owned());
            }
        }
    }
    assert!(wrong.is_empty(), "unsafe code is allowed in {wrong:?}");
}

/// The lint that denies unsafe code is the workspace's, so every member must have the workspace's lints.
#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let manifest = package["manifest_path"].as_str().expect("a path");
        let manifest = fs::read_to_string(manifest).expect("a manifest");
        let has_lints = manifest.contains("[lints]\nworkspace = true");
        assert!(
            has_lints || PATCHES.contains(&name),
            "{name} has other lints"
        );
    }
}

/// The crates in ARCHITECTURE.md, lowest first.
fn listed() -> Vec<Crate> {
    let file = workspace().join("ARCHITECTURE.md");
    let text = fs::read_to_string(file).expect("ARCHITECTURE.md");
    let lines = text.lines().skip_while(|line| line.trim() != BLOCK).skip(1);
    let crates: Vec<_> = lines
        .take_while(|line| line.trim() != "```")
        .map(|line| {
            let (name, dependencies) = line.split_once("->").unwrap_or((line, ""));
            let dependencies = dependencies.split(',').map(str::trim);
            let dependencies = dependencies.filter(|name| !name.is_empty());
            (
                name.trim().to_owned(),
                dependencies.map(str::to_owned).collect(),
            )
        })
        .collect();
    assert!(!crates.is_empty(), "ARCHITECTURE.md has no block {BLOCK}");
    crates
}

/// The crates and their normal dependencies by `cargo metadata`.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let name = |it: &Value| it["name"].as_str().expect("a name").to_owned();
    let packages: Vec<_> = packages()
        .into_iter()
        .filter(|package| !PATCHES.contains(&&*name(package)))
        .collect();
    let members: BTreeSet<_> = packages.iter().map(name).collect();
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("a list").iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        normal
            .map(name)
            .filter(|name| members.contains(name))
            .collect()
    };
    packages
        .iter()
        .map(|package| (name(package), of(package)))
        .collect()
}

/// The members of the workspace by `cargo metadata`.
fn packages() -> Vec<Value> {
    let run = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{stderr}");
    let mut metadata: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("packages: {other}"),
    }
}

/// The Rust files in a folder and the folders below it, but for what was built there.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Whether a source file has an attribute `allow(..)` or `expect(..)` with `unsafe_code` among its lints.
fn allows_unsafe(source: &str) -> bool {
    ["allow(", "expect(", "warn("].iter().any(|attribute| {
        source.split(attribute).skip(1).any(|rest| {
            let lints = rest.split(')').next().unwrap_or_default();
            lints.split(',').any(|lint| lint.trim() == "unsafe_code")
        })
    })
}
