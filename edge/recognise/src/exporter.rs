//! Knows what to type in the program that exported a network, so that it exports one that is read.

/// How to export with PyTorch. Whatever a network was refused for, its other options would be the next
/// reason: by default PyTorch chooses other names, and puts the weights into a second file.
macro_rules! torch_export {
    () => {
        "`torch.onnx.export(model.float().eval(), (image.float(),), \"breeds.onnx\", input_names=[\"image\"], output_names=[\"logits\"], opset_version=18, external_data=False)`"
    };
}

/// The program that wrote a model, by the name that it leaves in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exporter {
    /// `torch.onnx.export`, by which timm, fastai and Ultralytics export, too.
    PyTorch,
    /// `tf2onnx`, for TensorFlow and Keras.
    Tf2onnx,
    /// Any other one, such as ONNX Runtime's quantiser, which overwrites the name of the first.
    Other,
}

impl Exporter {
    /// The exporter with this `producer_name`.
    pub(crate) fn of(producer: &str) -> Self {
        match producer {
            "pytorch" => Self::PyTorch,
            "tf2onnx" => Self::Tf2onnx,
            _ => Self::Other,
        }
    }

    /// How to export in an operator set that is read.
    pub(crate) fn in_new_opset(self) -> &'static str {
        match self {
            Self::PyTorch => torch_export!(),
            Self::Tf2onnx => {
                "`python -m tf2onnx.convert --saved-model DIR --opset 17 --output breeds.onnx`"
            }
            Self::Other => {
                "`onnx.save(onnx.version_converter.convert_version(onnx.load(\"old.onnx\"), 17), \"breeds.onnx\")`"
            }
        }
    }

    /// How to export without the operator that makes probabilities of logits.
    pub(crate) fn without_probabilities(self) -> &'static str {
        match self {
            Self::PyTorch => concat!(
                "`model.NAME = torch.nn.Identity()` in its place, then ",
                torch_export!()
            ),
            Self::Tf2onnx => {
                "`model.layers[-1].activation = None`, then `model.export(\"DIR\")` and `python -m tf2onnx.convert --saved-model DIR --opset 17 --output breeds.onnx`"
            }
            Self::Other => {
                "`onnx.utils.extract_model(\"old.onnx\", \"breeds.onnx\", [\"image\"], [NAME])` with the name of the tensor that it reads"
            }
        }
    }

    /// How to export numbers of 32 bits.
    pub(crate) fn in_f32(self) -> &'static str {
        match self {
            Self::PyTorch => torch_export!(),
            Self::Tf2onnx => {
                "`tf.keras.mixed_precision.set_global_policy(\"float32\")` before the model is made, then `python -m tf2onnx.convert --saved-model DIR --opset 17 --output breeds.onnx`"
            }
            Self::Other => "take the model from before `convert_float_to_float16`",
        }
    }

    /// How to export into a single file.
    pub(crate) fn in_one_file(self) -> &'static str {
        match self {
            Self::PyTorch => torch_export!(),
            Self::Tf2onnx | Self::Other => {
                "`onnx.save(onnx.load(\"old.onnx\"), \"breeds.onnx\")` beside its data"
            }
        }
    }
}
