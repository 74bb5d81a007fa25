//! A sound bundle is accepted; any other one is refused with its name and the reason.

use image::{Rgb, RgbImage};
use recognise::metadata::{
    Animals, CropShape, EmbeddingSpec, Guests, Measured, Method, Resize, Species, TrainedDetector,
};
use recognise::{Bundle, Metadata, Recogniser};
use serde_json::json;

use crate::common::{Draft, SIZE, U8};

fn sound() -> Bundle {
    Bundle::from_bytes(&Draft::default().bytes(), "sound.onnx").unwrap()
}

/// Why a bundle is refused that was sound until `change`; `None` if it is accepted.
fn refusal(change: impl FnOnce(&mut Draft)) -> Option<String> {
    let mut draft = Draft::default();
    change(&mut draft);
    let bundle = Bundle::from_bytes(&draft.bytes(), "damaged.onnx");
    bundle
        .and_then(Recogniser::new)
        .err()
        .map(|error| error.to_string())
}

fn check(change: impl FnOnce(&mut Draft), expected: &str) {
    let message = refusal(change).unwrap_or_else(|| panic!("accepted despite: {expected}"));
    assert!(message.starts_with("model damaged.onnx: "), "{message}");
    assert!(message.contains(expected), "{message}\nlacks: {expected}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn a_sound_bundle_has_its_metadata() {
    let bundle = sound();
    assert_eq!(bundle.name, "sound.onnx");
    assert_eq!(bundle.size, Draft::default().bytes().len());
    assert!(!bundle.is_quantised());
    assert_eq!(bundle.metadata.input.resize, Resize::Squash);
    assert_eq!(bundle.metadata.breeds[1].id.display_name(), "Green dog");
    assert_eq!(bundle.metadata.breeds[1].species, Species::Dog);
    assert_eq!(bundle.metadata.measured, None);
}

#[test]
fn a_bundle_is_read_from_its_file_and_refused_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("breeds.onnx");
    std::fs::write(&path, Draft::default().bytes()).unwrap();
    assert_eq!(Bundle::read(&path).unwrap().metadata, sound().metadata);

    let missing = folder.path().join("gone.onnx");
    for (path, expected) in [
        (missing.as_path(), "cannot be read"),
        (folder.path(), "not a file"),
    ] {
        let message = Bundle::read(path).unwrap_err().to_string();
        let start = format!("model {}: {expected}", path.display());
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn a_file_that_is_not_an_onnx_model_is_refused() {
    let whole = Draft::default().bytes();
    for bytes in [
        &b""[..],
        b"Dear sir or madam",
        b"\xFF\xD8\xFF",
        &whole[..whole.len() / 2],
    ] {
        let message = Bundle::from_bytes(bytes, "text.onnx")
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("model text.onnx: not an ONNX model"),
            "{message}"
        );
    }
}

#[test]
fn metadata_must_be_there_and_make_sense() {
    for key in [
        "kiosk.breeds",
        "kiosk.input",
        "kiosk.calibration",
        "kiosk.unknown",
        "kiosk.trained",
    ] {
        check(
            |draft| draft.props.retain(|(name, _)| *name != key),
            &format!("no metadata `{key}`"),
        );
        check(
            |draft| *draft.prop(key) = json!("nonsense"),
            &format!("metadata `{key}`: invalid type"),
        );
    }
    let cases = [
        (
            "kiosk.breeds",
            "/0/id",
            json!("green_dog"),
            "two breeds with the same id",
        ),
        ("kiosk.breeds", "/2/id", json!(""), "a breed without an id"),
        (
            "kiosk.breeds",
            "/2/species",
            json!("fish"),
            "unknown variant `fish`",
        ),
        ("kiosk.breeds", "", json!([]), "fewer than two breeds"),
        ("kiosk.input", "/size", json!(31), "size must be 32 to 1024"),
        (
            "kiosk.input",
            "/size",
            json!(1025),
            "size must be 32 to 1024",
        ),
        (
            "kiosk.input",
            "/resize",
            json!("fit"),
            "unknown variant `fit`",
        ),
        (
            "kiosk.input",
            "/mean/1",
            json!(1e300),
            "number out of range",
        ),
        (
            "kiosk.input",
            "/std/0",
            json!(0.0),
            "std must be finite and above 0",
        ),
        (
            "kiosk.input",
            "/std/2",
            json!(-1.0),
            "std must be finite and above 0",
        ),
        (
            "kiosk.calibration",
            "/temperature",
            json!(0),
            "temperature must be finite",
        ),
        (
            "kiosk.calibration",
            "/temperature",
            json!(-2),
            "temperature must be finite",
        ),
        (
            "kiosk.unknown",
            "/method",
            json!("energy"),
            "unknown variant `energy`",
        ),
        (
            "kiosk.unknown",
            "/threshold",
            json!(1.1),
            "threshold must be 0 to 1",
        ),
    ];
    for (key, pointer, value, expected) in cases {
        let change = |draft: &mut Draft| *draft.prop(key).pointer_mut(pointer).unwrap() = value;
        check(change, &format!("metadata `{key}`: {expected}"));
    }
}

#[test]
fn a_network_without_metadata_is_refused_with_where_it_is_said_how_to_add_them() {
    let said_under = "as trainer/TRAINING.md says under \"Networks made elsewhere\"";
    check(|draft| draft.props.clear(), said_under);
    let manual = include_str!("../../../trainer/TRAINING.md");
    let (_, section) = manual
        .split_once("\n## Networks made elsewhere\n")
        .expect("the section");
    for (key, _) in Draft::default().props {
        assert!(section.contains(&format!("\"{key}\": ")), "{key}");
    }
}

#[test]
fn metadata_comes_back_as_it_was_written() {
    let mut metadata = sound().metadata;
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.25,
        breed: 0.5,
    };
    metadata.animals = Some(Animals {
        input: metadata.input.clone(),
        margin: 0.15,
        shape: CropShape::Square,
        resemblance: Some(0.6),
        trained: TrainedDetector {
            images: 4000,
            recipe: json!({"epochs": 20}),
        },
    });
    metadata.embedding = Some(EmbeddingSpec {
        prototypes: vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![-1.0, 0.0]],
        guests: Some(Guests {
            scale: 18.5,
            new: 0.7,
        }),
    });
    metadata.measured = Some(Measured {
        split: "test".to_owned(),
        images: 1211,
        top1: 0.9,
        top3: 0.98,
        mean_per_class: 0.875,
    });
    let props = metadata.to_props();
    let foreign = ("producer".to_owned(), "not JSON".to_owned());
    let pairs = props
        .iter()
        .chain([&foreign])
        .map(|(k, v)| (k.as_str(), v.as_str()));
    assert_eq!(Metadata::from_props(pairs).unwrap(), metadata);

    (metadata.animals, metadata.embedding, metadata.measured) = (None, None, None);
    let props = metadata.to_props();
    for absent in ["kiosk.animals", "kiosk.embedding", "kiosk.measured"] {
        assert!(props.iter().all(|(key, _)| key != absent), "{absent}");
    }
}

#[test]
fn another_opset_input_or_output_is_refused() {
    check(
        |draft| draft.opset = 16,
        "opset 16, but 17 or later is needed",
    );

    check(
        |draft| rename_input(draft, "pixels"),
        "must be `image`, f32 [N, 3, 32, 32]",
    );
    check(
        |draft| draft.input.1 = U8,
        "but is `image`, UINT8 [N, 3, 32, 32]",
    );
    check(
        |draft| draft.input.2 = vec![-1, 3, SIZE, 64],
        "but is `image`, f32 [N, 3, 32, 64]",
    );
    check(
        |draft| draft.input.2 = vec![-1, 3, -1, -1],
        "but is `image`, f32 [N, 3, N, N]",
    );
    check(
        |draft| draft.input.2 = vec![-1, SIZE, SIZE, 3],
        "but is `image`, f32 [N, 32, 32, 3]",
    );
    check(
        |draft| draft.input.2 = vec![3, SIZE, SIZE],
        "but is `image`, f32 [3, 32, 32]",
    );
    check(
        |draft| draft.prop("kiosk.input")["size"] = json!(224),
        "must be `image`, f32 [N, 3, 224, 224], but is",
    );

    check(|draft| draft.outputs[0].0 = "features", "must be `logits`");
    check(
        |draft| draft.outputs[0].1 = U8,
        "but is `logits`, UINT8 [N, 3]",
    );
    check(
        |draft| draft.outputs[0].2 = vec![-1, 4],
        "f32 [N, 3] for 3 breeds, and may be followed by `similarity` and an `embedding` \
         of 16 to 1024 numbers alone, but is `logits`, f32 [N, 4]",
    );
    check(
        |draft| draft.outputs[0].2 = vec![3],
        "but is `logits`, f32 [3]",
    );
}

#[test]
fn similarities_are_there_if_the_metadata_need_them_and_have_the_shape_of_the_logits() {
    let check = |change: fn(&mut Draft), expected| {
        let with_similarity = |draft: &mut Draft| {
            *draft = Draft::with_similarity();
            change(draft);
        };
        check(with_similarity, expected);
    };
    check(
        |draft| draft.outputs.truncate(1),
        "metadata `kiosk.unknown`: method `prototype_similarity` needs an output `similarity`",
    );
    check(
        |draft| draft.outputs[1].2 = vec![-1, 4],
        "but is `logits`, f32 [N, 3] and `similarity`, f32 [N, 4]",
    );
    check(
        |draft| draft.outputs[1].1 = U8,
        "but is `logits`, f32 [N, 3] and `similarity`, UINT8 [N, 3]",
    );
    check(
        |draft| draft.outputs[1].0 = "features",
        "numbers alone, but is `logits`, f32 [N, 3] and `features`",
    );
    check(
        |draft| draft.outputs.swap(0, 1),
        "must be `logits`, f32 [N, 3] for 3 breeds",
    );
    check(
        |draft| draft.outputs.push(draft.outputs[1].clone()),
        "numbers alone, but is `logits`",
    );
    check(
        |draft| draft.weights[1] = ("prototypes", vec![3, 2], vec![1.0; 6]),
        "the engine cannot run it: it gives 2 similarities for 3 breeds",
    );
    check(
        |draft| draft.prop("kiosk.unknown")["animal"] = json!(1e300),
        "metadata `kiosk.unknown`: animal and breed must be finite",
    );
    check(
        |draft| {
            let unknown = json!({"method": "prototype_similarity", "threshold": 0.5});
            *draft.prop("kiosk.unknown") = unknown;
        },
        "metadata `kiosk.unknown`: missing field `animal`",
    );
}

#[test]
fn embeddings_have_an_output_and_prototypes_of_as_many_numbers() {
    let check = |change: &dyn Fn(&mut Draft), expected: &str| {
        let with_embedding = |draft: &mut Draft| {
            *draft = Draft::with_embedding();
            change(draft);
        };
        check(with_embedding, expected);
    };
    check(
        &|draft| draft.outputs.truncate(2),
        "it lacks the output `embedding`, without which its embeddings are of no use",
    );
    check(
        &|draft| draft.props.retain(|(name, _)| *name != "kiosk.embedding"),
        "it lacks metadata `kiosk.embedding`",
    );
    for (pointer, value, expected) in [
        ("/prototypes", json!([]), "one prototype for each breed"),
        ("/prototypes", json!(null), "invalid type"),
        (
            "/prototypes/1",
            json!([]),
            "each prototype must have length 1",
        ),
        (
            "/prototypes/1/1",
            json!(1.02),
            "each prototype must have length 1",
        ),
        (
            "/prototypes/2/2",
            json!(0.0),
            "each prototype must have length 1",
        ),
        (
            "/prototypes/1",
            json!([0.0, 1.0]),
            "each prototype must have 16 numbers, as the output `embedding` has",
        ),
        (
            "/guests/scale",
            json!(0.0),
            "scale must be finite and above 0",
        ),
        (
            "/guests/scale",
            json!(-20.0),
            "scale must be finite and above 0",
        ),
        ("/guests/new", json!("0.5"), "invalid type"),
    ] {
        check(
            &|draft| {
                let spec = draft.prop("kiosk.embedding");
                *spec.pointer_mut(pointer).unwrap() = value.clone();
            },
            expected,
        );
    }
}

#[test]
fn prototypes_that_were_rounded_are_scaled_and_guests_may_be_uncalibrated() {
    let mut draft = Draft::with_embedding();
    let spec = draft.prop("kiosk.embedding");
    spec["guests"] = json!(null);
    spec["prototypes"][1][1] = json!(0.995);
    let bundle = Bundle::from_bytes(&draft.bytes(), "rounded.onnx").unwrap();
    let spec = bundle.metadata.embedding.unwrap();
    assert_eq!(spec.guests, None);
    assert_eq!(spec.prototypes[1][..3], [0.0, 1.0, 0.0]);
}

/// Expects a bundle with a detector to be refused after `change`.
fn check_detector(change: impl FnOnce(&mut Draft), expected: &str) {
    let with_detector = |draft: &mut Draft| {
        *draft = Draft::with_detector();
        change(draft);
    };
    check(with_detector, expected);
}

#[test]
fn a_detector_has_an_input_an_output_and_metadata() {
    check_detector(|draft| draft.frame = None, "it lacks the input `frame`");
    check_detector(
        |draft| draft.outputs.truncate(1),
        "it lacks the output `animals`",
    );
    check_detector(
        |draft| draft.props.retain(|(name, _)| *name != "kiosk.animals"),
        "it lacks metadata `kiosk.animals`",
    );
    for (pointer, value, expected) in [
        ("/input/size", json!(1056), "size must be 32 to 1024"),
        ("/input/size", json!(200), "size must be a multiple of 32"),
        ("/input/std/1", json!(0.0), "std must be finite and above 0"),
        ("/input/resize", json!("crop"), "resize must be squash"),
        ("/margin", json!(-0.1), "margin must be 0 to 1"),
        ("/margin", json!(1.5), "margin must be 0 to 1"),
        ("/shape", json!("round"), "unknown variant `round`"),
        ("/trained", json!(null), "invalid type"),
    ] {
        check_detector(
            |draft| *draft.prop("kiosk.animals").pointer_mut(pointer).unwrap() = value,
            &format!("metadata `kiosk.animals`: {expected}"),
        );
    }
}

#[test]
fn a_detector_of_another_shape_is_refused() {
    let frame =
        |dims: [i64; 4]| move |draft: &mut Draft| draft.frame.as_mut().unwrap().2 = dims.to_vec();
    check_detector(
        frame([-1, 3, SIZE, 64]),
        "its input must be `frame`, f32 [N, 3, 32, 32], but is `frame`, f32 [N, 3, 32, 64]",
    );
    check_detector(
        |draft| draft.prop("kiosk.animals")["input"]["size"] = json!(64),
        "its input must be `frame`, f32 [N, 3, 64, 64], but is",
    );
    check_detector(
        |draft| draft.outputs[1].2 = vec![-1, 24, 2, 2],
        "its output `animals` must be f32 [N, 24, 1, 1], but is `animals`, f32 [N, 24, 2, 2]",
    );
    check_detector(
        |draft| draft.outputs.push(draft.outputs[1].clone()),
        "its output `animals` must be f32 [N, 24, 1, 1], but is",
    );
    check_detector(
        |draft| draft.nodes[4] = ("Identity", vec!["colour"], "animals"),
        "the engine cannot run it: its `animals` are [1, 3, 1, 1] instead of [1, 24, 1, 1]",
    );
    check_detector(
        |draft| {
            draft.nodes[4].2 = "raw";
            draft.nodes.push(("Sigmoid", vec!["raw"], "animals"));
        },
        "its logits come out of a Sigmoid",
    );
    check_detector(
        |draft| draft.nodes[4].0 = "Abracadabra",
        "operator `Abracadabra animals` is not supported",
    );
    check_detector(
        |draft| draft.weights[1].2.truncate(9),
        "tensor `cells`: its shape [24, 3, 1, 1] needs 288 bytes",
    );
}

#[test]
fn the_detector_and_the_network_that_names_breeds_share_nothing_but_weights() {
    check_detector(
        |draft| draft.nodes[3].1 = vec!["image"],
        "its output `animals` depends on the input `image`, which is that of the other part",
    );
    check_detector(
        |draft| draft.nodes[0].1 = vec!["frame"],
        "its output `logits` depends on the input `frame`, which is that of the other part",
    );
    let factor = |draft: &mut Draft, factor: &'static str| {
        draft.nodes[2].1[0] = "scaled_features";
        let features = ("Mul", vec!["features", factor], "scaled_features");
        draft.nodes.insert(2, features);
        draft.nodes[5].1[0] = "scaled_colour";
        let colour = ("Mul", vec!["colour", factor], "scaled_colour");
        draft.nodes.insert(5, colour);
        draft.weights.push(("factor", vec![1], vec![1.0]));
    };
    check_detector(
        |draft| {
            factor(draft, "copy");
            draft.nodes.insert(0, ("Identity", vec!["factor"], "copy"));
        },
        "tensor `copy`: the part that names breeds and the part that finds animals both need it",
    );
    let shared = refusal(|draft| {
        *draft = Draft::with_detector();
        factor(draft, "factor");
    });
    assert_eq!(shared, None, "a weight");
}

fn rename_input(draft: &mut Draft, name: &'static str) {
    draft.input.0 = name;
    draft.nodes[0].1 = vec![name];
}

#[test]
fn weights_must_be_there_and_fit_their_shape() {
    check(
        |draft| draft.weights.clear(),
        "tensor `weight` is missing: `MatMul logits` needs it",
    );
    check(
        |draft| draft.nodes.truncate(2),
        "tensor `logits` is missing: `the network's output` needs it",
    );
    check(
        |draft| draft.nodes.swap(0, 1),
        "tensor `pooled` is missing: `Flatten features` needs it",
    );
    check(
        |draft| draft.weights[0].2.truncate(8),
        "tensor `weight`: its shape [3, 3] needs 36 bytes, but 32 are there",
    );
    check(
        |draft| draft.weights[0].2.clear(),
        "tensor `weight`: its shape [3, 3] needs 36 bytes, but 0 are there",
    );
    for dims in [vec![u64::MAX, 3], vec![1 << 40, 1 << 40]] {
        check(|draft| draft.weights[0].1 = dims, "is impossible");
    }
}

#[test]
fn bundles_of_former_versions_are_loaded() {
    let present = Draft::with_similarity();
    let mut former = Draft::with_similarity();
    former.outputs[1].0 = "likeness";
    former.weights[1].0 = "likeness.weight";
    former.nodes[3].1[1] = "likeness.weight";
    former.nodes[3].2 = "likeness";
    former.prop("kiosk.unknown")["method"] = json!("likeness");
    let [former, present] = [former, present].map(|draft| {
        let bundle = Bundle::from_bytes(&draft.bytes(), "former.onnx").unwrap();
        let graph = bundle.proto.graph.as_ref().unwrap();
        assert_eq!(graph.output[1].name, "similarity");
        Recogniser::new(bundle).unwrap()
    });
    assert_eq!(former.metadata(), present.metadata());
    let photo = RgbImage::from_pixel(8, 8, Rgb([255, 0, 255]));
    let prediction = former.predict(&photo).unwrap();
    assert_eq!(prediction.similarity, [1.0, 0.0, 1.0]);
    assert_eq!(prediction, present.predict(&photo).unwrap());
}

#[test]
fn no_two_tensors_have_one_name() {
    let twice = "two tensors have this name";
    check(
        |draft| draft.nodes[1].2 = "pooled",
        &format!("tensor `pooled`: {twice}"),
    );
    check(
        |draft| draft.nodes[0].2 = "image",
        &format!("tensor `image`: {twice}"),
    );
    check(
        |draft| draft.nodes[1].2 = "weight",
        &format!("tensor `weight`: {twice}"),
    );
    check(
        |draft| draft.weights.push(draft.weights[0].clone()),
        &format!("tensor `weight`: {twice}"),
    );
}

#[test]
fn attributes_must_have_possible_values() {
    for attribute in ["strides", "dilations", "kernel_shape", "group"] {
        check(
            |draft| draft.attributes = vec![(attribute, vec![1, 0])],
            &format!("attribute `GlobalAveragePool pooled.{attribute}` must be at least 1"),
        );
    }
}

#[test]
fn a_message_stays_on_one_line_whatever_names_the_file_holds() {
    check(
        |draft| draft.nodes[2].1 = vec!["features", "we\night"],
        "tensor `we?ight` is missing",
    );
}

#[test]
fn an_unknown_operator_is_refused_by_its_name() {
    check(
        |draft| draft.nodes[0].0 = "Abracadabra",
        "operator `Abracadabra pooled` is not supported; \
         export an image classifier that does without it",
    );
}

#[test]
fn a_network_the_engine_cannot_run_is_refused_when_it_is_loaded() {
    check(
        |draft| draft.weights[0].1 = vec![9],
        "the engine cannot run it",
    );
    check(|draft| draft.nodes[0].1.clear(), "the engine cannot run it");
    check(
        |draft| draft.weights[0] = ("weight", vec![3, 2], vec![1.0; 6]),
        "the engine cannot run it: it gives 2 logits for 3 breeds",
    );
}
