"""The trainer's networks in training, in candle and in PyTorch: on the same cores, in turn.

    python3 -m venv target/peers && target/peers/bin/pip install torch
    target/peers/bin/python tests/tools/training_speed.py [--network mobilenetv2_100] [--size 224] [--batch 32]
        [--threads 2] [--rounds 3] [--runs 5] [--json]

Prints milliseconds an image of a forward pass and of a training step (forward, cross entropy, backward; no
optimiser), minimum and median, and the most memory that the process had. PyTorch runs channels last, as it is and
compiled by `torch.compile`, which needs a C++ compiler. Every measurement is a process of its own, in rounds: A B C,
A B C. Ours is `cargo bench -p trainer --bench network`.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).parents[2]

# Side of the filters, expansion, output channels, repeats and stride of each stage: Sandler et al., "MobileNetV2", CVPR
# 2018, table 2, and Tan and Le, "EfficientNet", ICML 2019, table 1.
MOBILENETV2 = [
    (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (3, 6, 32, 3, 2), (3, 6, 64, 4, 2), (3, 6, 96, 3, 1), (3, 6, 160, 3, 2),
    (3, 6, 320, 1, 1),
]
EFFICIENTNET_LITE0 = [
    (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1), (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
]
# Stages and width.
NETWORKS = {
    "mobilenetv2_100": (MOBILENETV2, 1.0),
    "mobilenetv2_140": (MOBILENETV2, 1.4),
    "efficientnet_lite0": (EFFICIENTNET_LITE0, 1.0),
}


def convolution(inputs, outputs, kernel=1, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups)


class Block(nn.Module):
    def __init__(self, inputs, outputs, side, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        expand = [convolution(inputs, hidden), nn.ReLU6(inplace=True)] if expansion > 1 else []
        self.body = nn.Sequential(
            *expand,
            convolution(hidden, hidden, side, stride, hidden),
            nn.ReLU6(inplace=True),
            convolution(hidden, outputs),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def network_of(stages, width, classes):
    """A network as the trainer has it: batch norms folded into the biases of the convolutions."""

    def widened(channels):
        return int(channels * width + 4) // 8 * 8

    channels = widened(32)
    features = max(1280, widened(1280))
    layers = [convolution(3, channels, 3, 2), nn.ReLU6(inplace=True)]
    for side, expansion, outputs, repeats, stride in stages:
        for repeat in range(repeats):
            layers.append(Block(channels, widened(outputs), side, stride if repeat == 0 else 1, expansion))
            channels = widened(outputs)
    layers += [convolution(channels, features), nn.ReLU6(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(features, classes))


def measure(work, runs, batch):
    for _ in range(2):
        work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000 / batch)
    return {"min": min(times), "median": statistics.median(times)}


def work(args):
    """Measures PyTorch in this process."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    network = network_of(*NETWORKS[args.network], 37).to(memory_format=torch.channels_last)
    run = torch.compile(network) if args.compile else network
    images = torch.randn(args.batch, 3, args.size, args.size).to(memory_format=torch.channels_last)
    labels = torch.randint(37, (args.batch,))

    @torch.no_grad()
    def forward():
        run(images)

    def step():
        network.zero_grad()
        nn.functional.cross_entropy(run(images), labels).backward()

    times = {"forward_ms": measure(forward, args.runs, args.batch), "step_ms": measure(step, args.runs, args.batch)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(times | {"peak_mb": peak}))


def run(name, command, threads):
    """The report of a process, or None, with a note why."""
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    print(f"{name} is left out: {lines[-1]}", file=sys.stderr)
    return None


def compare(args):
    shape = [f"--{key}={getattr(args, key)}" for key in ("network", "size", "batch", "runs")]
    torch_worker = [sys.executable, __file__, "--work", f"--threads={args.threads}", *shape]
    commands = {
        "ours": ["cargo", "bench", "--quiet", "-p", "trainer", "--bench", "network", "--", *shape],
        f"PyTorch {torch.__version__}": torch_worker,
        f"PyTorch {torch.__version__}, compiled": [*torch_worker, "--compile"],
    }
    reports = {name: [] for name in commands}
    for _ in range(args.rounds):
        for name in list(reports):
            report = run(name, commands[name], args.threads)
            if report:
                reports[name].append(report)
            else:
                del reports[name]
    rows = []
    for name, of_name in reports.items():
        # Ours is null where the system does not say it.
        peaks = [report["peak_mb"] for report in of_name if report["peak_mb"] is not None]
        figures = {"name": name, "peak_mb": round(max(peaks)) if peaks else None}
        for key in ("forward_ms", "step_ms"):
            figures[key] = {
                "min": round(min(report[key]["min"] for report in of_name), 2),
                "median": round(statistics.median(report[key]["median"] for report in of_name), 2),
            }
        rows.append(figures)
    return rows


def main():
    parser = argparse.ArgumentParser(description="The trainer's networks in training, in candle and in PyTorch.")
    parser.add_argument("--network", choices=NETWORKS, default="mobilenetv2_100")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5, help="passes a round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        return work(args)
    rows = compare(args)
    if args.json:
        return print(json.dumps(rows, indent=1))
    print("| | forward, minimum ms | median | step, minimum ms | median | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        peak = "unknown" if row["peak_mb"] is None else row["peak_mb"]
        print("| {name} | {forward_ms[min]} | {forward_ms[median]} | {step_ms[min]} | {step_ms[median]} | {peak} |"
              .format(**row, peak=peak))


if __name__ == "__main__":
    main()
