"""ONNX Runtime's opinion of a model bundle: an engine and an image library that the kiosk shares no code with.

    pip install numpy onnxruntime pillow
    python tests/tools/onnxruntime_judge.py classify BUNDLE PHOTO_OR_FOLDER...
    python tests/tools/onnxruntime_judge.py prepare BUNDLE PHOTO TENSOR
    python tests/tools/onnxruntime_judge.py run BUNDLE TENSOR

`classify` judges the whole path, to be set beside `kiosk classify --json`: it prints a JSON list of {photo,
breed, probability, logits}. JPEG decoders round differently, so probabilities agree to a few thousandths.

`prepare` and `run` judge its halves, and sharply: the one writes the network's input for a photograph as the
bundle's metadata describes it, the other prints the logits for such an input as a JSON list. A TENSOR is a
file of little-endian f32 in NCHW order. `cargo test -p tests --test onnxruntime` compares both.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime


class Bundle:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        properties = self.session.get_modelmeta().custom_metadata_map
        self.breeds = [breed["id"] for breed in json.loads(properties["kiosk.breeds"])]
        self.input = json.loads(properties["kiosk.input"])
        self.temperature = json.loads(properties["kiosk.calibration"])["temperature"]

    def logits(self, tensor):
        return self.session.run(["logits"], {"image": tensor})[0][0]

    def tensor(self, photo):
        """The photograph as the network sees it: upright, a square of it or all of it, scaled, normalised."""
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


def softmax(logits, temperature):
    exponentials = np.exp((logits - logits.max()) / temperature)
    return exponentials / exponentials.sum()


def judge(bundle, photo):
    logits = bundle.logits(bundle.tensor(photo))
    probabilities = softmax(logits, bundle.temperature)
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
    size = bundle.input["size"]
    tensor = np.fromfile(args.tensor, dtype="<f4").reshape(1, 3, size, size)
    print(json.dumps([float(logit) for logit in bundle.logits(tensor)]))


def main():
    parser = argparse.ArgumentParser(description="ONNX Runtime's opinion of a model bundle.")
    commands = parser.add_subparsers(required=True)

    def command(work, help, *arguments, **options):
        command = commands.add_parser(work.__name__, help=help)
        command.add_argument("bundle")
        for argument in arguments:
            command.add_argument(argument, **options)
        command.set_defaults(work=work)

    command(classify, "judge photographs, with Pillow and ONNX Runtime", "photos", nargs="+")
    command(prepare, "write the network's input for a photograph", "photo", "tensor")
    command(run, "print the logits for an input", "tensor")
    args = parser.parse_args()
    args.work(Bundle(args.bundle), args)


if __name__ == "__main__":
    main()
