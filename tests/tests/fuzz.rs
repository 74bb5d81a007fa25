//! Tries the parsers of foreign bytes on damaged input, in short, and compares them with those that
//! libFuzzer runs.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use tests::fuzz::{TARGETS, Target};
use tests::workspace;

/// What the damage depends on.
const SEED: u64 = 17;

/// How often each parser is tried. What loads a network, writes to the disk or connects to a camera takes
/// longer.
const ROUNDS: [(&str, usize); 15] = [
    ("api", 1000),
    ("backup", 60),
    ("bookings", 3000),
    ("bundle", 600),
    ("certificate", 1000),
    ("child", 2000),
    ("database", 60),
    ("forms", 1000),
    ("frame", 3000),
    ("http", 1000),
    ("hub", 1000),
    ("keys", 3000),
    ("mqtt", 3000),
    ("photograph", 6000),
    ("settings", 2000),
];

/// No input may take longer than this, in a development build on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

fn target(name: &str) -> &'static Target {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("there is no {name}"))
}

#[test]
fn whole_input_is_accepted() {
    for target in &TARGETS {
        for (index, bytes) in (target.seeds)().iter().enumerate() {
            assert!((target.run)(bytes), "{}, seed {index}", target.name);
        }
    }
}

#[test]
fn damaged_input_does_no_harm() {
    for (name, rounds) in ROUNDS {
        let tried = target(name).attack(SEED, |round| round < rounds);
        assert!(tried.refused > rounds / 10, "{name}: {tried:?}");
        assert!(tried.slowest < LONGEST, "{name}: {tried:?}");
    }
}

#[test]
fn libfuzzer_runs_the_same_parsers() {
    let here: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let tried: BTreeSet<_> = ROUNDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(tried, here);

    let folder = workspace().join("tests/fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let names = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = \""));
    let names = names.map(|name| name.trim_end_matches('"').to_owned());
    // The first name is the package's.
    let listed: BTreeSet<_> = names.skip(1).collect();
    assert_eq!(listed, here);
    for name in here {
        let file = folder.join("fuzz_targets").join(format!("{name}.rs"));
        let source = fs::read_to_string(&file).expect("a libFuzzer target");
        assert!(source.contains(&format!("fuzz::{name}(bytes)")), "{source}");
    }
}
