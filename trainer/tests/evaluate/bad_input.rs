//! Problems with the input are reported, and the rest is measured.

use std::fs;

use super::bench::{Bench, text};
use crate::bundle;

#[test]
fn a_kind_of_outlier_without_a_readable_photograph_is_named_and_left_out() {
    let bench = Bench::new();
    bench.write("outliers/rain/1.jpg", b"no picture");
    fs::create_dir(bench.path("outliers/snow")).expect("a folder");
    let (json, messages) = bench.figures(&["--outliers", "outliers"]);
    for kind in ["rain", "snow"] {
        let warning = format!("warning: no photograph of the kind {kind} in outliers");
        assert!(messages.contains(&warning), "{messages}");
        assert!(json["auroc"].get(kind).is_none(), "{json}");
    }
    assert!(json["auroc"]["fog"].is_f64(), "{json}");
}

#[test]
fn an_empty_folder_of_outliers_is_named_and_left_out() {
    let bench = Bench::new();
    fs::create_dir(bench.path("nothing")).expect("a folder");
    let (json, messages) = bench.figures(&["--outliers", "nothing"]);
    assert!(
        messages.contains("warning: no photograph in the outliers' folder nothing"),
        "{messages}"
    );
    assert_eq!(json["auroc"], serde_json::json!({}));
    assert_eq!(json["images"], 5);
}

#[test]
fn breeds_without_a_photograph_are_named() {
    let (_, messages) = Bench::new().figures(&[]);
    let warning = "warning: no photograph of the test split could be read of blue_dog: ";
    assert!(messages.contains(warning), "{messages}");
}

#[test]
fn a_bundle_that_was_never_calibrated_is_measured_with_a_temperature_of_1() {
    let bench = Bench::new();
    let mut draft = bundle::Draft::default();
    draft.props.retain(|(key, _)| *key != "kiosk.calibration");
    bench.write("raw.onnx", &draft.bytes());

    let (calibrated, _) = bench.figures(&[]);
    let run = bench.evaluate(&["--against", "raw.onnx"]);
    assert!(run.status.success());
    let of_other = text(&run.stderr);

    fs::rename(bench.path("raw.onnx"), bench.path("bundle.onnx")).expect("a bundle");
    let (raw, messages) = bench.figures(&["--report", "report.html"]);
    let warning = |name| {
        format!(
            "warning: model {name}: no metadata `kiosk.calibration`: its probabilities are not \
             calibrated"
        )
    };
    assert!(of_other.contains(&warning("raw.onnx")), "{of_other}");
    assert!(messages.contains(&warning("bundle.onnx")), "{messages}");
    assert_eq!(raw["nll"], calibrated["nll"]);
    let report = fs::read_to_string(bench.path("report.html")).expect("a report");
    assert!(report.contains("its probabilities are not calibrated"));
}

#[test]
fn input_that_cannot_be_evaluated_is_refused_in_one_line() {
    let check = |damage: &dyn Fn(&Bench), expected: &str| {
        let bench = Bench::new();
        damage(&bench);
        let run = bench.evaluate(&["--outliers", "outliers"]);
        let messages = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{messages}");
        assert!(run.stdout.is_empty());
        assert_eq!(messages.lines().count(), 1, "{messages}");
        assert!(
            messages.contains(expected),
            "no \"{expected}\" in {messages}"
        );
    };
    check(
        &|bench| bench.write("data/annotations/trainval.txt", b"Yellow_Cat_1 4 1 2\n"),
        "yellow_cat",
    );
    check(
        &|bench| bench.write("data/annotations/test.txt", b"blue_dog_2 3 2 2\n"),
        "no photograph of the test split",
    );
    check(
        &|bench| fs::remove_dir_all(bench.path("outliers")).expect("a folder"),
        "there is no such folder",
    );
    check(
        &|bench| bench.write("bundle.onnx", b"no model"),
        "bundle.onnx",
    );
    check(
        &|bench| {
            let mut draft = bundle::Draft::default();
            draft.props.retain(|(key, _)| *key != "kiosk.breeds");
            bench.write("bundle.onnx", &draft.bytes());
        },
        "kiosk.breeds",
    );
}
