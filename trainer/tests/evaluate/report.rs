//! The report that `--report` writes.

use std::fs;
use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use super::bench::{Bench, RED, text};
use crate::bundle;

fn read(bench: &Bench) -> String {
    fs::read_to_string(bench.path("report.html")).expect("a report")
}

#[test]
fn the_report_is_a_single_file_without_external_resources() {
    let bench = Bench::new();
    bench.draw("outliers/fog <& rain>/1.png", RED);
    bench.figures(&["--outliers", "outliers", "--report", "report.html"]);
    let page = read(&bench);

    assert!(page.starts_with("<!doctype html>"), "{page:.100}");
    for foreign in ["<script", "http:", "https:", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let sources = ["src=\"", "href=\""].map(|attribute| page.split(attribute).skip(1));
    for source in sources.into_iter().flatten() {
        let is_within = source.starts_with("data:") || source.starts_with('#');
        assert!(is_within, "{source:.80}");
    }
    assert!(page.matches("<img src=\"data:image/jpeg;base64,").count() > 20);
    assert!(!page.contains("<& rain>"), "names are escaped");

    let title = "<title>Red cat taken for Green dog: 1 of 4 (25.0\u{a0}%)</title>";
    assert!(page.contains(title));
    for text in [
        "Red cat and Green dog",
        "taken for Green dog, 100.0\u{a0}%",
        "gaussian noise",
        "upside down",
        "blue_dog_2.jpg",
    ] {
        assert!(page.contains(text), "no \"{text}\"");
    }
}

#[test]
fn beside_a_mistake_the_report_shows_what_spoke_for_the_breed_that_was_named() {
    let bench = Bench::new();
    let mut png = Cursor::new(Vec::new());
    let two = RgbImage::from_fn(60, 40, |x, _| {
        Rgb(if x < 35 { [255, 0, 0] } else { [0, 200, 0] })
    });
    two.write_to(&mut png, ImageFormat::Png).unwrap();
    bench.write("data/images/green_dog_1.jpg", png.get_ref());
    bench.figures(&["--report", "report.html"]);
    let page = read(&bench);

    assert!(page.contains("class activation map: Zhou et al."));
    let before = page.split("alt=\"What spoke for Red cat\"").next();
    let (_, jpeg) = before.unwrap().rsplit_once("base64,").expect("a picture");
    let jpeg = jpeg.trim_end().trim_end_matches('"');
    let jpeg = STANDARD.decode(jpeg).expect("base64");
    let heat = image::load_from_memory(&jpeg).expect("a JPEG").into_rgb8();
    assert_eq!(heat.dimensions(), two.dimensions());
    let colour = |x: u32| {
        let pixel = heat.get_pixel(x, 20).0;
        pixel.iter().max().unwrap() - pixel.iter().min().unwrap()
    };
    assert!(colour(5) > 60, "the red part is coloured: {}", colour(5));
    assert!(colour(55) < 12, "the green one is grey: {}", colour(55));
}

#[test]
fn with_a_report_corrupted_pictures_are_measured() {
    let bench = Bench::new();
    let (json, _) = bench.figures(&["--report", "report.html"]);
    let shares = |key: &str| {
        let shares = json[key].as_object().expect("shares by name");
        let shares = shares
            .values()
            .map(|share| share.as_f64().expect("a share"));
        shares.collect::<Vec<f64>>()
    };
    let corruption = shares("corruption");
    assert_eq!(corruption.len(), 15);
    let share = corruption.iter().sum::<f64>() / 15.0;
    let relative = json["corruption_relative"].as_f64().expect("a share");
    assert!((relative - share / 0.8).abs() < 1e-9, "{json}");
    assert_eq!(shares("conditions").len(), 9);
    // The mean colour does not change when the camera is upside down.
    assert_eq!(json["conditions"]["upside_down"], 0.8);

    let (again, _) = bench.figures(&["--report", "report.html"]);
    assert_eq!(
        again["corruption"], json["corruption"],
        "the same pictures every time"
    );
}

/// A bundle that confuses the names of the red cat and the blue dog.
fn confused() -> Vec<u8> {
    let mut draft = bundle::Draft::default();
    let breeds = draft.prop("kiosk.breeds").as_array_mut();
    breeds.expect("a list of breeds").reverse();
    draft.bytes()
}

#[test]
fn two_bundles_are_compared_on_the_same_photographs() {
    let bench = Bench::new();
    bench.write("confused.onnx", &confused());
    let arguments = ["--outliers", "outliers", "--against", "confused.onnx"];
    let (json, _) = bench.figures(&[&arguments[..], &["--report", "report.html"]].concat());
    assert_eq!(json["top1"], 0.8);
    let against = &json["against"];
    assert_eq!(against["model"], "confused.onnx");
    assert_eq!(against["top1"], 0.2);
    let top1 = against["difference"]["top1"]
        .as_f64()
        .expect("a difference");
    assert!((top1 - 0.6).abs() < 1e-9, "{top1}");
    // Three of five photographs differ. A resample seldom has none of them, or only them.
    let ends = against["difference"]["top1_interval"].as_array();
    let ends: Vec<f64> = (ends.expect("an interval").iter())
        .filter_map(Value::as_f64)
        .collect();
    assert!(
        (0.2 - ends[0]).abs() < 1e-9 && (1.0 - ends[1]).abs() < 1e-9,
        "{ends:?}"
    );
    assert!(against["corruption_relative"].is_f64());

    let page = read(&bench);
    for text in [
        "<strong>bundle.onnx</strong> against <strong>confused.onnx</strong>",
        "differs by +60.0 points",
        "significantly better",
        "fog 0.900, confused.onnx",
        "recognised by confused.onnx",
        "top-1 of confused.onnx",
    ] {
        assert!(page.contains(text), "no \"{text}\"");
    }

    let run = bench.evaluate(&arguments);
    let shown = text(&run.stdout);
    assert!(shown.contains("against confused.onnx"), "{shown}");
    assert!(shown.contains("+60.0"), "{shown}");
}

#[test]
fn a_network_whose_last_map_is_no_square_gets_a_report_without_maps() {
    let bench = Bench::new();
    let mut draft = bundle::Draft::default();
    draft.nodes.insert(0, ("MaxPool", vec!["image"], "narrow"));
    draft.attributes = vec![("kernel_shape", vec![1, 2]), ("strides", vec![1, 2])];
    draft.nodes[1].1 = vec!["narrow"];
    bench.write("bundle.onnx", &draft.bytes());
    let (_, messages) = bench.figures(&["--report", "report.html"]);
    let expected = "warning: the report does not show what spoke for a breed: ";
    assert!(messages.contains(expected), "{messages}");
    let page = read(&bench);
    assert!(page.contains("id=\"mistakes\"") && !page.contains("What spoke for"));
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_is_measured() {
    let bench = Bench::new();
    bench.write("bundle.onnx", b"no model");
    for (path, expected) in [
        ("missing/report.html", "missing"),
        ("data", "data is not a file"),
    ] {
        let run = bench.evaluate(&["--report", path]);
        let messages = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1));
        assert_eq!(messages.lines().count(), 1, "{messages}");
        assert!(messages.contains(expected), "{messages}");
    }
}

#[test]
fn a_run_that_fails_leaves_the_former_report_as_it_was() {
    let bench = Bench::new();
    bench.write("report.html", b"of yesterday");
    bench.write("data/annotations/test.txt", b"blue_dog_2 3 2 2\n");
    let run = bench.evaluate(&["--report", "report.html"]);
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(read(&bench), "of yesterday");
    let files = fs::read_dir(bench.path("")).expect("the folder").count();
    assert_eq!(files, 4, "bundle, data, outliers and report");
}

#[test]
fn a_report_without_mistakes_and_outliers_has_no_sections_for_them() {
    let bench = Bench::new();
    bench.write(
        "data/annotations/test.txt",
        b"red_cat_1 1 1 1\nred_cat_2 1 1 1\n",
    );
    let (json, _) = bench.figures(&["--report", "report.html"]);
    assert_eq!(json["top1"], json!(1.0));
    let page = read(&bench);
    assert!(!page.contains("id=\"mistakes\"") && !page.contains("id=\"outliers\""));
}
