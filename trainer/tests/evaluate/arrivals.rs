//! The figures on arrivals: animals found, known again and learnt, and photographs placed in a room.

use std::fs;

use serde_json::{Value, json};

use super::bench::{Bench, GREEN, GREY, RED, text};
use crate::bundle;
use crate::common::say_species;

/// A folder with a bundle that finds a cat in the left half of red pictures, a dog in the right half of green ones, and
/// both in grey ones.
fn bench_with_detector() -> Bench {
    let bench = Bench::new();
    bench.write("bundle.onnx", &bundle::Draft::with_detector().bytes());
    bench
}

fn check(found: &Value, expected: f64) {
    let is_close = |found: f64| (found - expected).abs() < 1e-6;
    assert!(
        found.as_f64().is_some_and(is_close),
        "found {found}, expected {expected}"
    );
}

fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

const BOXES: &str = "\
file,kind,score,x1,y1,x2,y2
data/images/red_cat_1.jpg,cat,0.9,0,0,0.5,1
data/images/red_cat_2.jpg,cat,0.9,0.5,0,1,1
data/images/red_cat_3.jpg,dog,0.9,0.5,0,1,1
data/images/red_cat_3.jpg,person,0.9,0,0,0.5,1
data/images/red_cat_4.jpg,cat,0.3,0,0,0.5,1
data/images/red_cat_4.jpg,dog,0.3,0.5,0,1,1
outliers/fog/1.png,cat,0.9,0,0,0.1,0.1
";

#[test]
fn the_main_figures_are_of_the_animals_that_are_found() {
    let (json, _) = bench_with_detector().figures(&["--outliers", "outliers"]);
    // Grey could be any breed, but an animal is found: it cannot be none.
    check(&json["verdicts"]["not_ours"], 0.0);
    check(&json["verdicts"]["species"], 1.0 / 5.0);
    check(&json["outliers"]["fog"]["species"], 1.0);
    check(&json["outliers"]["fog"]["false_per_image"], 2.0);

    let (json, _) = Bench::new().figures(&["--outliers", "outliers"]);
    check(&json["verdicts"]["not_ours"], 1.0 / 5.0);
    assert!(json["outliers"]["fog"].get("false_per_image").is_none());
}

#[test]
fn animals_are_compared_with_the_boxes_of_the_split() {
    let bench = bench_with_detector();
    bench.write("boxes.csv", BOXES.as_bytes());
    bench.write(
        "data/heads.csv",
        b"name,x1,y1,x2,y2\n\
          red_cat_1,0.1,0.1,0.4,0.4\n\
          red_cat_2,0.6,0.1,0.9,0.4\n\
          green_dog_1,0.6,0.1,0.9,0.4\n\
          red_cat_3,0.5,0.5,here,0.9\n",
    );
    let (json, messages) = bench.figures(&["--boxes", "boxes.csv"]);
    let animals = &json["animals"];
    // Of three animals one is missed; what is found in the grey photograph is doubtful, and persons are no animals.
    assert_eq!(animals["images"], 4);
    check(&animals["recall50"], 2.0 / 3.0);
    check(&animals["precision50"], 2.0 / 3.0);
    check(&animals["ap50"], 5.0 / 9.0);
    assert_eq!(animals["heads"], 3);
    check(&animals["heads_inside"], 2.0 / 3.0);
    assert!(
        messages.contains("heads.csv: left out 1 of its lines"),
        "{messages}"
    );
}

#[test]
fn boxes_outside_of_the_dataset_count_if_there_are_no_others() {
    let bench = bench_with_detector();
    bench.write(
        "boxes.csv",
        b"file,kind,score,x1,y1,x2,y2\noutliers/fog/1.png,cat,0.9,0,0,0.5,1\n",
    );
    let (json, _) = bench.figures(&["--boxes", "boxes.csv"]);
    assert_eq!(json["animals"]["images"], 1);
    check(&json["animals"]["recall50"], 1.0);
    check(&json["animals"]["precision50"], 0.5);
    assert!(json["animals"].get("heads").is_none());
}

#[test]
fn a_bundle_without_a_detector_finds_nothing() {
    let bench = Bench::new();
    bench.write("boxes.csv", BOXES.as_bytes());
    let (json, messages) = bench.figures(&["--boxes", "boxes.csv"]);
    check(&json["animals"]["recall50"], 0.0);
    assert_eq!(json["animals"]["precision50"], Value::Null);
    assert!(
        messages.contains("no part that finds animals"),
        "{messages}"
    );
}

#[test]
fn photographs_are_placed_in_rooms() {
    let bench = bench_with_detector();
    let (json, _) = bench.figures(&["--scenes"]);
    let scenes = &json["scenes"];
    assert_eq!(keys(scenes), ["100", "25", "35", "50", "none"]);
    for size in ["100", "50", "35", "25"] {
        assert_eq!(keys(&scenes[size]), ["found", "top1"]);
        for share in ["found", "top1"] {
            let share = scenes[size][share].as_f64().expect("a share");
            assert!((0.0..=1.0).contains(&share), "{scenes}");
        }
    }
    assert!(scenes["none"]["false_per_image"].is_f64(), "{scenes}");
    let (again, _) = bench.figures(&["--scenes"]);
    assert_eq!(again["scenes"], *scenes, "the same scenes every time");

    let shown = text(&bench.evaluate(&["--scenes"]).stdout);
    assert!(shown.contains("top-1 at 25 %"), "{shown}");
    assert!(shown.contains("Animals found in a room"), "{shown}");
}

/// Two animals with four visits each; one that came once; and a photograph whose visit is not known.
fn draw_guests(bench: &Bench) {
    for visit in 1..=4 {
        bench.draw(&format!("guests/rex/0{visit}_1.png"), RED);
        bench.draw(&format!("guests/bella/0{visit}_1.png"), GREEN);
    }
    bench.draw("guests/bella/04_2.png", GREEN);
    bench.draw("guests/bella/portrait.png", GREEN);
    bench.draw("guests/once/01_1.png", GREY);
    bench.draw("guests/once/01_2.png", GREY);
}

#[test]
fn animals_are_known_again_on_other_visits() {
    let bench = Bench::new();
    draw_guests(&bench);
    let (json, messages) = bench.figures(&["--individuals", "guests"]);
    assert_eq!(
        json["individuals"],
        json!({
            "animals": 2,
            "photographs": 9,
            "visits": {
                "1": {"animals": 2, "top1": 1.0, "top3": 1.0},
                "3": {"animals": 2, "top1": 1.0, "top3": 1.0},
            },
            "known": {"auroc": 1.0, "eer": 0.0},
            "greetings": null,
            "not_ours": 0.0,
            "found": 0.0,
        })
    );
    for warning in [
        "left out: guests/bella/portrait.png",
        "guests: these animals came only once and are left out: once",
    ] {
        assert!(messages.contains(warning), "no \"{warning}\" in {messages}");
    }
    let shown = text(&bench.evaluate(&["--individuals", "guests"]).stdout);
    for line in ["same animal, 3 visits", "AUROC known animal"] {
        assert!(shown.contains(line), "no \"{line}\" in\n{shown}");
    }
}

/// Photographs of a breed: pictures that are almost of this colour.
fn draw_breed(bench: &Bench, name: impl Fn(u8) -> String, [red, green, blue]: [u8; 3], count: u8) {
    for number in 0..count {
        bench.draw(&name(number), [red - number, green, blue]);
    }
}

const YELLOW: [u8; 3] = [220, 220, 0];
const VIOLET: [u8; 3] = [220, 0, 220];
const MAUVE: [u8; 3] = [180, 120, 180];

#[test]
fn new_breeds_are_learnt_from_some_photographs_and_tested_on_others() {
    let bench = Bench::new();
    draw_breed(
        &bench,
        |number| format!("new/yellow/{number}.png"),
        YELLOW,
        4,
    );
    draw_breed(
        &bench,
        |number| format!("new/violet/{number}.png"),
        VIOLET,
        4,
    );
    bench.draw("new/red_cat/1.png", RED);
    bench.draw("new/red_cat/2.png", GREEN);
    for number in 0..3 {
        bench.draw(&format!("new/thrice/{number}.png"), GREY);
    }
    // A capital letter says nothing.
    draw_breed(&bench, |number| format!("new/Mauve/{number}.png"), MAUVE, 2);
    let species = [("yellow", "cat"), ("violet", "dog"), ("thrice", "dog")];
    say_species(&bench.path("new"), &species);
    let (json, messages) = bench.figures(&["--enrol", "new"]);
    let enrolled = &json["enrolled"];
    assert_eq!(enrolled["breeds"], 2);
    assert_eq!(keys(&enrolled["shots"]), ["1", "3"]);
    for shots in ["1", "3"] {
        let at = &enrolled["shots"][shots];
        assert_eq!(at["breeds"], 2);
        for share in ["new_top1", "mean_per_class"] {
            let share = at[share].as_f64().expect("a share");
            assert!((0.0..=1.0).contains(&share), "{enrolled}");
        }
    }
    for warning in [
        "new: these breeds are known to the bundle and are left out: red_cat",
        "new: these breeds are not known to be cats or dogs, which a breeds.toml there can say, and are left out: mauve",
        "new: these breeds have no photograph to test on and are left out: thrice",
    ] {
        assert!(messages.contains(warning), "no \"{warning}\" in {messages}");
    }
}

#[test]
fn a_breed_that_the_kiosk_has_a_name_for_is_learnt_without_saying_its_species() {
    let bench = Bench::new();
    let samoyed = |number: u8| format!("new/Samoyed/{number}.png");
    draw_breed(&bench, samoyed, YELLOW, 4);
    let (json, messages) = bench.figures(&["--enrol", "new"]);
    assert_eq!(json["enrolled"]["breeds"], 1);
    assert!(!messages.contains("these breeds"), "{messages}");

    say_species(&bench.path("new"), &[("samoyed", "cat")]);
    let refused = bench.evaluate(&["--enrol", "new"]);
    let messages = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{messages}");
    let expected = "says that samoyed is a cat, but the breed Samoyed is a dog";
    assert!(messages.contains(expected), "{messages}");
}

#[test]
fn photographs_to_learn_from_do_not_test() {
    let bench = Bench::new();
    let digest = |number: u8| format!("{number:032x}");
    draw_breed(
        &bench,
        |number| format!("new/yellow/{number}.png"),
        YELLOW,
        5,
    );
    say_species(&bench.path("new"), &[("yellow", "cat")]);
    // The first five are the same pictures.
    let name = |number| format!("probe/yellow_{}.png", digest(number));
    draw_breed(&bench, name, YELLOW, 6);
    draw_breed(
        &bench,
        |number| format!("probe/violet_{}.png", digest(number)),
        VIOLET,
        2,
    );
    let (json, messages) = bench.figures(&["--enrol", "new", "--probe", "probe"]);
    assert_eq!(json["enrolled"]["breeds"], 1);
    assert_eq!(keys(&json["enrolled"]["shots"]), ["1", "3", "5"]);
    assert!(messages.contains("so not tested on"), "{messages}");
}

#[test]
fn input_that_leaves_nothing_to_measure_is_refused_in_one_line() {
    let bench = Bench::new();
    bench.draw("one/rex/01_1.png", RED);
    bench.draw("one/rex/02_1.png", RED);
    bench.draw("known/red_cat/1.png", RED);
    bench.write(
        "other.csv",
        b"file,kind,score,x1,y1,x2,y2\ndata/images/blue_dog_1.jpg,dog,0.9,0,0,1,1\n",
    );
    bench.draw("data/images/blue_dog_1.jpg", GREY);
    for (arguments, expected) in [
        (["--individuals", "one"], "one has no animals to know again"),
        (["--individuals", "nowhere"], "nowhere"),
        (["--enrol", "known"], "known has no breed to learn"),
        (
            ["--boxes", "other.csv"],
            "no boxes for the test split of data",
        ),
        (["--boxes", "nowhere.csv"], "nowhere.csv"),
    ] {
        let run = bench.evaluate(&arguments);
        let messages = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{messages}");
        assert_eq!(messages.lines().count(), 1, "{messages}");
        assert!(
            messages.contains(expected),
            "no \"{expected}\" in {messages}"
        );
    }
    let run = bench.evaluate(&["--probe", "known"]);
    assert_eq!(run.status.code(), Some(2), "there is nothing to test");
}

#[test]
fn the_report_shows_what_is_found_and_who_is_mistaken() {
    let bench = bench_with_detector();
    bench.write("boxes.csv", BOXES.as_bytes());
    // Each looks like the other one on its other visit.
    for (name, colour) in [
        ("rex/01_1", RED),
        ("rex/02_1", GREEN),
        ("bella/01_1", GREEN),
        ("bella/02_1", RED),
    ] {
        bench.draw(&format!("guests/{name}.png"), colour);
    }
    let arguments = [
        "--boxes",
        "boxes.csv",
        "--individuals",
        "guests",
        "--scenes",
    ];
    let report = ["--report", "report.html"];
    bench.figures(&[&arguments[..], &report].concat());
    let page = fs::read_to_string(bench.path("report.html")).expect("a report");
    for text in [
        "id=\"arrivals\"",
        "<h3>Wrongly found</h3>",
        "1 found, 1 missed",
        "<h3>bella and rex</h3>",
        "looks most like it",
        "Photographs placed in a room",
    ] {
        assert!(page.contains(text), "no \"{text}\"");
    }
}
