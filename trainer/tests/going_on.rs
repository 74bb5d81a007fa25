//! Training that goes on from what is there: from a bundle or a checkpoint, for more epochs, and with the photographs
//! that a kiosk collected, on drawn photographs.

use std::fs;
use std::path::Path;
use std::process::Command;

use candle_core::{Device, Tensor};
use image::RgbImage;
use recognise::metadata::{Breed, InputSpec, Species};
use recognise::preprocess::Preprocessor;
use recognise::verdict::top;
use recognise::{BreedId, Bundle, Recogniser};
use sha2::{Digest, Sha256};
use trainer::net::{Architecture, Classifier, Former, Init, Network};
use trainer::train::Start;

use crate::bundle::Draft;
use crate::common::{draw, say_species};
use crate::train::Bench;

const BLUE: [u8; 3] = [50, 70, 200];
const RED: [u8; 3] = [200, 60, 50];
const GREEN: [u8; 3] = [60, 200, 60];
const ORANGE: [u8; 3] = [210, 130, 45];

#[test]
fn breeds_that_stay_keep_their_logits_and_a_new_one_gets_the_mean_of_all() {
    let bench = Bench::new();
    add_breed(&bench.path("data"), "green", GREEN, 0..30);
    let species = [("red", "cat"), ("blue", "dog"), ("green", "dog")];
    say_species(&bench.path("data"), &species);
    bench.train("run", &["--epochs", "4"]).succeeds();
    let quantised = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["quantise", "--data"])
        .args([bench.path("data"), "--run".into(), bench.path("run")])
        .output()
        .expect("the trainer starts");
    assert!(quantised.status.success(), "{quantised:?}");

    // Green goes, yellow comes, and the others change places.
    let breeds = ["yellow", "red", "blue"].map(|id| Breed {
        id: id.into(),
        species: Species::Dog,
    });
    // In int8, activations are rounded as well, so that the logits are about the same.
    for (file, tolerance) in [("breeds.onnx", 2e-3), ("breeds-int8.onnx", 0.25)] {
        let bundle = Bundle::read(&bench.path("run").join(file)).expect("a sound bundle");
        let architecture = Architecture::MobileNetV2;
        let former = Former::from_bundle(architecture, &bundle).expect("its network");
        assert_eq!(former.breeds(), ["blue", "green", "red"].map(BreedId::from));
        let network = former.network(architecture, &breeds).expect("it fits");
        let kiosk = Recogniser::new(bundle).expect("a network that runs");
        for (colour, seed) in [(BLUE, 1000), (RED, 1001), (GREEN, 1002)] {
            let picture = draw(colour, seed);
            let before = kiosk.output(&picture).expect("an answer").logits;
            let mean = before.iter().sum::<f32>() / 3.0;
            let expected = [mean, before[2], before[0]];
            let after = logits(&network, &picture, &kiosk.metadata().input);
            let largest = before
                .iter()
                .fold(1f32, |largest, it| largest.max(it.abs()));
            for (after, expected) in after.iter().zip(expected) {
                let difference = (after - expected).abs() / largest;
                assert!(difference < tolerance, "{file}: {after}, not {expected}");
            }
        }
    }
}

#[test]
fn a_run_goes_on_from_a_bundle_or_a_checkpoint_and_says_what_becomes_of_the_breeds() {
    let bench = Bench::new();
    bench.train("first", &["--epochs", "2"]).succeeds();
    add_breed(&bench.path("other"), "blue", BLUE, 0..30);
    add_breed(&bench.path("other"), "green", GREEN, 0..30);
    let species = [("blue", "dog"), ("green", "dog")];
    say_species(&bench.path("other"), &species);
    for (run, file) in [("one", "breeds.onnx"), ("two", "checkpoint.safetensors")] {
        let init = format!("first/{file}");
        let args = ["--init", &init, "--data", "other", "--epochs", "1"];
        let ended = bench.train(run, &args);
        ended.succeeds();
        let said = String::from_utf8_lossy(&ended.0.stderr);
        let expected = format!("going on from {file}: 1 of its 2 breeds stay; new: green");
        assert!(said.lines().any(|line| line == expected), "{said}");
        let warnings = ended.warnings().join("\n");
        let expected = format!("will not know these breeds of {file}: red; to keep them");
        assert!(warnings.contains(&expected), "{warnings}");

        let digest = Sha256::digest(bench.bytes(&init));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let recipe = fs::read_to_string(bench.path(run).join("recipe.toml")).expect("a recipe");
        assert!(recipe.contains(&format!("init = \"{digest}\"")), "{recipe}");
        let bundle = Bundle::read(&bench.path(run).join("breeds.onnx")).expect("a sound bundle");
        let trained = &bundle.metadata.trained;
        assert_eq!(trained.pretrained, file);
        assert_eq!(trained.recipe["init"], digest);
    }
}

#[test]
fn a_file_of_another_network_is_refused_with_what_to_type() {
    let bench = Bench::new();
    let network = ["--network", "efficientnet_lite0"];
    let first = [&network[..], &["--epochs", "1"]].concat();
    bench.train("first", &first).succeeds();
    for file in ["first/breeds.onnx", "first/checkpoint.safetensors"] {
        let other = ["--init", file, "--network", "mobilenetv2_140"];
        bench.train("new", &other).fails_with(&format!(
            "{file} is of efficientnet_lite0, not of mobilenetv2_140: train with --network efficientnet_lite0"
        ));
        // A recipe counts as much as --network, which is stronger.
        let fails = bench.train("new", &["--init", file]);
        fails.fails_with("train with --network efficientnet_lite0");
        assert!(!bench.path("new").exists());
        let start = Start::new(Init::File(bench.path(file))).expect("it can be read");
        let own = Some(Architecture::EfficientNetLite0);
        assert_eq!(start.architecture(), own, "{file} says which it is");
    }
    let checkpoint = ["--init", "first/checkpoint.safetensors", "--epochs", "1"];
    let fits = [&checkpoint[..], &network].concat();
    bench.train("second", &fits).succeeds();

    // The kiosk runs them, but they are no networks of the trainer's.
    let foreign = Draft::default();
    let mut without_recipe = Draft::default();
    without_recipe.prop("kiosk.trained")["recipe"] = "made elsewhere".into();
    for (draft, message) in [
        (foreign, "the weights foreign.onnx have no tensor"),
        (
            without_recipe,
            "cannot start from foreign.onnx: `trainer train` did not make it",
        ),
    ] {
        fs::write(bench.path("foreign.onnx"), draft.bytes()).expect("a temporary file");
        bench
            .train("new", &["--init", "foreign.onnx"])
            .fails_with(message);
    }
    fs::write(bench.path("text.onnx"), "no bundle").expect("a temporary file");
    bench
        .train("new", &["--init", "text.onnx"])
        .fails_with("text.onnx");
}

#[test]
fn a_run_that_is_made_longer_is_the_one_that_was_longer_from_the_start() {
    let bench = Bench::new();
    bench.train("run", &["--epochs", "2"]).succeeds();
    let short = bench.bytes("run/breeds.onnx");
    bench
        .train("run", &["--resume", "--epochs", "1"])
        .fails_with("the run in run has 2 epochs, and none can be taken back: resume with --epochs 2 or more");
    bench
        .train("run", &["--resume", "--epochs", "2"])
        .succeeds();
    assert!(bench.bytes("run/breeds.onnx") == short, "nothing changes");

    bench
        .train("run", &["--resume", "--epochs", "5"])
        .succeeds();
    let longer = bench.bytes("run/breeds.onnx");
    assert!(longer != short, "it has learnt further");
    let recipe = fs::read_to_string(bench.path("run/recipe.toml")).expect("a recipe");
    assert!(recipe.contains("restarts = [2]"), "{recipe}");
    let table = fs::read_to_string(bench.path("run/metrics.csv")).expect("a table");
    let rates = table.lines().skip(1).map(|line| {
        let rate = line.split(',').nth(2).and_then(|rate| rate.parse().ok());
        rate.expect("a rate")
    });
    let rates: Vec<f64> = rates.collect();
    assert_eq!(rates.len(), 5);
    assert!(rates[2] > rates[1] && rates[2] > rates[4], "{rates:?}");

    bench.train("run", &["--resume"]).succeeds();
    assert!(bench.bytes("run/breeds.onnx") == longer, "it stays longer");
    let same = ["--recipe", "run/recipe.toml"];
    bench.train("whole", &same).succeeds();
    assert!(bench.bytes("whole/breeds.onnx") == longer);

    let recipe = recipe.replace("restarts = [2]", "restarts = [5]");
    fs::write(bench.path("beyond.toml"), recipe).expect("a temporary file");
    bench
        .train("new", &["--recipe", "beyond.toml"])
        .fails_with("restarts must be rising numbers from 1 to below epochs");
}

#[test]
fn what_a_kiosk_collected_is_learnt_beside_a_dataset_whose_breeds_are_not_forgotten() {
    let bench = Bench::new();
    bench.train("first", &["--epochs", "6"]).succeeds();
    // A breed that the network does not know, and animals of a breed that it does, in a colour that it does not.
    let kiosk = bench.path("training");
    add_breed(&kiosk, "beagle", GREEN, 0..30);
    add_breed(&kiosk, "red", ORANGE, 100..115);
    add_breed(&kiosk, "no_animal", [128; 3], 0..3);
    say_species(&kiosk, &[("red", "cat")]);
    let corrections = ["--init", "first/breeds.onnx", "--data", "training"];
    let args = [&corrections[..], &["--data", "data", "--epochs", "8"]].concat();
    let ended = bench.train("second", &args);
    ended.succeeds();
    let warnings = ended.warnings().join("\n");
    let left_out = "training: these folders are of no breed of the dataset and are not used: no_animal (3 photographs)";
    assert!(warnings.contains(left_out), "{warnings}");
    assert!(!warnings.contains("will not know"), "{warnings}");

    let bundle = Bundle::read(&bench.path("second/breeds.onnx")).expect("a sound bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let breeds = &recogniser.metadata().breeds;
    let mut known: Vec<&str> = breeds.iter().map(|breed| breed.id.as_str()).collect();
    known.sort_unstable();
    assert_eq!(known, ["beagle", "blue", "red"]);
    for (breed, colour) in [
        ("blue", BLUE),
        ("red", RED),
        ("red", ORANGE),
        ("beagle", GREEN),
    ] {
        let right = (1000..1010).filter(|&seed| {
            let prediction = recogniser.predict(&draw(colour, seed)).expect("an answer");
            let (first, _) = top(&prediction.probabilities, 1)[0];
            breeds[first].id == breed
        });
        let right = right.count();
        assert!(right >= 8, "{breed} {colour:?}: {right} of 10");
    }
}

/// Draws the photographs of a breed with these numbers.
fn add_breed(root: &Path, breed: &str, colour: [u8; 3], numbers: std::ops::Range<u64>) {
    let folder = root.join(breed);
    fs::create_dir_all(&folder).expect("a temporary folder");
    for number in numbers {
        draw(colour, number)
            .save(folder.join(format!("{number}.png")))
            .expect("a temporary file");
    }
}

/// The logits that a network gives a picture, read as the kiosk reads them: by the direction of its embedding.
fn logits(network: &Network, picture: &RgbImage, input: &InputSpec) -> Vec<f32> {
    let mut planes = Vec::new();
    Preprocessor::new(input).run(picture, &mut planes);
    let shape = (1, 3, input.size, input.size);
    let features = Tensor::from_vec(planes, shape, &Device::Cpu)
        .and_then(|planes| planes.permute((0, 2, 3, 1))?.contiguous())
        .and_then(|picture| network.features(&picture)?.flatten_all()?.to_vec1::<f32>());
    let classifier = Classifier::learnt(network).expect("its parameters");
    classifier.logits(&features.expect("an embedding"))
}
