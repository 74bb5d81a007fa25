//! What to type in the program that exported a network, so that it exports one that is read.

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
            Self::PyTorch => "`torch.onnx.export(model, image, \"breeds.onnx\", opset_version=17)`",
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
            Self::PyTorch => {
                "before `torch.onnx.export`, `model.NAME = torch.nn.Identity()` in its place"
            }
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
            Self::PyTorch => {
                "`torch.onnx.export(model.float(), image.float(), \"breeds.onnx\", opset_version=17)`"
            }
            Self::Tf2onnx => {
                "`tf.keras.mixed_precision.set_global_policy(\"float32\")` before the model is made, then `python -m tf2onnx.convert` again"
            }
            Self::Other => "take the model from before `convert_float_to_float16`",
        }
    }

    /// How to export into a single file.
    pub(crate) fn in_one_file(self) -> &'static str {
        match self {
            Self::PyTorch => {
                "`torch.onnx.export(model, image, \"breeds.onnx\", external_data=False)`"
            }
            Self::Tf2onnx | Self::Other => {
                "`onnx.save(onnx.load(\"old.onnx\"), \"breeds.onnx\")` beside its data"
            }
        }
    }
}
