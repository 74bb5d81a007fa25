"""The kiosk's networks, written down for LiteRT and ncnn, which read no ONNX: a part of peers_speed.py.

LiteRT gets the bundle's own integers, activations moved from u8 to i8. ncnn has symmetric integers only, seven
bits of the eight behind a clamp at zero: another network, so it has no int8.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np


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
        else:
            sys.exit(f"peers_speed: {kind} is not among the operators of the kiosk's networks")
    return shapes["image"], list(layers.values()), quantised


class TfLite:
    """A .tflite file in the making. Tensors go by their index."""

    OPTIONS = {"CONV_2D": "Conv2D", "DEPTHWISE_CONV_2D": "DepthwiseConv2D", "ADD": "Add", "MEAN": "Reducer",
               "FULLY_CONNECTED": "FullyConnected", "PAD": "Pad", "QUANTIZE": "Quantize", "DEQUANTIZE": "Dequantize"}

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
        codes = [self.schema.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=code, version=3) for code in codes]
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
