//! Training that goes on from what is there: from a bundle or a checkpoint, for more epochs, and with the photographs
//! that a kiosk collected, on drawn photographs.

use std::fs;
use std::path::Path;
use std::process::Command;

use candle_core::{Device, Tensor};
use image::RgbImage;
use prost::Message;
use recognise::metadata::{Breed, InputSpec, Species};
use recognise::preprocess::Preprocessor;
use recognise::verdict::top;
use recognise::{BreedId, Bundle, Recogniser};
use sha2::{Digest, Sha256};
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto, TensorProto};
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
    let open = |file: &str| Bundle::read(&bench.path("run").join(file)).expect("a sound bundle");
    let bundle = open("breeds.onnx");
    let architecture = Architecture::MobileNetV2;
    let former = Former::from_bundle(architecture, &bundle).expect("its network");
    assert_eq!(former.breeds(), ["blue", "green", "red"].map(BreedId::from));
    let network = former.network(architecture, &breeds).expect("it fits");
    let exact = Classifier::from_bundle(&bundle).expect("its classifier");
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
            assert!(difference < 2e-3, "{after}, not {expected}");
        }
    }

    let int8 = open("breeds-int8.onnx");
    let former = Former::from_bundle(architecture, &int8).expect("its network");
    assert_eq!(former.breeds(), ["blue", "green", "red"].map(BreedId::from));
    former.network(architecture, &breeds).expect("it fits");
    // Its rows are rounded to the nearest, as those of the convolutions are not.
    let read = Classifier::from_bundle(&int8).expect("its classifier");
    assert_within_half_a_step(&exact.weight, &read.weight, 3);
}

#[test]
fn integers_of_a_bundle_are_read_in_their_units() {
    let bench = Bench::new();
    bench.train("run", &["--epochs", "2"]).succeeds();
    let exact = bench.bytes("run/breeds.onnx");
    for (name, kind) in [
        ("conv_head.weight", DataType::Int8),
        ("conv_head.bias", DataType::Int32),
    ] {
        let read = values(&in_integers(&exact, name, kind), name);
        assert_within_half_a_step(&values(&exact, name), &read, 1280);
    }

    // Nothing in the graph says that these two belong together.
    let mut model = ModelProto::decode(&*exact).expect("a model");
    rename(&mut model, "conv_head.weight", "head");
    let graph = model.graph.as_mut().expect("a graph");
    let tensor = |name: &str, kind: DataType, raw_data: Vec<u8>, count: i64| TensorProto {
        name: name.to_owned(),
        dims: vec![count],
        data_type: kind as i32,
        raw_data,
        ..TensorProto::default()
    };
    graph.initializer.extend([
        tensor("conv_head.weight", DataType::Int8, vec![1; 4], 4),
        tensor("conv_head.weight_scale", DataType::Float, vec![0; 12], 3),
    ]);
    let bundle = Bundle::from_bytes(&model.encode_to_vec(), "drawn").expect("a sound bundle");
    let refused = Former::from_bundle(Architecture::MobileNetV2, &bundle);
    let message = refused.expect_err("it has no such tensor").to_string();
    let expected = "no tensor conv_head.weight that conv_head.weight_scale fits";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_breed_that_joining_data_sets_renames_is_not_forgotten() {
    let bench = Bench::new();
    add_breed(&bench.path("photos"), "labrador", BLUE, 0..30);
    add_breed(&bench.path("photos"), "pug", RED, 0..30);
    let own = ["--data", "photos", "--epochs", "1"];
    bench.train("first", &own).succeeds();
    let bundle = Bundle::read(&bench.path("first/breeds.onnx")).expect("a sound bundle");
    let former = Former::from_bundle(Architecture::MobileNetV2, &bundle).expect("its network");
    for (breed, place) in [
        ("labrador", Some(0)),
        ("labrador_retriever", Some(0)),
        ("Pug", Some(1)),
        ("beagle", None),
        ("zorgon", None),
    ] {
        assert_eq!(former.place(&breed.into()), place, "{breed}");
    }

    add_breed(&bench.path("training"), "beagle", GREEN, 0..30);
    let corrections = ["--init", "first/breeds.onnx", "--data", "training"];
    let ended = bench.train("second", &[&corrections[..], &own].concat());
    ended.succeeds();
    let said = String::from_utf8_lossy(&ended.0.stderr);
    let expected = "going on from breeds.onnx: 2 of its 2 breeds stay; new: beagle";
    assert!(said.lines().any(|line| line == expected), "{said}");
    assert!(!said.contains("will not know"), "{said}");
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
    bench
        .train("new", &["--init", "nowhere.onnx"])
        .fails_with("model nowhere.onnx: cannot be read");
}

#[test]
fn a_run_can_start_from_the_bundle_that_ships() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../edge/models/breeds.onnx");
    let start = Start::new(Init::File(shipped.clone())).expect("the trainer made it");
    let architecture = Architecture::MobileNetV2;
    assert_eq!(start.architecture(), Some(architecture));
    // It is in int8, with a detector and an embedding of its own.
    let bundle = Bundle::read(&shipped).expect("a sound bundle");
    let former = Former::from_bundle(architecture, &bundle).expect("its network");
    assert_eq!(former.breeds().len(), 37);
    let mut breeds = bundle.metadata.breeds;
    breeds.truncate(3);
    former.network(architecture, &breeds).expect("it fits");
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

/// A tensor of a bundle's network, as it is read.
fn values(bundle: &[u8], name: &str) -> Vec<f32> {
    let bundle = Bundle::from_bytes(bundle, "drawn").expect("a sound bundle");
    let network = Network::from_bundle(Architecture::MobileNetV2, &bundle).expect("it fits");
    let mut variables = network.variables().iter();
    let (_, variable) = variables.find(|it| it.0 == name).expect("the tensor");
    let values = variable.flatten_all().and_then(|it| it.to_vec1::<f32>());
    values.expect("its values")
}

/// A bundle with one tensor of its network in integers, as quantising stores it: in units of a 127th of the largest
/// value of each row.
fn in_integers(bundle: &[u8], name: &str, kind: DataType) -> Vec<u8> {
    let (scale_name, dequantised) = (format!("{name}_scale"), format!("{name}_dequantised"));
    let mut model = ModelProto::decode(bundle).expect("a model");
    let graph = model.graph.as_mut().expect("a graph");
    let readers = graph.node.iter_mut().flat_map(|node| &mut node.input);
    readers
        .filter(|input| input.as_str() == name)
        .for_each(|input| input.clone_from(&dequantised));
    let mut initializers = graph.initializer.iter_mut();
    let tensor = initializers.find(|it| it.name == name).expect("the tensor");
    let (raw, _) = tensor.raw_data.as_chunks();
    let values: Vec<f32> = raw.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let rows = tensor.dims[0];
    let (mut scales, mut integers) = (Vec::<u8>::new(), Vec::<u8>::new());
    for row in values.chunks_exact(values.len() / rows as usize) {
        let step = step(row);
        let scale = if step > 0.0 { step } else { 1.0 };
        scales.extend(scale.to_le_bytes());
        for value in row {
            let integer = (value / scale).round() as i32;
            let bytes = integer.to_le_bytes();
            let length = if kind == DataType::Int8 { 1 } else { 4 };
            integers.extend(&bytes[..length]);
        }
    }
    tensor.data_type = kind as i32;
    tensor.raw_data = integers;
    graph.initializer.push(TensorProto {
        name: scale_name.clone(),
        dims: vec![rows],
        data_type: DataType::Float as i32,
        raw_data: scales,
        ..TensorProto::default()
    });
    let axis = AttributeProto {
        name: "axis".to_owned(),
        r#type: AttributeType::Int as i32,
        ..AttributeProto::default()
    };
    let node = NodeProto {
        op_type: "DequantizeLinear".to_owned(),
        input: vec![name.to_owned(), scale_name],
        output: vec![dequantised],
        attribute: vec![axis],
        ..NodeProto::default()
    };
    graph.node.insert(0, node);
    model.encode_to_vec()
}

/// The unit of a row whose largest value is 127 of them.
fn step(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0f32, |largest, it| largest.max(it.abs()));
    largest / 127.0
}

/// That no value of a row is further from the exact one than rounding makes it.
fn assert_within_half_a_step(exact: &[f32], read: &[f32], rows: usize) {
    assert_eq!(exact.len(), read.len());
    let columns = exact.len() / rows;
    for (exact, read) in exact.chunks_exact(columns).zip(read.chunks_exact(columns)) {
        let most = 0.501 * step(exact);
        for (exact, read) in exact.iter().zip(read) {
            assert!((exact - read).abs() <= most, "{exact} became {read}");
        }
    }
}

/// Gives a tensor of the graph another name.
fn rename(model: &mut ModelProto, from: &str, to: &str) {
    let graph = model.graph.as_mut().expect("a graph");
    let weights = graph.initializer.iter_mut().map(|tensor| &mut tensor.name);
    let inputs = graph.node.iter_mut().flat_map(|node| &mut node.input);
    let named = weights.chain(inputs).filter(|name| name.as_str() == from);
    named.for_each(|name| to.clone_into(name));
}
