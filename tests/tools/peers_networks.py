"""Networks for comparisons with other runtimes.

    python3 -m venv target/peers && target/peers/bin/pip install numpy onnx onnxruntime pillow
    target/peers/bin/python tests/tools/peers_networks.py [--kiosk PROGRAM] [--rounds 3] [--runs 30] [NETWORK...]

sets the kiosk (`cargo build --release` first) beside ONNX Runtime on the networks of foreign_networks.py, quantised
by ONNX Runtime's quantiser with activations of u8 and i8, per channel and per tensor: one thread each, in turn, on
the same core. Prints a Markdown table: the share of multiply-adds that the kiosk runs in int8, milliseconds per
picture (the least of all rounds, beside the kiosk's own f32), and how far the kiosk's logits lie from ONNX Runtime's,
as a mean share of their range over pictures. "itself" is how far ONNX Runtime lies from itself, computed in another
way (`foreign_networks.ways`). Fails where the kiosk is further off than twice that and a hundredth, or takes more than 1.2
times as long.

For peers_speed.py, `write_tflite`, `write_ncnn` and `write_mnn` write the kiosk's own networks down for LiteRT, ncnn
and MNN, which read no ONNX. LiteRT gets the bundle's own integers, activations moved from u8 to i8. ncnn has
symmetric integers only, seven bits of the eight behind a clamp at zero: another network, so it has no int8. MNN has a
converter of its own, which swaps the batch and the channels of what is dequantised, and so cannot take int8.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

ROOT = Path(__file__).parents[2]


class NotWritten(Exception):
    """A network that cannot be written down for a runtime."""


class Constant:
    """A weight or bias. One held in integers has a scale for each output channel."""

    def __init__(self, values, scale=None):
        self.values, self.scale, self.real = values, scale, values
        if scale is not None:
            self.real = np.float32(values * scale.reshape(-1, *[1] * (values.ndim - 1)))


def read(model):
    """A bundle's input shape; its layers, clamps folded in; each quantised activation's scale and i8 zero point."""
    from onnx import helper, numpy_helper, shape_inference

    graph = shape_inference.infer_shapes(model).graph
    # NHWC, one picture.
    dims = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            for value in [*graph.input, *graph.output, *graph.value_info]}
    shapes = {name: [1, *dim[2:], *dim[1:2]] for name, dim in dims.items()}
    constants = {tensor.name: Constant(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    layers, quantised, alias = {}, {}, {}
    for node in graph.node:
        kind, output = node.op_type, node.output[0]
        first, *rest = (alias.get(name, name) for name in node.input)
        if kind == "DequantizeLinear" and first in constants:
            constants[output] = Constant(constants[first].values, constants[rest[0]].values)
        elif kind in ("QuantizeLinear", "DequantizeLinear", "Clip", "Flatten"):
            alias[output] = first
            if kind == "QuantizeLinear":
                scale, zero = (constants[name].values for name in rest)
                quantised[first] = float(scale), int(zero) - (128 if zero.dtype == np.uint8 else 0)
            elif kind == "Clip":
                layers[first].clamp = True
        elif kind in ("Conv", "Add", "GlobalAveragePool", "Gemm"):
            layer = layers[output] = SimpleNamespace(
                kind=kind, name=output, inputs=[first], shape=shapes[output], clamp=False)
            if kind == "Add":
                layer.inputs += rest
            elif rest:
                layer.weight, layer.bias = (constants[name] for name in rest)
            if kind == "Conv":
                attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
                layer.stride, layer.pad = attributes["strides"][0], attributes["pads"][0]
                layer.depthwise = attributes["group"] > 1
        elif kind in ("ReduceL2", "Max"):
            # The length of the features, which are divided by it.
            alias[output] = first
        elif kind == "Div":
            layers[output] = SimpleNamespace(kind="Normalise", name=output, inputs=[first], shape=shapes[output])
        else:
            raise NotWritten(f"{kind} is not among the operators of the kiosk's networks")
    return shapes["image"], list(layers.values()), quantised


class TfLite:
    """A .tflite file in the making. Tensors go by their index."""

    OPTIONS = {"CONV_2D": "Conv2D", "DEPTHWISE_CONV_2D": "DepthwiseConv2D", "ADD": "Add", "MEAN": "Reducer",
               "FULLY_CONNECTED": "FullyConnected", "L2_NORMALIZATION": "L2Norm", "PAD": "Pad",
               "QUANTIZE": "Quantize", "DEQUANTIZE": "Dequantize"}

    def __init__(self):
        from ai_edge_litert import schema_py_generated as schema

        self.schema, self.codes, self.operators, self.tensors = schema, [], [], []
        self.buffers = [schema.BufferT()]

    def tensor(self, shape, quantised=None, data=None, axis=0):
        """An activation or, with data, a constant. `quantised` is scale, or scales along the axis, and zero point."""
        kind, buffer, parameters = "int8" if quantised else "float32", 0, None
        if data is not None:
            kind, buffer = data.dtype.name, len(self.buffers)
            self.buffers.append(self.schema.BufferT(data=np.frombuffer(data.tobytes(), np.uint8)))
        if quantised:
            scales = np.float32(quantised[0]).reshape(-1)
            parameters = self.schema.QuantizationParametersT(
                scale=scales, zeroPoint=np.full(scales.shape, quantised[1], np.int64), quantizedDimension=axis)
        self.tensors.append(self.schema.TensorT(
            shape=list(shape), type=getattr(self.schema.TensorType, kind.upper()), buffer=buffer,
            quantization=parameters))
        return len(self.tensors) - 1

    def constant(self, values, scale=None, axis=0):
        return self.tensor(values.shape, None if scale is None else (scale, 0), values, axis)

    def operator(self, code, inputs, shape, quantised=None, **settings):
        if code not in self.codes:
            self.codes.append(code)
        options, output = self.OPTIONS[code] + "Options", self.tensor(shape, quantised)
        self.operators.append(self.schema.OperatorT(
            opcodeIndex=self.codes.index(code), inputs=inputs, outputs=[output],
            builtinOptionsType=getattr(self.schema.BuiltinOptions, options),
            builtinOptions=getattr(self.schema, options + "T")(**settings)))
        return output

    def write(self, path, source, sink):
        import flatbuffers

        codes = [getattr(self.schema.BuiltinOperator, code) for code in self.codes]
        codes = [self.schema.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=code, version=2) for code in codes]
        graph = self.schema.SubGraphT(
            tensors=self.tensors, inputs=[source], outputs=[sink], operators=self.operators)
        model = self.schema.ModelT(version=3, operatorCodes=codes, subgraphs=[graph], buffers=self.buffers)
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        Path(path).write_bytes(builder.Output())


def write_tflite(model, path):
    shape, layers, quantised = read(model)
    file = TfLite()
    source = file.tensor(shape)
    tensors = {"image": source}
    if "image" in quantised:
        tensors["image"] = file.operator("QUANTIZE", [source], shape, quantised["image"])
    for layer in layers:
        inputs, scales = [tensors[name] for name in layer.inputs], quantised.get(layer.inputs[0])
        code, settings = "ADD", {}
        if layer.kind == "Conv":
            code = "DEPTHWISE_CONV_2D" if layer.depthwise else "CONV_2D"
            axis, order = (3, (1, 2, 3, 0)) if layer.depthwise else (0, (0, 2, 3, 1))
            if layer.pad:
                # SAME would pad an even side at its end alone where the stride is two. XNNPACK fuses the PAD.
                border = np.int32([[0, 0], [layer.pad] * 2, [layer.pad] * 2, [0, 0]])
                padded = file.tensors[inputs[0]].shape + border.sum(1)
                inputs = [file.operator("PAD", [*inputs, file.constant(border)], padded, scales)]
            inputs.append(file.constant(layer.weight.values.transpose(order), layer.weight.scale, axis))
            inputs.append(file.constant(layer.bias.values, layer.bias.scale))
            settings = {"padding": file.schema.Padding.VALID, "strideW": layer.stride, "strideH": layer.stride}
            if layer.depthwise:
                settings["depthMultiplier"] = 1
            if layer.clamp:
                settings["fusedActivationFunction"] = file.schema.ActivationFunctionType.RELU6
        elif layer.kind == "GlobalAveragePool":
            if scales:
                inputs = [file.operator("DEQUANTIZE", inputs, file.tensors[inputs[0]].shape)]
            code, settings = "MEAN", {"keepDims": True}
            inputs.append(file.constant(np.int32([1, 2])))
        elif layer.kind == "Normalise":
            code = "L2_NORMALIZATION"
        elif layer.kind == "Gemm":
            code = "FULLY_CONNECTED"
            inputs += [file.constant(layer.weight.real), file.constant(layer.bias.real)]
        tensors[layer.name] = file.operator(code, inputs, layer.shape, quantised.get(layer.name), **settings)
    file.write(path, source, tensors["logits"])


def write_ncnn(model, path):
    shape, layers, _ = read(model)
    readers = [name for layer in layers for name in layer.inputs]
    lines, weights, copies = [f"Input image 0 1 image 0={shape[2]} 1={shape[1]} 2={shape[3]}"], [], {}
    for layer in layers:
        name, inputs = layer.name, [copies[name].pop() if name in copies else name for name in layer.inputs]
        kind, parameters = "BinaryOp", "0=0"
        if layer.kind == "Conv":
            channels, _, kernel, _ = layer.weight.real.shape
            kind = "ConvolutionDepthWise" if layer.depthwise else "Convolution"
            parameters = f"0={channels} 1={kernel} 3={layer.stride} 4={layer.pad} 5=1 6={layer.weight.real.size}"
            parameters += f" 7={channels}" * layer.depthwise + " 9=3 -23310=2,0,6" * layer.clamp
        elif layer.kind == "GlobalAveragePool":
            kind, parameters = "Pooling", "0=1 4=1"
        elif layer.kind == "Normalise":
            raise NotWritten("its classifier looks at the direction of the features alone")
        elif layer.kind == "Gemm":
            kind, parameters = "InnerProduct", f"0={layer.bias.real.size} 1=1 2={layer.weight.real.size}"
        if layer.kind in ("Conv", "Gemm"):
            # A zero before the weights says that they are f32.
            weights += [np.uint32(0), layer.weight.real, layer.bias.real]
        lines.append(f"{kind} {name} {len(inputs)} 1 {' '.join(inputs)} {name} {parameters}")
        if readers.count(name) > 1:
            # In ncnn a blob has one reader.
            copies[name] = [f"{name}.{copy}" for copy in range(readers.count(name))]
            lines.append(f"Split {name}.split 1 {len(copies[name])} {name} {' '.join(copies[name])}")
    blobs = len(lines) + sum(readers.count(name) - 1 for name in copies)
    Path(path).write_text("\n".join(["7767517", f"{len(lines)} {blobs}", *lines, ""]))
    Path(path + ".bin").write_bytes(b"".join(part.tobytes() for part in weights))


def write_mnn(model, path):
    import onnx

    onnx.save(model, path + ".onnx")
    # Not by `mnnconvert`: that has whatever `pip` is on the path install a package, to report its use to MNN's makers.
    # In a process of its own, as the converter prints on standard output.
    code = "import sys, _tools; sys.exit(not _tools.mnnconvert(sys.argv))"
    command = [sys.executable, "-c", code, "-f", "ONNX", "--modelFile", path + ".onnx", "--MNNModel", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # It counts a network as converted whose shapes do not fit.
    errors = [line for line in done.stdout.splitlines() if line.startswith("Error")]
    if errors or done.returncode != 0:
        raise NotWritten(f"its converter says: {(errors or done.stdout.splitlines())[-1]}")


# The kiosk beside ONNX Runtime.


def onnxruntime_ms(session, image, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(["logits"], {"image": image})
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def kiosk(args, *words):
    if not Path(args.kiosk).is_file():
        sys.exit(f"peers_networks: there is no {args.kiosk}: run `cargo build --release`, or name it by --kiosk")
    done = subprocess.run([str(args.kiosk), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"peers_networks: {' '.join(map(str, words))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


# Smaller probabilities count as this one: their logarithms would hide all other differences.
LEAST = 1e-12


def kiosk_logits(args, path, photos, breeds):
    """Logits but for a constant: the logarithms of the probabilities, of which all three are listed."""
    answers = kiosk(args, "classify", "--json", "--model", path, *photos)
    tops = [{entry["breed"]: entry["probability"] for entry in answer["top"]} for answer in answers]
    return np.log(np.maximum([[top[breed] for breed in breeds] for top in tops], LEAST))


def limited(logits):
    """The same of ONNX Runtime's logits."""
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return np.log(np.maximum(shares / shares.sum(1, keepdims=True), LEAST))


def gap(ours, theirs):
    """The mean difference, as a share of the range of `theirs`. A constant for each picture counts as nothing."""
    ours, theirs = (logits - logits.mean(1, keepdims=True) for logits in (ours, theirs))
    return float(np.abs(ours - theirs).mean() / np.ptp(theirs))


def compare(name, args, folder):
    """A row for each way to quantise the network."""
    import foreign_networks as foreign
    import onnx
    from PIL import Image

    shown = foreign.pictures(args.pictures)
    images, photos = [foreign.tensor(picture) for picture in shown], []
    for index, picture in enumerate(shown):
        photos.append(f"{folder}/{index}.png")
        Image.fromarray(picture).save(photos[-1])
    plain = f"{folder}/f32.onnx"
    onnx.save(foreign.NETWORKS[name](), plain)
    for activations in ("u8", "i8"):
        for per_channel in (True, False):
            path = f"{folder}/int8.onnx"
            foreign.quantise(plain, path, activations, per_channel, images)
            theirs = foreign.session(path)
            # The kiosk recognises a photograph by the mean over it and its mirror image.
            mirrored = [np.ascontiguousarray(image[..., ::-1]) for image in images]
            sides = foreign.ways(path, activations, images), foreign.ways(path, activations, mirrored)
            logits, *others = [limited((one + other) / 2) for one, other in zip(*sides)]
            ours = kiosk_logits(args, path, photos, foreign.BREEDS)
            times, reports, real = [], [], []
            for _ in range(args.rounds):
                times.append(onnxruntime_ms(theirs, images[0], args.runs))
                reports.append(kiosk(args, "bench", "--json", "--model", path, "--runs", args.runs))
                real.append(kiosk(args, "bench", "--json", "--model", plain, "--runs", args.runs))
            least = [min(report["infer_ms"]["min"] for report in of) for of in (reports, real)]
            coverage = reports[0]["coverage"]
            yield SimpleNamespace(
                network=name, activations=activations, scales="channel" if per_channel else "tensor",
                share=coverage["in_int8"] / coverage["multiply_adds"], left_out=coverage.get("left_out"),
                kiosk=least[0], real=least[1], onnxruntime=min(times), off=gap(ours, logits),
                itself=max(gap(other, logits) for other in others))


def main():
    from foreign_networks import NETWORKS

    parser = argparse.ArgumentParser(description="The kiosk beside ONNX Runtime on networks that people bring.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", default=list(NETWORKS),
                        help=f"of {', '.join(NETWORKS)}; all if none is named")
    parser.add_argument("--kiosk", default=ROOT / "target/release/kiosk", help="the program to measure")
    parser.add_argument("--pictures", type=int, default=16, help="to compare logits on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=30, help="recognitions a round")
    args = parser.parse_args()
    unknown = set(args.networks) - set(NETWORKS)
    if unknown:
        parser.error(f"no network {', '.join(sorted(unknown))}; there are {', '.join(NETWORKS)}")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    columns = "network", "activations", "scales by", "int8", "kiosk ms", "its f32 ms", "ONNX Runtime ms", "times"
    columns += "off by", "itself"
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    notes, failures = [], 0
    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            for row in compare(name, args, folder):
                times = row.kiosk / row.onnxruntime
                print(f"| {row.network} | {row.activations} | {row.scales} | {row.share:.1%} | {row.kiosk:.2f} "
                      f"| {row.real:.2f} | {row.onnxruntime:.2f} | {times:.2f} | {row.off:.4f} | {row.itself:.4f} |",
                      flush=True)
                what = f"{row.network}, {row.activations} by {row.scales}"
                if row.left_out:
                    notes.append(f"{what}: in f32 {row.left_out}")
                # Written so that not a number fails, too.
                if not row.off <= 2 * row.itself + 0.01:
                    notes.append(f"{what}: its logits are too far from ONNX Runtime's")
                    failures += 1
                if times > 1.2:
                    notes.append(f"{what}: it takes more than 1.2 times as long")
                    failures += 1
    for note in notes:
        print("-", note)
    sys.exit(min(failures, 1))


if __name__ == "__main__":
    main()
