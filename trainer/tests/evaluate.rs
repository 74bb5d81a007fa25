//! The figures of an evaluation, against values worked out by hand, and the command over drawn photographs.

use std::fs;
use std::io::Cursor;
use std::process::{Command, Output};

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;
use trainer::evaluate::metrics::{Confusion, Pair, Summary, auroc, mean};

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-6,
        "found {found}, expected {expected}"
    );
}

/// Answers that are certain: probability one for the breed in each place.
fn certain(answers: &[usize], breeds: usize) -> Vec<Vec<f32>> {
    let row = |&answer: &usize| {
        (0..breeds)
            .map(|breed| f32::from(u8::from(breed == answer)))
            .collect()
    };
    answers.iter().map(row).collect()
}

#[test]
fn top_1_and_top_3_count_the_rank_of_the_right_breed() {
    let row = || vec![0.4, 0.3, 0.2, 0.1];
    let check = |labels: &[usize], top1: f64, top3: f64| {
        let summary = Summary::of(&vec![row(); labels.len()], labels, 4);
        close(summary.top1, top1);
        close(summary.top3, top3);
    };
    check(&[0], 1.0, 1.0);
    check(&[1], 0.0, 1.0);
    check(&[2], 0.0, 1.0);
    check(&[3], 0.0, 0.0);
    check(&[0, 1, 2, 3], 0.25, 0.75);
}

#[test]
fn equal_probabilities_are_taken_in_the_order_of_the_breeds() {
    let uniform = vec![vec![0.25; 4]];
    let figures = |label| {
        let summary = Summary::of(&uniform, &[label], 4);
        (summary.top1, summary.top3)
    };
    assert_eq!(
        [0, 1, 2, 3].map(figures),
        [(1.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    );
}

#[test]
fn a_breed_without_a_photograph_does_not_weigh_on_the_mean_per_class() {
    // Breed 0: two of three; breed 1: none of one; breed 2: no photograph at all, yet given once as an answer.
    let (answers, labels) = ([0, 0, 2, 0], [0, 0, 0, 1]);
    let summary = Summary::of(&certain(&answers, 3), &labels, 3);
    close(summary.top1, 2.0 / 4.0);
    close(summary.mean_per_class, (2.0 / 3.0 + 0.0) / 2.0);
}

#[test]
fn the_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy() {
    let check = |rows: &[(f32, bool)], expected: f64| {
        let probabilities: Vec<Vec<f32>> = rows.iter().map(|&(p, _)| vec![p, 1.0 - p]).collect();
        let labels: Vec<usize> = rows.iter().map(|&(_, right)| usize::from(!right)).collect();
        close(Summary::of(&probabilities, &labels, 2).ece, expected);
    };
    check(&[(1.0, true)], 0.0);
    check(&[(1.0, false)], 1.0);
    // One bin, ]13/15, 14/15]: mean confidence 0.9, half of it right.
    check(&[(0.9, true), (0.9, false)], 0.4);
    // Within a bin over- and under-confidence cancel out; across bins they add up: (0.1 + 0.7) / 2.
    check(&[(0.9, true), (0.7, false)], 0.4);
    // 3 photographs in ]8/15, 9/15] with 0.55 and two thirds right, 1 in ]11/15, 12/15] with 0.75 and wrong.
    check(
        &[(0.55, true), (0.55, true), (0.55, false), (0.75, false)],
        ((2.0 - 3.0 * 0.55) + 0.75) / 4.0,
    );
}

#[test]
fn the_likelihood_is_that_of_the_right_breed() {
    let probabilities = vec![vec![0.5, 0.25, 0.25], vec![0.5, 0.25, 0.25]];
    close(
        Summary::of(&probabilities, &[0, 1], 3).nll,
        (2f64.ln() + 4f64.ln()) / 2.0,
    );
    // A probability of zero is costly, but not without end: it would drown every other photograph.
    let certain_and_wrong = Summary::of(&certain(&[0], 2), &[1], 2).nll;
    assert!(certain_and_wrong > 80.0 && certain_and_wrong.is_finite());
}

#[test]
fn no_photographs_give_no_figures() {
    let summary = Summary::of(&[], &[], 3);
    let figures = [
        summary.top1,
        summary.top3,
        summary.mean_per_class,
        summary.ece,
        summary.nll,
    ];
    assert!(figures.iter().all(|figure| figure.is_nan()), "{summary:?}");
    assert!(mean([]).is_nan());
}

#[test]
fn auroc_is_the_chance_that_a_known_photograph_scores_higher() {
    let check =
        |known: &[f32], unknown: &[f32], expected: f64| close(auroc(known, unknown), expected);
    check(&[0.8, 0.9], &[0.1, 0.2], 1.0);
    check(&[0.1, 0.2], &[0.8, 0.9], 0.0);
    check(&[0.5], &[0.5], 0.5);
    check(&[0.7, 0.7, 0.7], &[0.7, 0.7], 0.5);
    // Of six pairs four are won, one is lost and one is a tie.
    check(&[0.9, 0.6, 0.4], &[0.6, 0.1], 4.5 / 6.0);
    assert!(auroc(&[], &[0.5]).is_nan());
    assert!(auroc(&[0.5], &[]).is_nan());
}

#[test]
fn the_confusion_says_what_a_breed_is_mistaken_for() {
    let labels = [0, 0, 0, 0, 1, 1, 2, 2];
    let answers = [0, 1, 1, 2, 0, 1, 2, 2];
    let confusion = Confusion::of(&certain(&answers, 4), &labels, 4);

    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.images(breed)),
        [4, 2, 2, 0]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.right(breed)),
        [1, 1, 2, 0]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.recall(breed)),
        [Some(0.25), Some(0.5), Some(1.0), None]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.most_mistaken_for(breed)),
        [Some((1, 2)), Some((0, 1)), None, None]
    );
    let worst = Pair {
        first: 0,
        second: 1,
        first_as_second: 2,
        second_as_first: 1,
    };
    let next = Pair {
        first: 0,
        second: 2,
        first_as_second: 1,
        second_as_first: 0,
    };
    assert_eq!(confusion.most_confused(10), [worst, next]);
    assert_eq!(confusion.most_confused(1), [worst]);
}

/// A bundle that tells `red_cat`, `green_dog` and `blue_dog` by the mean colour, sure of pure colours
/// and undecided on grey.
#[path = "../../edge/tests/common/mod.rs"]
mod bundle;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const GREY: [u8; 3] = [128, 128, 128];

/// A folder with a bundle, data in Oxford's layout and outliers of one kind.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            folder: TempDir::new().unwrap(),
        };
        bench.write("bundle.onnx", &bundle::Draft::default().bytes());
        bench.write("data/annotations/trainval.txt", b"blue_dog_1 3 2 2\n");
        bench.write(
            "data/annotations/test.txt",
            b"red_cat_1 1 1 1\nred_cat_2 1 1 1\nred_cat_3 1 1 1\nred_cat_4 1 1 1\n\
              green_dog_1 2 2 1\nblue_dog_2 3 2 2\nblue_dog_3 3 2 2\n",
        );
        // Of the breed's photographs one shows another breed, and one too little to be sure.
        for (name, colour) in [
            ("red_cat_1", RED),
            ("red_cat_2", RED),
            ("red_cat_3", GREEN),
            ("red_cat_4", GREY),
        ] {
            bench.draw(&format!("data/images/{name}.jpg"), colour);
        }
        bench.draw("data/images/green_dog_1.jpg", GREEN);
        bench.write("data/images/blue_dog_2.jpg", b"no picture");
        bench.draw("outliers/fog/1.png", GREY);
        bench.draw("outliers/fog/2.png", GREY);
        bench
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn draw(&self, name: &str, colour: [u8; 3]) {
        let mut png = Cursor::new(Vec::new());
        RgbImage::from_pixel(48, 32, Rgb(colour))
            .write_to(&mut png, ImageFormat::Png)
            .unwrap();
        self.write(name, png.get_ref());
    }

    fn evaluate(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_trainer"))
            .args(["evaluate", "--model", "bundle.onnx", "--data", "data"])
            .args(more)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_command_prints_one_json_object_with_the_figures() {
    let run = Bench::new().evaluate(&["--outliers", "outliers", "--json"]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();

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
            "auroc",
            "ece",
            "images",
            "mean_per_class",
            "ms_per_image",
            "nll",
            "top1",
            "top3"
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
    // Grey could be any breed, and the first of equals is right here.
    check(&json["top1"], 4.0 / 5.0);
    check(&json["top3"], 1.0);
    check(&json["mean_per_class"], (3.0 / 4.0 + 1.0) / 2.0);
    // Four photographs at confidence 1, three of them right, and a right one at a third.
    check(&json["ece"], (1.0 + 2.0 / 3.0) / 5.0);
    // The green photograph of a red cat costs 9 nats and grey ln 3.
    check(&json["nll"], (9.0 + 3f64.ln()) / 5.0);
    check(&json["accepted"], 4.0 / 5.0);
    check(&json["accepted_accuracy"], 3.0 / 4.0);
    // Of ten pairs of known and unknown eight are won, and the grey ones tie.
    check(&json["auroc"]["fog"], 9.0 / 10.0);
    assert!(json["ms_per_image"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_command_prints_tables_and_names_what_it_left_out() {
    let run = Bench::new().evaluate(&["--outliers", "outliers"]);
    assert!(run.status.success());
    let (shown, said) = (text(&run.stdout), text(&run.stderr));
    for line in [
        "photographs     5 of the test split",
        "mean per class  87.5 %",
        "accepted        80.0 %, of these 75.0 % right",
        "1 photograph that the list names is not in the folder",
        "1 photograph could not be read and is left out",
        "fog            2  0.9000     0.0 %",
        "red_cat         4      3   75.0 %  green_dog (1)",
        "green_dog       1      1  100.0 %",
        "   1  red_cat / green_dog (1 one way, 0 the other)",
    ] {
        assert!(
            shown.lines().any(|shown| shown.trim_end() == line),
            "no line \"{line}\" in\n{shown}"
        );
    }
    assert!(
        !shown.contains("blue_dog"),
        "a breed without photographs has no line:\n{shown}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("blue_dog_2.jpg"), "{said}");
}

#[test]
fn what_cannot_be_evaluated_is_refused_in_one_line() {
    let check = |spoil: &dyn Fn(&Bench), expected: &str| {
        let bench = Bench::new();
        spoil(&bench);
        let run = bench.evaluate(&["--outliers", "outliers"]);
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{said}");
        assert!(run.stdout.is_empty());
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(expected), "no \"{expected}\" in {said}");
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
        &|bench| bench.write("outliers/rain/1.jpg", b"no picture"),
        "no photograph of the kind rain",
    );
    check(
        &|bench| bench.write("bundle.onnx", b"no model"),
        "bundle.onnx",
    );
}
