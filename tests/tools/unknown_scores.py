"""Which score detects outliers best: nine of them on the same pictures.

    pip install numpy onnx onnxruntime pillow
    python tests/tools/unknown_scores.py BUNDLE --data oxford-iiit-pet --outliers outliers

Prints for each score the area under the ROC curve against each kind of outlier, twice: on photographs for choosing a
score (validation photographs, every other outlier) and on the rest (test photographs, the other outliers). Scores that
are fitted to photographs use the training photographs only. The bundle must flatten its features, as the trainer's
bundles do.

max probability  Hendrycks and Gimpel, ICLR 2017          energy           Liu et al., NeurIPS 2020
max logit        Hendrycks et al., ICML 2022              ViM              Wang et al., CVPR 2022
Mahalanobis      Lee et al., NeurIPS 2018                 relative M.      Ren et al., 2021
nearest 20th     Sun et al., ICML 2022                    prototype sim.   the kiosk's: product with a mean of directions
"""

import argparse
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import UnidentifiedImageError

from onnxruntime_judge import Bundle


class Network(Bundle):
    """A bundle that also gives what its classifier reads."""

    def __init__(self, path):
        super().__init__(path)
        model = onnx.load(path)
        self.features = next(node.output[0] for node in model.graph.node if node.op_type == "Flatten")
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(self.features))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def predict(self, photos):
        """Logits and embeddings of all photographs that can be read, and the names of their folders."""
        with ThreadPoolExecutor() as pool:
            predictions = [prediction for prediction in pool.map(self._predict, photos) if prediction]
        logits, embeddings, names = zip(*predictions)
        return np.array(logits, float), np.array(embeddings, float), np.array(names)

    def _predict(self, photo):
        path, name = photo
        try:
            tensor = self.tensor(path)
        except (OSError, UnidentifiedImageError):
            return None
        logits, embedding = self.session.run(["logits", self.features], self.feed(image=tensor))
        return logits[0], embedding[0], name


def oxford(root, split):
    """(path, breed) of the split's photographs that are there."""
    for line in (root / "annotations" / f"{split}.txt").read_text().splitlines():
        name = line.split()[0]
        path = root / "images" / f"{name}.jpg"
        if path.exists():
            yield path, name.rsplit("_", 1)[0].lower()


def carve(photos, share=0.1, seed="1"):
    """Training and validation photographs, as `trainer` carves them."""

    def place(photo):
        digest = hashlib.md5(f"{seed}\0{photo[0].name}\0".encode()).digest()
        return digest[:8], photo[0]

    validation = set()
    for breed in sorted({breed for _, breed in photos}):
        own = sorted((photo for photo in photos if photo[1] == breed), key=place)
        validation.update(own[: min(max(int(share * len(own) + 0.5), 1), len(own) - 1)])
    return [photo for photo in photos if photo not in validation], sorted(validation)


def folders(root):
    """(path, folder's name) of every file in the folders of `root`."""
    return sorted((path, folder.name) for folder in root.iterdir() if folder.is_dir()
                  for path in folder.rglob("*") if path.is_file())


def log_sum_exp(values):
    highest = values.max(1, keepdims=True)
    return (highest + np.log(np.exp(values - highest).sum(1, keepdims=True)))[:, 0]


def directions(embeddings):
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def precision(rows):
    """The inverse covariance of rows whose mean is 0, with as much again in every direction as there is on average."""
    covariance = rows.T @ rows / len(rows)
    return np.linalg.inv(covariance + np.eye(len(covariance)) * np.trace(covariance) / len(covariance))


def distances(rows, centre, inverse):
    return np.einsum("ij,jk,ik->i", rows - centre, inverse, rows - centre, optimize=True)


def scores(train, temperature, breeds):
    """Functions of (logits, embeddings): the higher, the more it is one of ours."""
    logits, embeddings, names = train
    known = directions(embeddings)
    labels = np.array([breeds.index(name) for name in names])
    means = np.stack([known[labels == breed].mean(0) for breed in range(len(breeds))])
    centre = known.mean(0)
    within, overall = precision(known - means[labels]), precision(known - centre)

    def mahalanobis(x):
        return np.min([distances(x, mean, within) for mean in means], 0)

    raw_centre = embeddings.mean(0)
    values, vectors = np.linalg.eigh(np.cov((embeddings - raw_centre).T))
    rest = vectors[:, :-256]
    residual = lambda e: np.linalg.norm((e - raw_centre) @ rest, axis=1)
    alpha = logits.max(1).mean() / residual(embeddings).mean()

    def probability(z, _):
        return np.exp((z / temperature).max(1) - log_sum_exp(z / temperature))

    return {
        "max probability": probability,
        "energy": lambda z, _: log_sum_exp(z / temperature),
        "max logit": lambda z, _: z.max(1),
        "ViM": lambda z, e: log_sum_exp(z) - alpha * residual(e),
        "Mahalanobis": lambda _, e: -mahalanobis(directions(e)),
        "relative Mahalanobis": lambda _, e: distances(directions(e), centre, overall) - mahalanobis(directions(e)),
        "nearest 20th": lambda _, e: np.sort(directions(e) @ known.T)[:, -20],
        "cosine with prototype": lambda _, e: (directions(e) @ directions(means).T).max(1),
        "prototype similarity": lambda _, e: (directions(e) @ means.T).max(1),
    }


def auroc(known, unknown):
    """Probability that a known one scores higher than an unknown one; ties count half."""
    unknown = np.sort(unknown)
    below = np.searchsorted(unknown, known, "left") + np.searchsorted(unknown, known, "right")
    return below.mean() / 2 / len(unknown)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--outliers", type=Path, required=True)
    args = parser.parse_args()

    network = Network(args.bundle)
    train, validation = carve(list(oxford(args.data, "trainval")))
    outliers = folders(args.outliers)
    kinds = sorted({kind for _, kind in outliers})
    train = network.predict(train)
    sides = {
        "to choose by": (network.predict(validation), network.predict(outliers[::2])),
        "to report": (network.predict(oxford(args.data, "test")), network.predict(outliers[1::2])),
    }
    by_score = scores(train, network.calibration["temperature"], network.breeds)
    for side, (known, unknown) in sides.items():
        print(f"\n{side:24}" + "".join(f"{kind:>12}" for kind in kinds))
        for name, score in by_score.items():
            ours, theirs = score(*known[:2]), score(*unknown[:2])
            row = (auroc(ours, theirs[unknown[2] == kind]) for kind in kinds)
            print(f"{name:24}" + "".join(f"{value:12.4f}" for value in row))


if __name__ == "__main__":
    main()
