//! The output of the command.

use std::fs;

use serde_json::Value;

use super::bench::{Bench, GREEN, text};
use crate::bundle;

#[test]
fn the_command_prints_one_json_object_with_the_figures() {
    let bench = Bench::new();
    bench.draw("outliers/other-dogs/1.png", GREEN);
    let (json, _) = bench.figures(&["--outliers", "outliers"]);

    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "accepted",
            "accepted_accuracy",
            "answered_at_98",
            "auroc",
            "breeds",
            "confusion",
            "ece",
            "images",
            "intervals",
            "mean_per_class",
            "ms_per_image",
            "nll",
            "outliers",
            "species",
            "top1",
            "top3",
            "verdicts",
        ]
    );
    assert_eq!(json["images"], 5);
    let check = |found: &Value, expected: f64| {
        let found = found.as_f64().unwrap();
        assert!(
            (found - expected).abs() < 1e-3,
            "found {found}, expected {expected} in {json}"
        );
    };
    // Grey could be any breed; of equal probabilities the first counts, which is right here.
    check(&json["top1"], 4.0 / 5.0);
    check(&json["top3"], 1.0);
    check(&json["mean_per_class"], (3.0 / 4.0 + 1.0) / 2.0);
    // Four photographs at confidence 1, three of them right, and a right one at a third.
    check(&json["ece"], (1.0 + 2.0 / 3.0) / 5.0);
    // The green photograph of a red cat costs 9 nats and grey ln 3.
    check(&json["nll"], (9.0 + 3f64.ln()) / 5.0);
    check(&json["accepted"], 4.0 / 5.0);
    check(&json["accepted_accuracy"], 3.0 / 4.0);
    // Of ten pairs of a known photograph and an outlier eight are won, and two grey ones are ties.
    check(&json["auroc"]["fog"], 9.0 / 10.0);
    // Two red cats and the green dog have the right species with certainty, the green cat a wrong one, and grey is a
    // dog by two breeds of three.
    check(&json["species"]["accuracy"], 3.0 / 5.0);
    check(&json["species"]["ece"], (1.0 + 2.0 / 3.0) / 5.0);
    check(&json["species"]["other_dogs"]["accuracy"], 1.0);
    check(&json["species"]["other_dogs"]["ece"], 0.0);
    check(&json["verdicts"]["breed"], 4.0 / 5.0);
    check(&json["verdicts"]["not_ours"], 1.0 / 5.0);
    check(&json["outliers"]["fog"]["not_ours"], 1.0);
    check(&json["outliers"]["other-dogs"]["breed"], 1.0);
    assert_eq!(json["outliers"]["fog"]["images"], 2);
    for key in ["top1", "top3", "mean_per_class", "ece", "nll", "accepted"] {
        let ends = &json["intervals"][key];
        let [low, high] = [&ends[0], &ends[1]].map(|end| end.as_f64().expect("an end"));
        assert!(low <= high && high <= 10.0, "{key}: {low} to {high}");
    }
    assert!(json["ms_per_image"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_object_has_the_figures_of_each_breed_and_which_are_confused() {
    let (json, _) = Bench::new().figures(&[]);
    let cat = &json["breeds"][0];
    assert_eq!(cat["breed"], "red_cat");
    assert_eq!(cat["images"], 4);
    assert_eq!(cat["right"], 3);
    assert_eq!(cat["recall"], 0.75);
    assert_eq!(cat["precision"], 1.0);
    let [low, high] = [0, 1].map(|end| cat["interval"][end].as_f64().expect("an end"));
    assert!(low < 0.35 && high > 0.95, "{low} to {high}");
    let without = &json["breeds"][2];
    assert_eq!(without["breed"], "blue_dog");
    for key in ["recall", "interval", "precision"] {
        assert_eq!(without[key], Value::Null, "{key} of no photograph");
    }
    let expected = serde_json::json!([{"breed": "red_cat", "taken_for": "green_dog", "images": 1}]);
    assert_eq!(json["confusion"], expected);
}

#[test]
fn predictions_are_a_table_with_one_line_for_each_photograph() {
    let bench = Bench::new();
    let table = |more: &[&str]| {
        bench.figures(&[&["--predictions", "predictions.csv"], more].concat());
        fs::read_to_string(bench.path("predictions.csv")).expect("a table")
    };
    let written = table(&[]);
    let mut lines = written.lines();
    let head = "file,truth,verdict,breed_1,probability_1,breed_2,probability_2,breed_3,probability_3,\
                animals,x1,y1,x2,y2";
    assert_eq!(lines.next(), Some(head));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 5, "those that can be read: {written}");
    let expected = "data/images/red_cat_3.jpg,red_cat,breed,green_dog,0.99";
    assert!(lines[2].starts_with(expected), "{}", lines[2]);
    assert!(lines[2].ends_with(",0,,,,"), "no detector: {}", lines[2]);

    bench.write("bundle.onnx", &bundle::Draft::with_embedding().bytes());
    let embedded = table(&["--embeddings"]);
    let head = embedded.lines().next().expect("a head");
    let numbers: Vec<String> = (1..=16).map(|n| format!("embedding_{n}")).collect();
    assert!(
        head.ends_with(&format!("y2,{}", numbers.join(","))),
        "{head}"
    );
    assert!(
        embedded
            .lines()
            .all(|line| line.split(',').count() == 14 + 16)
    );

    bench.write("bundle.onnx", &bundle::Draft::with_detector().bytes());
    let found = table(&[]);
    // A cat is found in the left half of a red picture.
    let line = found.lines().nth(1).expect("a photograph");
    let columns: Vec<&str> = line.split(',').collect();
    assert_eq!(columns[9], "1", "{line}");
    for (column, expected) in columns[10..].iter().zip([0.0, 0.0, 0.5, 1.0]) {
        let corner: f32 = column.parse().expect("a number");
        assert!((corner - expected).abs() < 1e-3, "{line}");
    }

    let refused = bench.evaluate(&["--predictions", "nowhere/predictions.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    let message = text(&refused.stderr);
    assert!(message.contains("cannot write the predictions to nowhere/predictions.csv"));
}

#[test]
fn the_command_prints_tables_and_names_the_photographs_left_out() {
    let run = Bench::new().evaluate(&["--outliers", "outliers"]);
    assert!(run.status.success());
    let (shown, messages) = (text(&run.stdout), text(&run.stderr));
    for line in [
        "photographs           5 of the test split  (95 % intervals)",
        "mean per class        87.5 %    (41.9 to 97.7)",
        "breed named           80.0 %",
        "named breed right     75.0 %",
        "1 listed photograph is not in the folder",
        "1 photograph could not be read and is left out",
        "outliers  images   AUROC    breed  species   unsure  not ours",
        "fog            2  0.9000    0.0 %    0.0 %    0.0 %   100.0 %",
        "red_cat         4      3   75.0 %  green_dog (1)",
        "green_dog       1      1  100.0 %",
        "   1  red_cat / green_dog (1 one way, 0 the other)",
    ] {
        assert!(
            shown.lines().any(|shown| shown.starts_with(line)),
            "no line \"{line}\" in\n{shown}"
        );
    }
    assert!(
        !shown.contains("blue_dog"),
        "a breed without photographs has no line:\n{shown}"
    );
    assert_eq!(messages.lines().count(), 2, "{messages}");
    assert!(messages.contains("blue_dog_2.jpg"), "{messages}");
}
