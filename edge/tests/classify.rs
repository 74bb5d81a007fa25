//! The real program: what it prints, where, and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::Draft;
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The first bytes of a HEIC photograph.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

/// A folder with a model and photographs, as a user might have it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::write(desk.at("model.onnx"), Draft::default().bytes()).unwrap();
        fs::write(desk.at("detector.onnx"), Draft::with_detector().bytes()).unwrap();
        fs::write(desk.at("quantised.onnx"), Draft::quantised().bytes()).unwrap();
        for (name, colour) in [
            ("red.png", [255, 0, 0]),
            ("blue.png", [0, 0, 255]),
            ("grey.png", [90; 3]),
        ] {
            RgbImage::from_pixel(60, 40, Rgb(colour))
                .save(desk.at(name))
                .unwrap();
        }
        // A red animal on the left, and a green one on the right.
        RgbImage::from_fn(60, 40, |x, _| {
            Rgb(if x < 30 { [255, 0, 0] } else { [0, 255, 0] })
        })
        .save(desk.at("pair.png"))
        .unwrap();
        fs::write(desk.at("text.jpg"), "Dear sir or madam").unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn kiosk(&self, arguments: &[&str]) -> Output {
        kiosk(self.0.path(), arguments)
    }
}

fn kiosk<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk"));
    command
        .current_dir(folder)
        .args(arguments)
        // Of the programs that this machine has, none decodes a photograph.
        .env("PATH", folder)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn json_answers_every_photo_with_verdict_and_the_best_three() {
    let desk = Desk::new();
    let output = desk.kiosk(&[
        "classify",
        "--model",
        "model.onnx",
        "--json",
        "red.png",
        "grey.png",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");

    let answers: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        rounded(answers),
        json!([
            {"photo": "red.png", "animals": [], "verdict": "breed", "breed": "red_cat", "confidence": 1.0, "top": [
                {"breed": "red_cat", "probability": 1.0},
                {"breed": "green_dog", "probability": 0.0},
                {"breed": "blue_dog", "probability": 0.0},
            ]},
            {"photo": "grey.png", "animals": [], "verdict": "not_ours", "breed": null, "confidence": 0.33, "top": [
                {"breed": "red_cat", "probability": 0.33},
                {"breed": "green_dog", "probability": 0.33},
                {"breed": "blue_dog", "probability": 0.33},
            ]},
        ])
    );
}

/// The same with all fractions rounded to two digits.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) => json!((number.as_f64().unwrap() * 100.0).round() / 100.0),
        Value::Array(items) => items.into_iter().map(rounded).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields.map(|(key, field)| (key, rounded(field))).collect()
        }
        other => other,
    }
}

#[test]
fn json_has_every_animal_that_was_found_and_the_answer_of_the_largest() {
    let desk = Desk::new();
    let arguments = ["classify", "--model", "detector.onnx", "--json"];
    let photos = ["pair.png", "red.png", "blue.png"];
    let output = desk.kiosk(&[&arguments[..], &photos[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answers: Value = serde_json::from_str(stdout(&output)).unwrap();
    let [pair, red, blue] = [0usize, 1, 2].map(|index| rounded(answers[index].clone()));

    let mut animals = pair["animals"].as_array().unwrap().clone();
    for part in ["verdict", "breed", "confidence", "top"] {
        assert_eq!(pair[part], animals[0][part], "{part}");
    }
    animals.sort_by_key(|animal| animal["breed"].to_string());
    let green = json!({
        "box": [0.5, 0.0, 1.0, 1.0], "verdict": "breed", "breed": "green_dog", "confidence": 1.0,
        "top": [
            {"breed": "green_dog", "probability": 1.0},
            {"breed": "red_cat", "probability": 0.0},
            {"breed": "blue_dog", "probability": 0.0},
        ],
    });
    assert_eq!(animals[0], green);
    assert_eq!(animals[1]["breed"], "red_cat");
    assert_eq!(animals[1]["box"], json!([0.0, 0.0, 0.5, 1.0]));

    assert_eq!(red["animals"].as_array().map(Vec::len), Some(1));
    // Nothing was found: the answer is that of the whole picture.
    assert_eq!(
        (&blue["animals"], &blue["breed"]),
        (&json!([]), &json!("blue_dog"))
    );
}

#[test]
fn people_read_where_each_of_several_animals_is() {
    let desk = Desk::new();
    let arguments = [
        "classify",
        "--model",
        "detector.onnx",
        "pair.png",
        "red.png",
    ];
    let output = desk.kiosk(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(
        lines,
        [
            "pair.png: 2 animals",
            "  left: Red cat 100 %",
            "  right: Green dog 100 %",
            "red.png: Red cat 100 %",
        ]
    );
}

#[test]
fn people_read_one_line_a_photo() {
    let desk = Desk::new();
    let output = desk.kiosk(&["classify", "--model", "model.onnx", "blue.png", "grey.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(
        lines,
        [
            "blue.png: Blue dog 100 %",
            "grey.png: not an animal that is known: Red cat 33 %, Green dog 33 %, Blue dog 33 %",
        ]
    );
}

#[test]
fn one_bad_photo_does_not_keep_the_others_from_an_answer() {
    let desk = Desk::new();
    let photos = ["red.png", "text.jpg", "gone.jpg", "blue.png"];
    for json in [false, true] {
        let mut arguments = vec!["classify", "--model", "model.onnx"];
        arguments.extend(json.then_some("--json"));
        arguments.extend(photos);
        let output = desk.kiosk(&arguments);
        assert_eq!(output.status.code(), Some(1));

        let complaints: Vec<&str> = stderr(&output).lines().collect();
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(
            complaints[0].starts_with("kiosk: text.jpg: not a picture"),
            "{complaints:?}"
        );
        assert_eq!(complaints[1], "kiosk: gone.jpg: no such file");

        let answered: Vec<String> = if json {
            let answers: Vec<Value> = serde_json::from_str(stdout(&output)).unwrap();
            let photos = answers.iter().map(|it| it["photo"].as_str().unwrap());
            photos.map(|photo| photo[..4].to_owned()).collect()
        } else {
            let lines = stdout(&output).lines();
            lines.map(|line| line[..4].to_owned()).collect()
        };
        assert_eq!(answered, ["red.", "blue"]);
    }
}

#[test]
fn what_is_wrong_with_a_photo_is_said_in_words_of_its_own() {
    let desk = Desk::new();
    let whole = fs::read(desk.at("red.png")).unwrap();
    let end = whole.len() - 12;
    let mut damaged = whole.clone();
    damaged[end - 6] ^= 1;
    let mut large = whole.clone();
    large[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    for (name, content, expected) in [
        (
            "cut.png",
            whole[..end - 6].to_vec(),
            "the picture is cut short; copy",
        ),
        ("bent.png", damaged, "the picture is damaged: "),
        ("large.png", large, "16384 x 16384 pixels; at most "),
        (
            "IMG_1.HEIC",
            HEIC.to_vec(),
            "a HEIC photograph, as iPhones take them, ",
        ),
    ] {
        fs::write(desk.at(name), content).unwrap();
        let output = desk.kiosk(&["classify", "--model", "model.onnx", name]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let start = format!("kiosk: {name}: {expected}");
        assert!(stderr(&output).starts_with(&start), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1);
    }
}

#[test]
fn a_heic_photo_is_read_where_its_decoder_is_installed() {
    let desk = Desk::new();
    fs::write(desk.at("IMG_1.HEIC"), HEIC).unwrap();
    let red = desk.at("red.png");
    let decoder = format!("#!/bin/sh\nexec /bin/cp {} $2\n", red.display());
    fs::write(desk.at("heif-dec"), decoder).unwrap();
    fs::set_permissions(desk.at("heif-dec"), fs::Permissions::from_mode(0o755)).unwrap();
    let output = desk.kiosk(&["classify", "--model", "model.onnx", "IMG_1.HEIC"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "IMG_1.HEIC: Red cat 100 %\n");
}

#[cfg(unix)]
#[test]
fn a_photos_name_does_not_control_the_terminal() {
    let desk = Desk::new();
    let names = ["red\u{1b}[2J\n.png", "text\u{1b}[2J\n.jpg"];
    fs::copy(desk.at("red.png"), desk.at(names[0])).unwrap();
    fs::copy(desk.at("text.jpg"), desk.at(names[1])).unwrap();
    let output = desk.kiosk(&["classify", "--model", "model.onnx", names[0], names[1]]);
    let expected = "red\\u{1b}[2J\\n.png: Red cat 100 %\n";
    assert_eq!(stdout(&output), expected);
    let expected = "kiosk: text\\u{1b}[2J\\n.jpg: not a picture";
    assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));

    let output = desk.kiosk(&["classify", "--model", "model.onnx", "--json", names[0]]);
    let answers: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        answers[0]["photo"], names[0],
        "programs get the name as it is"
    );
}

#[test]
fn without_a_model_the_embedded_one_answers() {
    let desk = Desk::new();
    let output = desk.kiosk(&["classify", "--json", "red.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answers: Vec<Value> = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(answers[0]["top"].as_array().unwrap().len(), 3);
}

#[test]
fn a_bad_model_is_one_line_on_stderr() {
    let desk = Desk::new();
    for (model, expected) in [
        ("text.jpg", "kiosk: model text.jpg: not an ONNX model"),
        ("gone.onnx", "kiosk: model gone.onnx: cannot be read"),
    ] {
        for arguments in [
            vec!["classify", "--json", "--model", model, "red.png"],
            vec!["bench", "--json", "--model", model],
        ] {
            let output = desk.kiosk(&arguments);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}");
            assert_eq!(stdout(&output), "", "{arguments:?}");
            assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
            assert_eq!(stderr(&output).lines().count(), 1);
        }
    }
}

#[test]
fn wrong_usage_ends_with_two() {
    let desk = Desk::new();
    for (arguments, expected) in [
        (&["classify"][..], "<PHOTO>..."),
        (&["classify", "--loud", "red.png"], "--loud"),
        (&["polish"], "polish"),
        (&["bench", "--threads", "5"], "1..=4"),
        (&["bench", "--runs", "0"], "--runs"),
    ] {
        let output = desk.kiosk(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn who_reads_no_further_is_not_bothered() {
    let desk = Desk::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .current_dir(desk.0.path())
        .args(["classify", "--model", "model.onnx", "--json", "red.png"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn bench_measures_time_and_memory() {
    let desk = Desk::new();
    let arguments = ["bench", "--model", "model.onnx", "--runs", "3"];
    let output = desk.kiosk(&[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(report["model"], "model.onnx");
    assert_eq!(report["precision"], "f32");
    assert_eq!(report["threads"], 1);
    for pointer in [
        "/load_ms",
        "/preprocess_ms",
        "/infer_ms/min",
        "/infer_ms/median",
        "/frame_ms",
        "/draw_ms",
        "/rss_mb",
    ] {
        let value = report.pointer(pointer).and_then(Value::as_f64);
        assert!(
            value.is_some_and(|value| value > 0.0),
            "{pointer} of {report}"
        );
    }
    assert!(report["infer_ms"]["min"].as_f64() <= report["infer_ms"]["median"].as_f64());
    assert_eq!(report.get("locate_ms"), None, "there is no detector");
    assert_eq!(report.get("locate_coverage"), None);
    assert_eq!(report["coverage"]["in_int8"], 0);
    assert!(report["coverage"]["multiply_adds"].as_u64() > Some(0));

    let output = desk.kiosk(&arguments);
    assert!(
        stdout(&output).starts_with("model       model.onnx, f32\n"),
        "{}",
        stdout(&output)
    );
    let printed = stdout(&output);
    assert!(printed.contains(" ms; f32 for 0.0 million "), "{printed}");
}

#[test]
fn classify_says_what_runs_in_int8_if_asked() {
    let desk = Desk::new();
    let output = desk.kiosk(&["classify", "--model", "model.onnx", "-v", "red.png"]);
    assert_eq!(stdout(&output), "red.png: Red cat 100 %\n");
    let expected = "recognise: f32 for 0.0 million multiply-adds\n";
    assert_eq!(stderr(&output), expected);

    let embedded = desk.kiosk(&["classify", "--verbose", "--json", "red.png"]);
    assert!(serde_json::from_str::<Value>(stdout(&embedded)).is_ok());
    for network in ["recognise", "locate"] {
        let line = format!("{network}: int8 for 9");
        let said = stderr(&embedded);
        assert!(said.contains(&line), "{said}");
    }
}

#[test]
fn a_quantised_network_is_called_int8_only_as_far_as_it_runs_in_int8() {
    let desk = Desk::new();
    // One of two convolutions, beside the nine products of the classifier.
    let share = "int8 for 49.9 %";
    let why = "Div divided: there is no int8 form of it, and 2 more";
    let arguments = ["bench", "--model", "quantised.onnx", "--runs", "1"];
    let output = desk.kiosk(&[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(report["precision"], share);
    assert_eq!(report["coverage"]["left_out"], why);

    let output = desk.kiosk(&arguments);
    let printed = stdout(&output);
    let start = format!("model       quantised.onnx, {share}\n");
    assert!(printed.starts_with(&start), "{printed}");
    let coverage = format!("{share} of 0.0 million multiply-adds; in f32 {why}\n");
    assert!(printed.contains(&format!(" ms; {coverage}")), "{printed}");

    let output = desk.kiosk(&["classify", "--model", "quantised.onnx", "-v", "red.png"]);
    assert_eq!(stdout(&output), "red.png: Red cat 100 %\n");
    assert_eq!(stderr(&output), format!("recognise: {coverage}"));
}

#[test]
fn bench_measures_how_long_finding_animals_takes() {
    let desk = Desk::new();
    let arguments = ["bench", "--model", "detector.onnx", "--runs", "3"];
    let output = desk.kiosk(&[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(stdout(&output)).unwrap();
    let [min, median] = ["min", "median"].map(|it| report["locate_ms"][it].as_f64());
    assert!(min > Some(0.0) && min <= median, "{report}");

    let output = desk.kiosk(&arguments);
    assert_eq!(stdout(&output).matches("\nlocate      ").count(), 1);
}
