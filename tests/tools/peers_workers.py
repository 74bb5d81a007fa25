"""The workers of peers_speed.py: a process loads a file into a runtime and measures.

    peers_workers.py RUNTIME FILE IMAGE.npy THREADS RUNS

prints a line of JSON: the least time for the picture in milliseconds, the median, and the logits. The runtimes that
are written in Rust have a worker of the same kind in `tests/peers/`.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

WARM_UP = 5


def onnxruntime_infer(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(["logits"], {"image": image})[0][0]


def openvino_infer(path, threads):
    import openvino

    core = openvino.Core()
    # In f32 where the network is: on some processors bf16 would be the default.
    options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(Path(path).read_bytes()), "CPU", options)
    return lambda image: compiled({"image": image})["logits"][0]


def litert_infer(path, threads):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=threads)
    interpreter.allocate_tensors()
    source, sink = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def infer(image):
        interpreter.set_tensor(source, image)
        interpreter.invoke()
        return interpreter.get_tensor(sink)[0]

    return infer


def ncnn_infer(path, threads):
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = threads
    # On Arm it would otherwise compute in f16.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if net.load_param(path) != 0 or net.load_model(path + ".bin") != 0:
        sys.exit("ncnn does not load what was written for it")

    def infer(image):
        extractor = net.create_extractor()
        extractor.input("image", ncnn.Mat(image[0]))
        return np.array(extractor.extract("logits")[1])

    return infer


def mnn_infer(path, threads):
    # It prints on standard output, which here is for the times.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import MNN

    # "high" is f32 on every processor.
    options = {"backend": "CPU", "numThread": threads, "precision": "high"}
    manager = MNN.nn.create_runtime_manager((options,))
    net = MNN.nn.load_module_from_file(path, ["image"], ["logits"], runtime_manager=manager)

    def infer(image):
        outputs = net.forward([MNN.expr.const(image, image.shape, MNN.expr.NCHW)])
        # Read here, since it computes only what is read.
        return MNN.expr.convert(outputs[0], MNN.expr.NCHW).read()[0]

    return infer


INFER = {
    "ONNX Runtime": onnxruntime_infer,
    "OpenVINO": openvino_infer,
    "LiteRT": litert_infer,
    "ncnn": ncnn_infer,
    "MNN": mnn_infer,
}


def main():
    runtime, path, image, threads, runs = sys.argv[1:]
    image = np.load(image)
    if runtime == "LiteRT":
        image = np.ascontiguousarray(image.transpose(0, 2, 3, 1))
    infer, times = INFER[runtime](path, int(threads)), []
    for _ in range(WARM_UP + int(runs)):
        start = time.perf_counter()
        logits = infer(image)
        times.append((time.perf_counter() - start) * 1000)
    times = times[WARM_UP:]
    spread = {"min": min(times), "median": statistics.median(times)}
    print(json.dumps({"infer_ms": spread, "logits": logits.tolist()}))


if __name__ == "__main__":
    main()
