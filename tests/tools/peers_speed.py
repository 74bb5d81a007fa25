"""The kiosk's engine beside other runtimes: the same network and picture on the same cores, in turn.

    python3 -m venv target/peers && target/peers/bin/pip install numpy onnx onnxruntime openvino \
        ai-edge-litert ncnn MNN
    cargo build --release --manifest-path tests/peers/Cargo.toml
    target/peers/bin/python tests/tools/peers_speed.py [BUNDLE...] [--size 224] [--threads 1 2] [--json]

Each BUNDLE, f32 or int8, runs in the kiosk (`cargo build --release` first), in ONNX Runtime, in OpenVINO, in
LiteRT (XNNPACK), in MNN, in rten, in tract and, where it is f32, in ncnn: one picture at a time, from the input
tensor to the logits. Prints a Markdown table; the minimum is over all runs, the median over the rounds' medians. Load
shows in the median.
Every measurement is a process alone on as many cores as it has threads, in rounds: A B C, A B C. No idle pool
of one runtime takes a core from the next, so ONNX Runtime may spin between its operators, as it does by
default. `taskset -c 2,3` before the command chooses the cores.

`peers_networks.py` writes the network down for LiteRT, ncnn and MNN; no time is shown for logits that are not ONNX
Runtime's. What is not at hand or does not work is left out, with a note.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from peers_networks import NotWritten, write_mnn, write_ncnn, write_tflite

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "ONNX Runtime": "onnxruntime",
    "OpenVINO": "openvino",
    "LiteRT": "ai-edge-litert",
    "ncnn": "ncnn",
    "MNN": "MNN",
}
# Each is a crate and what `tests/peers/` calls it.
CRATES = {"rten": "rten", "tract": "tract-onnx"}
WRITERS = {"LiteRT": write_tflite, "ncnn": write_ncnn, "MNN": write_mnn}
# How far logits may lie from ONNX Runtime's, as a part of the range that they span.
TOLERANCE = {"f32": 0.001, "int8": 0.1}


def picture(input):
    """The frame of `kiosk bench`, a disc on a slope of colours, as the network's input."""
    row, column = np.mgrid[:480, :640]
    disc = (column - 320) ** 2 + (row - 240) ** 2 < 150**2
    colours = [(180, column // 3), (140, row // 2), ((column ^ row) % 256, 96)]
    frame = np.stack([np.where(disc, inside, outside) for inside, outside in colours])
    nearest = (np.arange(input["size"]) + 0.5) / input["size"]
    frame = frame[:, (nearest * 480).astype(int)[:, None], (nearest * 640).astype(int)]
    mean, std = (np.reshape(input[key], (3, 1, 1)) for key in ("mean", "std"))
    return np.float32((frame / 255 - mean) / std)[None]


def prepare(bundle, args, folder, runtimes, notes):
    """Writes a bundle down for every runtime, with a note on each that cannot have it. Returns the cases."""
    import onnx

    model = onnx.load(bundle)
    description = next(item for item in model.metadata_props if item.key == "kiosk.input")
    input = json.loads(description.value)
    if args.size:
        # The network is fully convolutional: it takes pictures of any size.
        input["size"] = args.size
        description.value = json.dumps(input)
        for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
            dimension.dim_value = args.size
        del model.graph.value_info[:]
    precision = "int8" if any(node.op_type == "QuantizeLinear" for node in model.graph.node) else "f32"
    image = f"{folder}/{precision}.npy"
    if os.path.exists(image):
        sys.exit(f"peers_speed: {bundle} is a second {precision} bundle; leave one out")
    np.save(image, picture(input))
    # The others get what leads from the picture to the logits, and so neither the detector nor the embedding.
    part = onnx.utils.Extractor(model).extract_model(["image"], ["logits"])
    cases = []
    for runtime in runtimes:
        if (runtime, precision) == ("ncnn", "int8"):
            continue
        path = f"{folder}/{precision}.{runtime}"
        write = WRITERS.get(runtime, onnx.save)
        try:
            write(model if runtime == "kiosk" else part, path)
        except NotWritten as reason:
            notes.append(f"{runtime} {precision} is left out: {reason}")
            continue
        for threads in args.threads:
            worker = [args.peers] if runtime in CRATES else [sys.executable, ROOT / "tests/tools/peers_workers.py"]
            command = [*worker, runtime, path, image, threads, args.runs]
            if runtime == "kiosk":
                command = [args.kiosk, "bench", "--json", "--model", path, "--threads", threads, "--runs", args.runs]
            cases.append(SimpleNamespace(
                runtime=runtime, precision=precision, size=input["size"], threads=threads,
                command=[str(word) for word in command], reports=[], failure=None))
    return cases


def measure(case):
    cores = sorted(os.sched_getaffinity(0))[-case.threads:]
    done = subprocess.run(
        case.command, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    if done.returncode == 0:
        case.reports.append(json.loads(done.stdout.splitlines()[-1]))
    else:
        # The kiosk says what is wrong on the first line, Python on the last. A panic in rten or tract says on the first
        # line where it is, and on the second what is wrong.
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        if case.runtime in CRATES:
            case.failure = " ".join(lines[:2])
        else:
            case.failure = lines[0 if case.runtime == "kiosk" else -1]


def check(case, cases):
    """How far a case's logits lie from ONNX Runtime's for the same bundle; fails the case where that is far."""
    references = [other.reports[0]["logits"] for other in cases
                  if (other.runtime, other.precision) == ("ONNX Runtime", case.precision) and not other.failure]
    if case.failure or case.runtime == "kiosk" or not references:
        return None
    difference = float(np.abs(np.subtract(case.reports[0]["logits"], references[0])).max())
    # Written so that not a number fails, too.
    if not difference <= TOLERANCE[case.precision] * np.ptp(references[0]):
        case.failure = f"its logits differ from ONNX Runtime's by up to {difference:.2g}"
    return difference


def installed(args):
    """The version of each runtime at hand, and a note on each that is not."""
    versions, notes = {}, []
    try:
        run = subprocess.run([args.kiosk, "--version"], capture_output=True, text=True)
        versions["kiosk"] = run.stdout.split()[-1]
    except OSError as error:
        notes.append(f"kiosk is left out: {error}; `cargo build --release` builds it")
    for runtime, package in PACKAGES.items():
        try:
            versions[runtime] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            notes.append(f"{runtime} is left out: `pip install {package}` installs it")
    packages = tomllib.loads((ROOT / "tests/peers/Cargo.lock").read_text())["package"]
    locked = {package["name"]: package["version"] for package in packages}
    for runtime, crate in CRATES.items():
        if os.access(args.peers, os.X_OK):
            versions[runtime] = locked[crate]
        else:
            build = "cargo build --release --manifest-path tests/peers/Cargo.toml"
            notes.append(f"{runtime} is left out: `{build}` builds it")
    return versions, notes


def compare(args):
    versions, notes = installed(args)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        cases = [case for bundle in args.bundles for case in prepare(bundle, args, folder, versions, notes)]
        cases.sort(key=lambda case: (case.precision, case.threads))
        for _ in range(args.rounds):
            for case in cases:
                if not case.failure:
                    measure(case)
    rows = []
    for case in cases:
        difference = check(case, cases)
        if case.failure:
            notes.append(f"{case.runtime} {case.precision}, threads {case.threads}, is left out: {case.failure}")
            continue
        spreads = [report["infer_ms"] for report in case.reports]
        rows.append({
            "runtime": case.runtime, "precision": case.precision, "size": case.size, "threads": case.threads,
            "min_ms": round(min(spread["min"] for spread in spreads), 3),
            "median_ms": round(statistics.median(spread["median"] for spread in spreads), 3),
            "logits_off_by": difference})
    cpu = subprocess.run(["lscpu"], capture_output=True, text=True).stdout.partition("Model name:")[2]
    return {"cpu": cpu.partition("\n")[0].strip(), "load_before": load, "versions": versions,
            "rounds": args.rounds, "runs": args.runs, "rows": rows, "notes": notes}


def print_table(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    print("{cpu}, load {load_before:.1f} before; {rounds} rounds of {runs} runs; {0}.\n".format(versions, **result))
    print("| runtime | precision | px | threads | minimum ms | median ms |\n| --- | --- | --- | --- | --- | --- |")
    for row in result["rows"]:
        print("| {runtime} | {precision} | {size} | {threads} | {min_ms:.2f} | {median_ms:.2f} |".format(**row))
    checked = {"{runtime} {precision} {logits_off_by:.1g}".format(**row): None
               for row in result["rows"] if row["logits_off_by"]}
    print(f"\nLogits differ from ONNX Runtime's by at most: {', '.join(checked) or 'not known, nothing to compare'}.")
    for note in result["notes"]:
        print("-", note)


def main():
    parser = argparse.ArgumentParser(description="The kiosk's engine beside other runtimes.")
    parser.add_argument("bundles", nargs="*", metavar="BUNDLE", default=[ROOT / "edge/models/breeds.onnx"])
    built = {folder: Path(os.environ.get("CARGO_TARGET_DIR", ROOT / folder / "target")) / "release"
             for folder in (".", "tests/peers")}
    parser.add_argument("--kiosk", default=built["."] / "kiosk", help="the program to measure")
    parser.add_argument("--peers", default=built["tests/peers"] / "peers", help="the program that runs rten and tract")
    parser.add_argument("--size", type=int, help="side of the picture in pixels; else each bundle's own")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=50, help="recognitions a round")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    if not all(1 <= threads <= cores for threads in args.threads):
        parser.error(f"--threads must lie between 1 and {cores}, the cores at hand")
    result = compare(args)
    print(json.dumps(result, indent=1)) if args.json else print_table(result)


if __name__ == "__main__":
    main()
