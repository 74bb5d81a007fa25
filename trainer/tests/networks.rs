//! Each network has the layers of its namesake in timm.

use candle_core::{DType, Device, Tensor};
use clap::ValueEnum;
use trainer::net::{Architecture, Init, Network};

/// Classes of ImageNet.
const CLASSES: usize = 1000;

/// The parameters that timm gives for each network.
fn parameters(architecture: Architecture) -> usize {
    match architecture {
        Architecture::MobileNetV2 => 3_504_872,
        Architecture::MobileNetV2Wide => 6_108_776,
        Architecture::EfficientNetLite0 | Architecture::TfEfficientNetLite0 => 4_652_008,
    }
}

#[test]
fn each_network_has_as_many_parameters_as_timms() {
    for &architecture in Architecture::value_variants() {
        let network = Network::new(architecture, CLASSES, &Init::Random(1)).expect("it fits");
        let count = |convolutions_biases_only: bool| -> usize {
            let variables = network.variables().iter();
            let is_bias = |name: &str| name.ends_with(".bias") && name != "classifier.bias";
            let counted = variables.filter(|(name, _)| !convolutions_biases_only || is_bias(name));
            counted.map(|(_, variable)| variable.elem_count()).sum()
        };
        // A norm has a scale and a shift for each channel. Folded, only the shift is left.
        let whole = count(false) + count(true);
        assert_eq!(whole, parameters(architecture), "{architecture}");
    }
}

#[test]
fn each_network_makes_its_features_of_pictures_of_any_size() {
    for &architecture in Architecture::value_variants() {
        let network = Network::new(architecture, 3, &Init::Random(1)).expect("it fits");
        for (height, width) in [(32, 32), (33, 50)] {
            let pictures = Tensor::ones((2, height, width, 3), DType::F32, &Device::Cpu);
            let features = network
                .features(&pictures.expect("ones"))
                .expect("features");
            assert_eq!(features.dims(), [2, architecture.features()]);
            let logits = network.classify(&features).expect("logits");
            assert_eq!(logits.dims(), [2, 3]);
        }
    }
}

#[test]
fn a_detached_network_gives_the_same_results_without_gradients() {
    let network = Network::new(Architecture::default(), 3, &Init::Random(1)).expect("it fits");
    let pictures = Tensor::ones((2, 33, 50, 3), DType::F32, &Device::Cpu).expect("ones");
    let results = |network: &Network| {
        let (mean, max) = network.pooled(&pictures).expect("features");
        let logits = network.classify(&mean).expect("logits");
        [mean, max, logits]
    };
    let detached = network.detached();
    for (ours, theirs) in results(&detached).iter().zip(&results(&network)) {
        assert!(theirs.track_op() && !ours.track_op());
        let values = |tensor: &Tensor| tensor.to_vec2::<f32>().expect("values");
        assert_eq!(values(ours), values(theirs));
    }
}

#[test]
fn a_network_has_one_name_on_the_command_line_in_recipes_and_in_messages() {
    let mut names = Vec::new();
    for &architecture in Architecture::value_variants() {
        let name = architecture.to_string();
        assert_eq!(Architecture::from_str(&name, false), Ok(architecture));
        let json = serde_json::to_value(architecture).expect("a name");
        assert_eq!(json, name.as_str());
        let read: Architecture = serde_json::from_value(json).expect("a network");
        assert_eq!(read, architecture);
        assert!(
            architecture
                .hub_model()
                .starts_with(&format!("timm/{name}."))
        );
        names.push(name);
    }
    assert_eq!(names.first().map(String::as_str), Some("mobilenetv2_100"));
    assert_eq!(Architecture::default().name(), "mobilenetv2_100");
}
