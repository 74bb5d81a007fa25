//! What an exported bundle computes.

use candle_core::{Device, Tensor};
use clap::ValueEnum;
use recognise::{Bundle, Preprocessor, Recogniser};
use trainer::export::to_onnx;
use trainer::net::{Architecture, Classifier, Detector, Embedder, Init, Network, Prototypes};

use super::{POOLED, animals, assert_near, dot, embedder, embedding};
use crate::common::draw;

#[test]
fn a_bundle_embeds_by_its_embedder_and_gives_it_back() {
    let network = network(Architecture::MobileNetV2);
    let classifier = Classifier::learnt(&network).expect("its classifier");
    let prototypes = Prototypes::of(2, 1280, []);
    let mut metadata = Bundle::embedded().expect("a sound bundle").metadata;
    metadata.breeds.truncate(2);
    // The feature map has four positions, so that mean and maximum differ.
    metadata.input.size = 64;
    metadata.animals = None;
    let export = |embedder: Option<&Embedder>| {
        let mut metadata = metadata.clone();
        metadata.embedding = embedder.map(|_| embedding());
        let file = to_onnx(
            &network,
            &classifier,
            &prototypes,
            embedder,
            None,
            &metadata,
        );
        Bundle::from_bytes(&file.expect("a file"), "drawn").expect("a sound bundle")
    };
    assert_eq!(
        Embedder::from_bundle(&export(None)).expect("nothing is wrong"),
        None
    );
    let embedder = embedder();
    let bundle = export(Some(&embedder));
    assert_eq!(
        Embedder::from_bundle(&bundle)
            .expect("its embedder")
            .as_ref(),
        Some(&embedder)
    );

    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let picture = draw([60, 60, 190], 1);
    let output = recogniser.output(&picture).expect("an answer");
    let mut planes = Vec::new();
    Preprocessor::new(&metadata.input).run(&picture, &mut planes);
    let planes = Tensor::from_vec(planes, (1, 3, 64, 64), &Device::Cpu);
    let pixels = planes.and_then(|planes| planes.permute((0, 2, 3, 1))?.contiguous());
    let (mean, max) = network
        .pooled(&pixels.expect("a picture"))
        .expect("a feature map");
    let pooled = Tensor::cat(&[mean, max], 1).and_then(|both| both.flatten_all()?.to_vec1());
    let pooled: Vec<f32> = pooled.expect("its values");
    let rows = embedder.weight.chunks_exact(POOLED).zip(&embedder.bias);
    let projection = rows.map(|(row, bias)| dot(row, &pooled) + bias);
    let projection: Vec<f32> = projection.collect();
    let length = dot(&projection, &projection).sqrt();
    let expected: Vec<f32> = projection.iter().map(|value| value / length).collect();
    assert_near(&output.embedding, &expected, 1e-4);
}

#[test]
fn every_network_computes_in_the_kiosks_engine_what_candle_does() {
    let mut metadata = Bundle::embedded().expect("a sound bundle").metadata;
    metadata.breeds.truncate(2);
    // The sides of the feature maps, 36, 18, 9, 5 and 3, are both even and odd.
    metadata.input.size = 72;
    metadata.animals = None;
    metadata.embedding = None;
    let picture = draw([60, 60, 190], 1);
    let mut planes = Vec::new();
    Preprocessor::new(&metadata.input).run(&picture, &mut planes);
    let planes = Tensor::from_vec(planes, (1, 3, 72, 72), &Device::Cpu);
    let pixels = planes.and_then(|planes| planes.permute((0, 2, 3, 1))?.contiguous());
    let pixels = pixels.expect("a picture");
    let mut answers: Vec<Vec<f32>> = Vec::new();
    for &architecture in Architecture::value_variants() {
        let network = network(architecture);
        let file = to_onnx(
            &network,
            &Classifier::learnt(&network).expect("its classifier"),
            &Prototypes::of(2, architecture.features(), []),
            None,
            None,
            &metadata,
        );
        let bundle = Bundle::from_bytes(&file.expect("a file"), "drawn").expect("a sound bundle");
        let recogniser = Recogniser::new(bundle).expect("a network that runs");
        let output = recogniser.output(&picture).expect("an answer");
        let features = network.features(&pixels);
        let features = features.and_then(|features| features.flatten_all()?.to_vec1::<f32>());
        let mut features = features.expect("its features");
        let length = dot(&features, &features).sqrt();
        features.iter_mut().for_each(|feature| *feature /= length);
        assert_near(&output.features, &features, 1e-4);
        answers.push(output.features);
    }
    let [.., symmetric, tensorflows] = &answers[..] else {
        panic!("there are at least two networks");
    };
    let pairs = symmetric.iter().zip(tensorflows);
    let difference = pairs.map(|(one, other)| (one - other).abs());
    let difference = difference.fold(0.0, f32::max);
    assert!(difference > 1e-3, "of the padding: {difference}");
}

#[test]
fn the_second_part_of_a_bundle_computes_what_the_detector_does() {
    let network = network(Architecture::MobileNetV2);
    let detector = Detector::new(5, &Init::Random(6)).expect("random weights");
    let mut metadata = Bundle::embedded().expect("a sound bundle").metadata;
    metadata.breeds.truncate(2);
    metadata.input.size = 32;
    metadata.animals = Some(animals(64));
    metadata.embedding = None;
    let file = to_onnx(
        &network,
        &Classifier::learnt(&network).expect("its classifier"),
        &Prototypes::of(2, 1280, []),
        None,
        Some(&detector),
        &metadata,
    );
    let bundle = Bundle::from_bytes(&file.expect("a file"), "drawn").expect("a sound bundle");
    assert_eq!(bundle.metadata, metadata);

    let mut frame = Vec::new();
    Preprocessor::new(&animals(64).input).run(&draw([60, 60, 190], 1), &mut frame);
    let planes = Tensor::from_slice(&frame, (1, 3, 64, 64), &Device::Cpu);
    let pixels = planes.and_then(|planes| planes.permute((0, 2, 3, 1))?.contiguous());
    let cells = detector.cells(&pixels.expect("a picture"));
    let cells =
        cells.and_then(|cells| cells.permute((0, 3, 1, 2))?.flatten_all()?.to_vec1::<f32>());
    let engine = recognise::Detector::on_threads(&bundle, 1).expect("a network that runs");
    let engine = engine.expect("a detector");
    assert_near(
        &engine.run(&frame).expect("its output"),
        &cells.expect("its output"),
        1e-3,
    );
}

fn network(architecture: Architecture) -> Network {
    Network::new(architecture, 2, &Init::Random(5)).expect("random weights")
}
