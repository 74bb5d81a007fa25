"""Networks that people bring, as bundles: a part of peers_networks.py.

    python tests/tools/foreign_networks.py NETWORK u8|i8 channel|tensor FOLDER

writes a quantised one to FOLDER/int8.onnx, and pictures as its input to FOLDER/0.f32 and on (see
onnxruntime_judge.py). It prints ONNX Runtime's logits for them as a JSON list, in each of the ways in which it can
compute them (`ways`). `cargo test -p tests --test main onnxruntime` compares the kiosk with these.

Architecture by architecture as torchvision (MobileNetV2, MobileNetV3, ResNet-18) and timm (EfficientNet-Lite0)
have it, with random weights: how fast a network runs, and whether two engines agree on it, does not depend on what
it has learnt. The results of each layer are normalised over a few pictures, as batch normalisation would, so that
the logits still tell one picture from another. `quantise` makes int8 of one as ONNX Runtime's quantiser does.
"""

import json
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, load, numpy_helper, save

from onnxruntime_judge import session

SIZE = 224
BREEDS = ("first", "second", "third")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# Blocks of a kind: expansion, side of the kernel, channels, how many, stride of the first.
MOBILENET_V2 = ((1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 3, 32, 3, 2), (6, 3, 64, 4, 2), (6, 3, 96, 3, 1),
                (6, 3, 160, 3, 2), (6, 3, 320, 1, 1))
EFFICIENTNET_LITE0 = ((1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2), (6, 5, 112, 3, 1),
                      (6, 5, 192, 4, 2), (6, 3, 320, 1, 1))
# Blocks: side of the kernel, expanded channels, channels, squeeze-and-excitation, activation, stride.
MOBILENET_V3_LARGE = (
    (3, 16, 16, 0, "Relu", 1), (3, 64, 24, 0, "Relu", 2), (3, 72, 24, 0, "Relu", 1), (5, 72, 40, 1, "Relu", 2),
    (5, 120, 40, 1, "Relu", 1), (5, 120, 40, 1, "Relu", 1), (3, 240, 80, 0, "HardSwish", 2),
    (3, 200, 80, 0, "HardSwish", 1), (3, 184, 80, 0, "HardSwish", 1), (3, 184, 80, 0, "HardSwish", 1),
    (3, 480, 112, 1, "HardSwish", 1), (3, 672, 112, 1, "HardSwish", 1), (5, 672, 160, 1, "HardSwish", 2),
    (5, 960, 160, 1, "HardSwish", 1), (5, 960, 160, 1, "HardSwish", 1))
MOBILENET_V3_SMALL = (
    (3, 16, 16, 1, "Relu", 2), (3, 72, 24, 0, "Relu", 2), (3, 88, 24, 0, "Relu", 1), (5, 96, 40, 1, "HardSwish", 2),
    (5, 240, 40, 1, "HardSwish", 1), (5, 240, 40, 1, "HardSwish", 1), (5, 120, 48, 1, "HardSwish", 1),
    (5, 144, 48, 1, "HardSwish", 1), (5, 288, 96, 1, "HardSwish", 2), (5, 576, 96, 1, "HardSwish", 1),
    (5, 576, 96, 1, "HardSwish", 1))


class Graph:
    """A graph in the making, which runs as it grows. `last` is the name of its last tensor, `channels` how many that
    has."""

    def __init__(self):
        self.random, self.nodes, self.weights = np.random.default_rng(1), [], {}
        self.last, self.channels = "image", 3
        self.values = {"image": np.concatenate([tensor(picture) for picture in pictures(8)])}

    def constant(self, name, values):
        self.weights[name] = np.asarray(values, np.float32)
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        self.values[name] = self.run(self.nodes[-1])
        self.last = name
        return name

    def run(self, node):
        """The result of one operator."""
        known = {name: self.values.get(name, self.weights.get(name)) for name in node.input}
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in known.items()]
        result = helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None)
        model = helper.make_model(
            helper.make_graph([node], "operator", ports, [result]), opset_imports=[helper.make_opsetid("", 17)],
            ir_version=8)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, known)[0]

    def product(self, kind, shape, **attributes):
        """A convolution or Gemm of the last tensor, with random weights, whose results are normalised."""
        name, last = f"{kind.lower()}_{len(self.nodes)}", self.last
        weight = self.constant(f"{name}.weight", self.random.normal(0, 1, shape))
        bias = self.constant(f"{name}.bias", np.zeros(shape[0]))
        self.node(kind, last, weight, bias, **attributes)
        results = self.values[name].astype(np.float64)
        axes = (0, *range(2, results.ndim))
        mean, deviation = results.mean(axes), results.std(axes) + 1e-3
        self.weights[weight] /= np.float32(deviation.reshape(-1, *[1] * (len(shape) - 1)))
        self.weights[bias] = np.float32(self.random.normal(0, 0.2, shape[0]) - mean / deviation)
        self.values[name] = self.run(self.nodes[-1])
        self.channels = shape[0]

    def conv(self, channels, side=1, stride=1, activation=None, depthwise=False):
        groups = self.channels if depthwise else 1
        self.product(
            "Conv", (channels, self.channels // groups, side, side), kernel_shape=[side] * 2, strides=[stride] * 2,
            pads=[side // 2] * 4, group=groups)
        self.activate(activation)

    def activate(self, activation):
        if activation == "Relu6":
            self.node("Clip", self.last, self.constant("zero", 0), self.constant("six", 6))
        elif activation == "HardSigmoid":
            self.node("HardSigmoid", self.last, alpha=1 / 6, beta=0.5)
        elif activation:
            self.node(activation, self.last)

    def squeeze_and_excite(self):
        before, channels = self.last, self.channels
        self.node("GlobalAveragePool", before)
        squeezed = max(8, int(channels / 4 + 4) // 8 * 8)
        # A multiple of 8 that is no tenth smaller.
        squeezed += 8 * (squeezed < 0.9 * channels / 4)
        self.conv(squeezed, activation="Relu")
        self.conv(channels, activation="HardSigmoid")
        self.node("Mul", self.last, before)

    def inverted_residual(self, side, expanded, channels, stride, activation, excited=False):
        before, inputs = self.last, self.channels
        if expanded != inputs:
            self.conv(expanded, activation=activation)
        self.conv(expanded, side, stride, activation, depthwise=True)
        if excited:
            self.squeeze_and_excite()
        self.conv(channels)
        if (inputs, stride) == (channels, 1):
            self.node("Add", before, self.last)

    def basic_block(self, channels, stride):
        before, inputs = self.last, self.channels
        self.conv(channels, 3, stride, "Relu")
        self.conv(channels, 3)
        after = self.last
        if (inputs, stride) != (channels, 1):
            self.last, self.channels = before, inputs
            self.conv(channels, 1, stride)
            before = self.last
        self.node("Add", after, before)
        self.activate("Relu")

    def pool(self):
        self.node("GlobalAveragePool", self.last)
        self.node("Flatten", self.last)

    def bundle(self):
        """The network with a classifier of BREEDS."""
        self.product("Gemm", (len(BREEDS), self.channels), transB=1)
        self.nodes[-1].output[0] = "logits"
        port = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "network", [port("image", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
            [port("logits", TensorProto.FLOAT, ["N", len(BREEDS)])],
            [numpy_helper.from_array(values, name) for name, values in self.weights.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, {key: json.dumps(value) for key, value in metadata().items()})
        return model


def metadata():
    return {
        "kiosk.breeds": [{"id": breed, "species": "dog"} for breed in BREEDS],
        "kiosk.input": {"size": SIZE, "resize": "squash", "mean": MEAN, "std": STD},
        "kiosk.calibration": {"temperature": 1.0},
        "kiosk.unknown": {"method": "max_probability", "threshold": 0.5},
        "kiosk.trained": {"when": "2024-05-01", "images": 1, "data_digest": "none", "pretrained": "none",
                          "recipe": {"weights": "random"}},
    }


def by_blocks(blocks):
    """MobileNetV2 and those of its kind."""
    graph = Graph()
    graph.conv(32, 3, 2, "Relu6")
    for expansion, side, channels, count, stride in blocks:
        for index in range(count):
            expanded = expansion * graph.channels
            graph.inverted_residual(side, expanded, channels, 1 if index else stride, "Relu6")
    graph.conv(1280, activation="Relu6")
    graph.pool()
    return graph.bundle()


def mobilenet_v3(blocks, features, hidden):
    graph = Graph()
    graph.conv(16, 3, 2, "HardSwish")
    for side, expanded, channels, excited, activation, stride in blocks:
        graph.inverted_residual(side, expanded, channels, stride, activation, excited)
    graph.conv(features, activation="HardSwish")
    graph.pool()
    graph.product("Gemm", (hidden, features), transB=1)
    graph.activate("HardSwish")
    return graph.bundle()


def resnet18():
    graph = Graph()
    graph.conv(64, 7, 2, "Relu")
    graph.node("MaxPool", graph.last, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for channels in (64, 128, 256, 512):
        graph.basic_block(channels, 1 if channels == 64 else 2)
        graph.basic_block(channels, 1)
    graph.pool()
    return graph.bundle()


NETWORKS = {
    "EfficientNet-Lite0": lambda: by_blocks(EFFICIENTNET_LITE0),
    "MobileNetV2": lambda: by_blocks(MOBILENET_V2),
    "MobileNetV3 small": lambda: mobilenet_v3(MOBILENET_V3_SMALL, 576, 1024),
    "MobileNetV3 large": lambda: mobilenet_v3(MOBILENET_V3_LARGE, 960, 1280),
    "ResNet-18": resnet18,
}


def pictures(count):
    """Pictures of the network's size: colours that change slowly, and noise on them. u8 [count, S, S, 3]."""
    random = np.random.default_rng(2)
    row, column = np.mgrid[:SIZE, :SIZE] / SIZE
    pictures = []
    for _ in range(count):
        across, down, shift = random.uniform(-9, 9, (3, 3))
        waves = np.sin(row[..., None] * down + column[..., None] * across + shift)
        pictures.append(128 + 100 * waves + random.normal(0, 20, waves.shape))
    return np.uint8(np.clip(pictures, 0, 255))


def tensor(picture):
    """The network's input for a picture of its size."""
    values = (np.float32(picture) / 255 - np.float32(MEAN)) / np.float32(STD)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def quantise(path, out, activations, per_channel, inputs):
    """Writes the bundle at `path` as ONNX Runtime's quantiser makes it, in QDQ form."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Inputs(CalibrationDataReader):
        rest = iter(inputs)

        def get_next(self):
            image = next(self.rest, None)
            return None if image is None else {"image": image}

    types = {"u8": QuantType.QUInt8, "i8": QuantType.QInt8}
    quantize_static(
        path, out, Inputs(), quant_format=QuantFormat.QDQ, per_channel=per_channel,
        activation_type=types[activations], weight_type=QuantType.QInt8)
    model = load(out)
    del model.metadata_props[:]
    model.metadata_props.extend(load(path).metadata_props)
    save(model, out)


def unsigned(path, out):
    """Writes the bundle at `path` with activations of u8 for those of i8: 128 more, and so their zero points."""
    model = load(path)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and node.input[0] not in constants:
            zero = numpy_helper.to_array(constants[node.input[2]])
            node.input[2] += "_u8"
            if node.input[2] not in constants:
                constants[node.input[2]] = numpy_helper.from_array(np.uint8(np.int32(zero) + 128), node.input[2])
                model.graph.initializer.append(constants[node.input[2]])
    # Types of tensors that are others now.
    del model.graph.value_info[:]
    save(model, out)


def ways(path, activations, inputs):
    """ONNX Runtime's logits, in the ways in which it computes one network: as it does by default, without its integer
    kernels, and, for activations of i8, as u8. For i8 it has few integer kernels, so the first two are nearly one."""
    every = [logits(session(path), inputs), logits(session(path, integers=False), inputs)]
    if activations == "i8":
        unsigned(path, f"{path}.u8")
        every.append(logits(session(f"{path}.u8"), inputs))
    return every


def logits(session, inputs):
    return np.concatenate([session.run(["logits"], {"image": image})[0] for image in inputs])


def main(network, activations, scales, folder):
    inputs = [tensor(picture) for picture in pictures(8)]
    for index, image in enumerate(inputs):
        image.astype("<f4").tofile(f"{folder}/{index}.f32")
    plain, path = f"{folder}/f32.onnx", f"{folder}/int8.onnx"
    save(NETWORKS[network](), plain)
    quantise(plain, path, activations, scales == "channel", inputs)
    print(json.dumps([way.tolist() for way in ways(path, activations, inputs)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
