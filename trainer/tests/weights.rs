//! Pretrained weights are read from the files that they come in, and those of another network are refused.

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use candle_core::{Device, Result, Tensor};
use tempfile::TempDir;
use trainer::net::{Architecture, Detector, Init, Network};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Tensors = HashMap<String, Tensor>;

/// The beginning of what PyTorch saved before version 1.6: a pickled number.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
/// The epsilon of the norms of Google's EfficientNets.
const EPSILON: f64 = 1e-3;

#[test]
fn weights_that_were_converted_from_tensorflow_are_read_from_both_forms_of_pytorchs_files() {
    let folder = TempDir::new().expect("a temporary folder");
    let tensors = tensors(Architecture::TfEfficientNetLite0);
    let converted = converted(&tensors).expect("tensors");
    for (name, bytes) in [
        ("stream.pth", stream(&converted)),
        ("archive.pth", archive(&converted)),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a temporary file");
        let init = Init::File(path);
        let network = Network::new(Architecture::TfEfficientNetLite0, 2, &init);
        for (name, variable) in network.expect("weights that fit").variables() {
            if name.starts_with("classifier.") {
                continue;
            }
            let expected = if name.ends_with(".bias") {
                tensors[name].ones_like().and_then(|ones| ones * 0.25)
            } else {
                Ok(tensors[name].clone())
            };
            let [found, expected] = [Ok(variable.as_tensor().clone()), expected].map(values);
            for (found, expected) in found.iter().zip(&expected) {
                let difference = (found - expected).abs();
                assert!(difference < 1e-5, "{name}: {expected} became {found}");
            }
        }
    }
}

#[test]
fn a_file_of_pytorchs_that_is_damaged_is_refused() {
    let folder = TempDir::new().expect("a temporary folder");
    let some = HashMap::from([("_conv_stem.weight".to_owned(), counted(&[4, 3, 2, 2]))]);
    let (stream, archive) = (stream(&some), archive(&some));
    let cases = [
        ("cut-off.pth", &stream[..stream.len() - 1]),
        ("begun.pth", &stream[..40]),
        ("magic.pth", MAGIC),
        ("archive.pth", &archive[..archive.len() / 2]),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a temporary file");
        let message = refusal(Architecture::TfEfficientNetLite0, path);
        let expected = format!("{name}: ");
        assert!(message.contains("cannot read the weights"), "{message}");
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn weights_of_another_network_are_refused_by_its_name() {
    let folder = TempDir::new().expect("a temporary folder");
    let write = |name: &str, tensors: &Tensors| {
        let path = folder.path().join(name);
        candle_core::safetensors::save(tensors, &path).expect("a temporary file");
        path
    };
    let (lite0, mobilenet) = (Architecture::EfficientNetLite0, Architecture::MobileNetV2);
    let own = tensors(lite0);
    let mut deeper = own.clone();
    repeat_last(&mut deeper, 6, 1);
    let mut excited = own.clone();
    excited.insert(
        "blocks.0.0.se.conv_reduce.weight".into(),
        counted(&[8, 32, 1, 1]),
    );
    let wide = tensors(Architecture::MobileNetV2Wide);
    let cases = [
        (lite0, write("one", &lite1_weights()), "efficientnet_lite1"),
        (lite0, write("deep", &deeper), "an unknown network"),
        (
            lite0,
            write("b0", &excited),
            "a network with squeeze-and-excitation",
        ),
        (
            lite0,
            write("tf", &converted(&own).expect("tensors")),
            "tf_efficientnet_lite0",
        ),
        (lite0, write("wide", &wide), "mobilenetv2_140"),
        (mobilenet, write("wide", &wide), "mobilenetv2_140"),
        (mobilenet, write("lite0", &own), "efficientnet_lite0"),
    ];
    for (network, path, found) in cases {
        let message = refusal(network, path);
        let expected = format!("are of {found}, not of {network}: give weights of {network}");
        assert!(message.contains(&expected), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
    let trunk = Detector::new(5, &Init::File(folder.path().join("lite0")));
    let message = trunk.err().map(|error| error.to_string());
    let message = message.unwrap_or_default();
    let expected = "are of efficientnet_lite0, not of mobilenetv2_100";
    assert!(message.contains(expected), "{message}");

    // The tensors of a network with another padding have the same names.
    let init = Init::File(folder.path().join("lite0"));
    Network::new(Architecture::TfEfficientNetLite0, 2, &init).expect("weights that fit");
}

/// Random weights with the names and shapes of those of EfficientNet-Lite1.
pub(crate) fn lite1_weights() -> Tensors {
    let mut weights = tensors(Architecture::EfficientNetLite0);
    for (stage, repeats) in [(1, 2), (2, 2), (3, 3), (4, 3), (5, 4)] {
        repeat_last(&mut weights, stage, repeats);
    }
    weights
}

/// Random weights of a network, and the biases, which are 0.
fn tensors(architecture: Architecture) -> Tensors {
    let network = Network::new(architecture, 2, &Init::Random(1)).expect("random weights");
    let variables = network.variables().iter();
    variables
        .map(|(name, variable)| (name.clone(), variable.as_tensor().clone()))
        .collect()
}

/// Why the weights cannot be used.
fn refusal(network: Architecture, path: PathBuf) -> String {
    let refused = Network::new(network, 2, &Init::File(path)).err();
    refused.map(|error| error.to_string()).unwrap_or_default()
}

/// Adds a block behind the last of a stage, which is a copy of it.
fn repeat_last(tensors: &mut Tensors, stage: usize, repeats: usize) {
    let last = format!("blocks.{stage}.{}.", repeats - 1);
    let copies: Vec<(String, Tensor)> = tensors
        .iter()
        .filter_map(|(name, tensor)| {
            let rest = name.strip_prefix(&last)?;
            Some((format!("blocks.{stage}.{repeats}.{rest}"), tensor.clone()))
        })
        .collect();
    tensors.extend(copies);
}

fn values(tensor: Result<Tensor>) -> Vec<f32> {
    let values = tensor.and_then(|tensor| tensor.flatten_all()?.to_vec1());
    values.expect("a tensor")
}

/// A tensor of this shape with the numbers from 0.
fn counted(shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|value| value as f32).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("a tensor")
}

/// The weights under the names of EfficientNet-PyTorch, with norms that change nothing but add a quarter.
fn converted(tensors: &Tensors) -> Result<Tensors> {
    let mut names: Vec<(Vec<usize>, &str)> = tensors
        .keys()
        .filter_map(|name| {
            let place = name.strip_suffix(".weight")?;
            let numbers = place.split('.').filter_map(|part| part.parse().ok());
            Some((numbers.collect(), place))
        })
        .collect();
    names.sort();
    let mut blocks: Vec<&[usize]> = names.iter().map(|(numbers, _)| &**numbers).collect();
    blocks.retain(|numbers| !numbers.is_empty());
    blocks.dedup();
    let mut converted = HashMap::new();
    for (numbers, place) in &names {
        let number = blocks.iter().position(|block| *block == &**numbers);
        let block = number.map_or_else(String::new, |number| format!("_blocks.{number}."));
        let own = place.rsplit('.').next().unwrap_or(place);
        let (convolution, norm) = match (own, number) {
            ("conv_stem", _) => ("_conv_stem", "_bn0"),
            ("conv_head", _) => ("_conv_head", "_bn1"),
            ("conv_dw", _) => ("_depthwise_conv", "_bn1"),
            ("conv_pwl", _) | ("conv_pw", Some(0)) => ("_project_conv", "_bn2"),
            ("conv_pw", _) => ("_expand_conv", "_bn0"),
            _ => continue,
        };
        let weight = &tensors[&format!("{place}.weight")];
        converted.insert(format!("{block}{convolution}.weight"), weight.clone());
        let channels = weight.dim(0)?;
        let parts = [
            ("weight", 1.0),
            ("bias", 0.25),
            ("running_mean", 0.0),
            ("running_var", 1.0 - EPSILON),
        ];
        for (part, value) in parts {
            let values = Tensor::full(value as f32, channels, &Device::Cpu)?;
            converted.insert(format!("{block}{norm}.{part}"), values);
        }
    }
    Ok(converted)
}

/// What PyTorch saved before version 1.6.
fn stream(tensors: &Tensors) -> Vec<u8> {
    let (pickled, storages) = pickled(tensors, true);
    // The version 1001, and no sizes of C's types.
    let mut bytes = [MAGIC, b"\x80\x02M\xe9\x03.", b"\x80\x02}.", &pickled].concat();
    bytes.extend(b"\x80\x02](");
    for (key, _) in &storages {
        bytes.extend(text(key));
    }
    bytes.extend(b"e.");
    for (_, values) in &storages {
        bytes.extend((values.len() as u64).to_le_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

/// What PyTorch saves now.
fn archive(tensors: &Tensors) -> Vec<u8> {
    let (pickled, storages) = pickled(tensors, false);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut entry = |name: String, content: &[u8]| {
        writer.start_file(name, stored).expect("an entry");
        writer.write_all(content).expect("its content");
    };
    entry("weights/data.pkl".to_owned(), &pickled);
    for (key, values) in &storages {
        let values: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        entry(format!("weights/data/{key}"), &values);
    }
    writer.finish().expect("an archive").into_inner()
}

/// A state dict in Python's format, and the storages of its tensors: their values in the order of the last dimension
/// first, of which each tensor is a view.
fn pickled(tensors: &Tensors, stream: bool) -> (Vec<u8>, Vec<(String, Vec<f32>)>) {
    let mut bytes = b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec();
    let mut storages = Vec::new();
    for (number, (name, tensor)) in tensors.iter().enumerate() {
        let shape = tensor.dims();
        let reversed: Vec<usize> = (0..shape.len()).rev().collect();
        let storage = values(tensor.permute(reversed));
        let mut strides = Vec::new();
        let mut stride = 1;
        for side in shape {
            strides.push(stride);
            stride *= side;
        }
        let key = number.to_string();
        bytes.extend(text(name));
        bytes.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        bytes.extend(text("storage"));
        bytes.extend(b"ctorch\nFloatStorage\n");
        bytes.extend(text(&key));
        bytes.extend(text("cpu"));
        bytes.extend(integer(storage.len()));
        if stream {
            bytes.push(b'N');
        }
        bytes.extend(b"tQ");
        bytes.extend(integer(0));
        for sides in [shape, &strides] {
            bytes.push(b'(');
            bytes.extend(sides.iter().flat_map(|&side| integer(side)));
            bytes.push(b't');
        }
        bytes.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        storages.push((key, storage));
    }
    bytes.extend(b"u.");
    (bytes, storages)
}

fn text(text: &str) -> Vec<u8> {
    let length = (text.len() as u32).to_le_bytes();
    [b"X", &length[..], text.as_bytes()].concat()
}

fn integer(value: usize) -> Vec<u8> {
    let value = (value as u32).to_le_bytes();
    [b"J", &value[..]].concat()
}
