"""ONNX Runtime's predictions of a model bundle: an engine and an image library that the kiosk shares no code with.

    pip install numpy onnx onnxruntime pillow
    python tests/tools/onnxruntime_judge.py classify BUNDLE PHOTO_OR_FOLDER...
    python tests/tools/onnxruntime_judge.py prepare BUNDLE PHOTO TENSOR
    python tests/tools/onnxruntime_judge.py run BUNDLE TENSOR...
    python tests/tools/onnxruntime_judge.py locate BUNDLE TENSOR...
    python tests/tools/onnxruntime_judge.py requantise BUNDLE OUT u8|i8 TENSOR...

`classify` judges the whole path, to be set beside `kiosk classify --json`: it prints a JSON list of {photo,
breed, probability, logits}. JPEG decoders round differently, so probabilities agree to a few thousandths.

`prepare` and `run` judge its halves, and sharply: the one writes the network's input for a photograph as the
bundle's metadata describes it, the other prints logits and similarities for such inputs as a JSON list of pairs of
lists. `locate` prints the detector's output for such inputs as a JSON list of lists. A TENSOR is a file of
little-endian f32 in NCHW order. `cargo test -p tests --test main onnxruntime` compares both.

`requantise` makes f32 of an int8 bundle and has ONNX Runtime's own quantiser make int8 of that, with ranges from
the TENSORs and activations of the type that is named: somebody else's bundle of the same network.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime


class Bundle:
    def __init__(self, path):
        self.session = session(path)
        properties = self.session.get_modelmeta().custom_metadata_map
        self.breeds = [breed["id"] for breed in json.loads(properties["kiosk.breeds"])]
        self.input = json.loads(properties["kiosk.input"])
        self.calibration = json.loads(properties["kiosk.calibration"])

    def outputs(self, tensor):
        """The logits, and the prototype similarities if the bundle has them."""
        names = [output.name for output in self.session.get_outputs()]
        names = [name for name in names if name not in ("embedding", "animals")]
        logits, *similarity = self.session.run(names, self.feed(image=tensor))
        return logits[0], similarity[0][0] if similarity else np.zeros_like(logits[0])

    def animals(self, tensor):
        """The detector's output."""
        return self.session.run(["animals"], self.feed(frame=tensor))[0][0]

    def feed(self, **inputs):
        """All inputs that ONNX Runtime asks for: those given, and blank ones, which what is run does not depend on."""
        ports = self.session.get_inputs()
        blank = {port.name: np.zeros([1, *port.shape[1:]], np.float32) for port in ports}
        return blank | inputs

    def read(self, tensor):
        values = np.fromfile(tensor, dtype="<f4")
        side = round((values.size / 3) ** 0.5)
        return values.reshape(1, 3, side, side)

    def tensor(self, photo):
        """The network's input for a photograph: upright, a square of it or all of it, scaled, normalised."""
        from PIL import Image, ImageOps

        image = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
        left, top, width, height = 0, 0, *image.size
        if self.input["resize"] == "crop":
            side = min(width, height)
            left, top, width, height = (width - side) // 2, (height - side) // 2, side, side
        size = self.input["size"]
        box = (left, top, left + width, top + height)
        image = image.resize((size, size), Image.Resampling.BILINEAR, box)
        pixels = np.asarray(image, dtype=np.float32) / 255
        pixels = (pixels - np.float32(self.input["mean"])) / np.float32(self.input["std"])
        return pixels.transpose(2, 0, 1)[None]


def session(path, integers=True):
    """ONNX Runtime on one thread; without its integer kernels it computes in f32 what the operators say.

    On x86-64 without VNNI its integer kernels add pairs of products in 16 bits, which saturate, unless more precision
    is asked for (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", "1")
    if not integers:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(unshared(path), options, providers=["CPUExecutionProvider"])


def unshared(path):
    """The model with no constant that two nodes share: ONNX Runtime's precise kernels refuse those."""
    from onnx import TensorProto, load

    model = load(path)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    taken = set()
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in taken:
                copy = TensorProto()
                copy.CopyFrom(constants[name])
                copy.name = node.input[index] = f"{name} {len(model.graph.initializer)}"
                model.graph.initializer.append(copy)
            elif name in constants:
                taken.add(name)
    return model.SerializeToString()


def softmax(logits, temperature):
    exponentials = np.exp((logits - logits.max()) / temperature)
    return exponentials / exponentials.sum()


def judge(bundle, photo):
    logits, _ = bundle.outputs(bundle.tensor(photo))
    probabilities = softmax(logits, bundle.calibration["temperature"])
    best = int(probabilities.argmax())
    return {
        "photo": str(photo),
        "breed": bundle.breeds[best],
        "probability": round(float(probabilities[best]), 5),
        "logits": [round(float(logit), 5) for logit in logits],
    }


def classify(bundle, args):
    files = []
    for path in map(Path, args.photos):
        files += sorted(path.iterdir()) if path.is_dir() else [path]
    print(json.dumps([judge(bundle, file) for file in files], indent=1))


def prepare(bundle, args):
    bundle.tensor(args.photo).astype("<f4").tofile(args.tensor)


def run(bundle, args):
    outputs = (bundle.outputs(bundle.read(tensor)) for tensor in args.tensors)
    print(json.dumps([[output.tolist() for output in both] for both in outputs]))


def locate(bundle, args):
    outputs = (bundle.animals(bundle.read(tensor)) for tensor in args.tensors)
    print(json.dumps([output.ravel().tolist() for output in outputs]))


def requantise(bundle, args):
    from onnx import load, save
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Tensors(CalibrationDataReader):
        rest = iter(args.tensors)

        def get_next(self):
            tensor = next(self.rest, None)
            return tensor and bundle.feed(image=bundle.read(tensor))

    original, plain = load(args.bundle), f"{args.out}.f32"
    save(dequantised(original), plain)
    types = {"u8": QuantType.QUInt8, "i8": QuantType.QInt8}
    quantize_static(
        plain, args.out, Tensors(), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=types[args.activations], weight_type=QuantType.QInt8)
    model = load(args.out)
    del model.metadata_props[:]
    model.metadata_props.extend(original.metadata_props)
    save(model, args.out)


def dequantised(model):
    """The model in f32: weights multiplied out, and clamps where activations were saturated."""
    from onnx import ModelProto, helper, numpy_helper

    plain = ModelProto()
    plain.CopyFrom(model)
    graph = plain.graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    pictures = {port.name for port in graph.input}
    nodes, same = [], {}
    for node in graph.node:
        inputs = [same.get(name, name) for name in node.input]
        if node.op_type == "QuantizeLinear" and node.input[0] in pictures:
            same[node.output[0]] = node.input[0]
        elif node.op_type == "QuantizeLinear":
            scale, zero = values[inputs[1]], int(values[inputs[2]])
            low, high = (0, 255) if values[inputs[2]].dtype == np.uint8 else (-128, 127)
            bounds = [f"{node.name}_low", f"{node.name}_high"]
            for name, bound in zip(bounds, (low, high)):
                bound = np.array((bound - zero) * scale, np.float32)
                graph.initializer.append(numpy_helper.from_array(bound, name))
            nodes.append(helper.make_node("Clip", [inputs[0], *bounds], node.output, node.name))
        elif node.op_type == "DequantizeLinear" and node.input[0] in values:
            value, scale = values[node.input[0]].astype(np.float32), values[node.input[1]]
            value *= scale.reshape([-1 if scale.ndim else 1] + [1] * (value.ndim - 1))
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
        elif node.op_type == "DequantizeLinear":
            same[node.output[0]] = same.get(inputs[0], inputs[0])
        else:
            del node.input[:]
            node.input.extend(inputs)
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    graph = helper.make_graph(nodes, graph.name, graph.input, graph.output, weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def main():
    parser = argparse.ArgumentParser(description="ONNX Runtime's predictions of a model bundle.")
    commands = parser.add_subparsers(required=True)

    def command(work, help, *arguments):
        command = commands.add_parser(work.__name__, help=help)
        for argument in ("bundle", *arguments):
            many = argument.endswith("s") and argument != "activations"
            command.add_argument(argument, **{"nargs": "+"} if many else {})
        command.set_defaults(work=work)

    command(classify, "judge photographs, with Pillow and ONNX Runtime", "photos")
    command(prepare, "write the network's input for a photograph", "photo", "tensor")
    command(run, "print logits and similarities for inputs", "tensors")
    command(locate, "print the detector's output for inputs", "tensors")
    command(requantise, "write the network as ONNX Runtime quantises it", "out", "activations", "tensors")
    args = parser.parse_args()
    args.work(Bundle(args.bundle), args)


if __name__ == "__main__":
    main()
