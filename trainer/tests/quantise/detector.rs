//! A detector as the second part of a quantised bundle.

use std::fs;

use recognise::metadata::Animals;
use recognise::{Bundle, Engine, Metadata, Preprocessor};
use trainer::export::to_onnx;
use trainer::net::{Architecture, Classifier, Detector, Init, Network, Prototypes};

use super::bench::Bench;
use super::{animals, assert_near};
use crate::common::draw;

/// A random detector whose output depends on the picture: that of a new one hardly does.
fn detector() -> Detector {
    let detector = Detector::new(5, &Init::Random(6)).expect("random weights");
    for (name, variable) in detector.variables() {
        let factor = match name.as_str() {
            "detect.out.weight" => 10.0,
            "detect.out.bias" => 0.0,
            _ => continue,
        };
        let values = variable.as_tensor().affine(factor, 0.0);
        variable
            .set(&values.expect("as many numbers"))
            .expect("a variable of this shape");
    }
    detector
}

#[test]
fn a_detector_becomes_the_second_part_of_the_bundle() {
    let bench = Bench::new(26);
    bench.train("1");
    let (detector, animals) = (detector(), animals(64));
    bench.write_detector("finder", &detector, &animals);
    bench.write_boxes("boxes.csv");
    let table = bench.quantise_with("finder", "boxes.csv").succeeds();
    for word in ["validation, 4", "animals, validation, 4", "same number"] {
        assert!(table.contains(word), "{word} is not in: {table}");
    }

    let quantised = Bundle::read(&bench.path("run/breeds-int8.onnx")).expect("a sound bundle");
    let measured = quantised.metadata.animals.clone().expect("a detector");
    let resemblance = measured
        .resemblance
        .expect("measured on validation photographs");
    assert!(resemblance > 0.0 && resemblance < 3.0, "{resemblance}");
    let unmeasured = Animals {
        resemblance: None,
        ..measured
    };
    assert_eq!(unmeasured, animals);
    let breeds = Engine::load(&quantised).expect("a network that runs");
    assert!(breeds.is_int8());

    let run = Bundle::read(&bench.path("run/breeds.onnx")).expect("the run's bundle");
    let metadata = Metadata {
        animals: Some(animals.clone()),
        ..run.metadata.clone()
    };
    let file = to_onnx(
        &Network::from_bundle(Architecture::MobileNetV2, &run).expect("its network"),
        &Classifier::from_bundle(&run).expect("its classifier"),
        &Prototypes::from_bundle(&run).expect("its prototypes"),
        None,
        Some(&detector),
        &metadata,
    );
    let exact = Bundle::from_bytes(&file.expect("a file"), "f32").expect("a sound bundle");
    let [exact, actual] = [&exact, &quantised].map(|bundle| {
        let detector = recognise::Detector::on_threads(bundle, 1);
        detector.expect("a network that runs").expect("a detector")
    });
    assert!(!exact.is_int8() && actual.is_int8());
    let simulated = recognise::Detector::reference(&quantised).expect("a network that runs");
    let simulated = simulated.expect("a detector");
    let mut preprocessor = Preprocessor::new(&animals.input);
    for (colour, seed) in [([60, 60, 190], 1000), ([190, 70, 60], 1001)] {
        let mut frame = Vec::new();
        preprocessor.run(&draw(colour, seed), &mut frame);
        let exact = exact.run(&frame).expect("its output");
        let size = exact.iter().fold(0f32, |size, value| size.max(value.abs()));
        for int8 in [&actual, &simulated] {
            let int8 = int8.run(&frame).expect("its output");
            assert_near(&int8, &exact, 0.1 * size);
        }
    }
}

#[test]
fn a_bundle_that_exists_is_given_a_detector_as_if_it_had_been_made_with_it() {
    let bench = Bench::new(26);
    bench.train("1");
    let animals = animals(64);
    bench.write_detector("finder", &detector(), &animals);
    bench.write_boxes("boxes.csv");
    bench.quantise_with("finder", "boxes.csv").succeeds();
    let resemblance = |name: &str| {
        let bundle = Bundle::read(&bench.path(name)).expect("a sound bundle");
        let animals = bundle.metadata.animals.expect("a detector");
        animals
            .resemblance
            .expect("measured on validation photographs")
    };
    let expected = resemblance("run/breeds-int8.onnx");
    fs::rename(bench.path("run/breeds-int8.onnx"), bench.path("with.onnx"))
        .expect("a temporary file");
    bench.quantise("run", "data").succeeds();
    for model in ["run/breeds-int8.onnx", "with.onnx"] {
        let added = bench.trainer(&[
            "add-detector",
            "--model",
            model,
            "--detector",
            "finder",
            "--boxes",
            "boxes.csv",
            "--data",
            "data",
            "--out",
            "added.onnx",
        ]);
        let table = added.succeeds();
        assert!(table.contains("animals, validation, 4"), "{table}");
        let resemblance = resemblance("added.onnx");
        assert!(
            (resemblance - expected).abs() < 1e-5,
            "{model}: {resemblance}"
        );
    }
}

#[test]
fn a_detector_that_cannot_be_quantised_is_refused_in_one_line() {
    let bench = Bench::new(26);
    bench.train("1");
    bench.write_detector("finder", &detector(), &animals(64));
    bench.write_boxes("boxes.csv");
    bench
        .quantise_with("nowhere", "boxes.csv")
        .fails_with("nowhere holds no run of `trainer detect`");
    bench
        .quantise_with("run", "boxes.csv")
        .fails_with("run holds a run of `trainer train`");
    bench
        .quantise_with("finder", "nowhere.csv")
        .fails_with("nowhere.csv");
    fs::write(bench.path("none.csv"), "file,kind,score,x1,y1,x2,y2\n").expect("a temporary file");
    bench
        .quantise_with("finder", "none.csv")
        .fails_with("none.csv has no box of an animal for any validation photograph of data");
    fs::remove_file(bench.path("finder/detector.json")).expect("a file of the run");
    bench
        .quantise_with("finder", "boxes.csv")
        .fails_with("finder is not finished");
    assert!(!bench.path("run/breeds-int8.onnx").exists());

    let alone = ["quantise", "--run", "run", "--data", "data"];
    let with = |more: [&'static str; 2]| bench.trainer(&[&alone[..], &more].concat());
    with(["--detector", "finder"]).is_wrong_usage("--boxes");
    with(["--boxes", "boxes.csv"]).is_wrong_usage("--detector");
}
