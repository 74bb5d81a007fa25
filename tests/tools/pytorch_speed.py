"""What PyTorch takes for the trainer's networks: the figure that the trainer's own speed is held against.

    pip install torch
    python tests/tools/pytorch_speed.py [--network mobilenetv2_100] [--size 224] [--batch 16] [--threads 2] [--runs 5]

Prints one line of JSON: milliseconds an image of a forward pass and of a training step (forward, cross
entropy, backward; no optimiser), minimum and median over the runs.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn

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
    return {"min": round(min(times), 2), "median": round(statistics.median(times), 2)}


def main():
    parser = argparse.ArgumentParser(description="What PyTorch takes for the trainer's networks.")
    parser.add_argument("--network", choices=NETWORKS, default="mobilenetv2_100")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    network = network_of(*NETWORKS[args.network], 37).to(memory_format=torch.channels_last)
    images = torch.randn(args.batch, 3, args.size, args.size).to(memory_format=torch.channels_last)
    labels = torch.randint(37, (args.batch,))

    @torch.no_grad()
    def forward():
        network(images)

    def step():
        network.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()

    print(json.dumps({
        "torch": torch.__version__,
        "network": args.network,
        "size": args.size,
        "batch": args.batch,
        "threads": args.threads,
        "forward_ms": measure(forward, args.runs, args.batch),
        "step_ms": measure(step, args.runs, args.batch),
    }))


if __name__ == "__main__":
    main()
