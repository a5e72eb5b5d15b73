"""Training of the categories: scene network, then its fusion with objects and faces."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ml import weights
from ml.image import Picture
from ml.results import Face, Result, Tag
from ml.scene import EVIDENCE, FUSION, NAMES, SIDE, evidence, fit
from ml.stages.table import STAGES
from ml.train import embedding, fusion, labels
from ml.train.labels import EVALUATION, TRAINING, Labelled
from ml.train.scene_network import SceneNetwork, begin, export, predict
from ml.train.scene_training import Recipe, early_features, train
from ml.weights.manifest import FOLDER
from ml.weights.store import sha256

CHECKPOINTS = Path("build/train/categories")
CACHED_SIDE = SIDE * 2  # what the pipeline gives the network
FOLDS = 3
# Pictures that teach the network rare categories, but say nothing of how often photos have them.
LESSONS_ONLY = ("train/ai_generated/",)


@dataclass(frozen=True)
class Sample:
    """A labelled photo in memory: `view` is small, boxes are in pixels of the photo's full
    `size`.
    """

    photo: Labelled
    view: NDArray[np.uint8]
    size: tuple[int, int]
    tags: tuple[Tag, ...]
    faces: tuple[Face, ...]


def tell(text: str) -> None:
    """Progress, as it comes."""
    print(text, flush=True)


def load(data: Path, photo: Labelled) -> Sample:
    """Open a photo and find its objects and faces."""
    picture = Picture.open(data / photo.path)
    seen = STAGES["faces"].run(picture, STAGES["tags"].run(picture, Result()))
    view = picture.view(CACHED_SIDE)
    return Sample(photo, view, picture.size, seen.tags or (), seen.faces or ())


def without_copies(training: list[Sample], data: Path) -> list[Sample]:
    """Leave out photos of which a near copy, or another file of the same origin, is kept for
    evaluation.
    """
    kept = labels.read(EVALUATION)
    held = [labels.dhash(Picture.open(data / photo.path).view(CACHED_SIDE)) for photo in kept]
    pairs = labels.near_pairs([labels.dhash(sample.view) for sample in training], held)
    named = labels.origins(data / "INDEX.tsv")
    sources = {named.get(photo.path, photo.path) for photo in kept}
    copies = {i for i, _ in pairs}
    copies |= {i for i, s in enumerate(training) if named.get(s.photo.path) in sources}
    for i in sorted(copies):
        tell(f"left out, too near to an evaluation photo: {training[i].photo.path}")
    return [sample for i, sample in enumerate(training) if i not in copies]


def folds(samples: list[Sample], seed: int) -> NDArray[np.int64]:
    """Fold (photos,) of each photo; near copies share one."""
    chosen = np.random.default_rng(seed).permutation(len(samples)) % FOLDS
    hashes = [labels.dhash(sample.view) for sample in samples]
    for i, j in labels.near_pairs(hashes, hashes):
        if i < j:
            chosen[j] = chosen[i]
    return chosen


def main(data: Path) -> None:
    """Train on the committed labels; `data` is the folder that their paths begin in.

    Writes the network, its fusion and thresholds into the source, and prints what the manifest
    needs. A run that was interrupted goes on after the last finished fold.
    """
    torch.set_num_threads(2)
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    samples = [load(data, photo) for photo in labels.read(TRAINING)]
    samples = without_copies(samples, data)
    truth = labels.targets(tuple(sample.photo for sample in samples), NAMES)
    tell(f"{len(samples)} photos for training")
    start, recipe = weights.locate("efficientnet_lite0"), Recipe()
    features = early_features([sample.view for sample in samples], start, recipe, tell)
    logits = out_of_fold(samples, features, truth, start, recipe)
    fuse(samples, truth, logits)
    final = trained("all", features, truth, start, recipe)
    path = FOLDER / "scene.onnx"
    export(
        final,
        path,
        {"categories": ",".join(NAMES), "origin": "EfficientNet-lite0, trained further"},
    )
    embedding.add_branch(path, start)
    tell(f"{path}: {path.stat().st_size} bytes, sha256 {sha256(path)}")


def trained(
    name: str,
    features: NDArray[np.float16],
    truth: NDArray[np.float32],
    start: Path,
    recipe: Recipe,
) -> SceneNetwork:
    """Train a network, or read the checkpoint of that name."""
    path = CHECKPOINTS / f"{name}.pt"
    if path.exists():
        network = begin(start)
        network.load_state_dict(torch.load(path, weights_only=True))
        return network
    tell(f"training {name} on {len(features)} photos")
    network = train(features, truth, start, recipe, tell)
    torch.save(network.state_dict(), path)
    return network


def out_of_fold(
    samples: list[Sample],
    features: NDArray[np.float16],
    truth: NDArray[np.float32],
    start: Path,
    recipe: Recipe,
) -> NDArray[np.float32]:
    """Logits (photos, categories), each from a network that has not seen the photo."""
    logits = np.zeros_like(truth)
    fold = folds(samples, recipe.seed)
    for k in range(FOLDS):
        rest, held = fold != k, np.flatnonzero(fold == k)
        network = trained(f"fold{k}", features[rest], truth[rest], start, recipe)
        logits[held] = predict(network, [fit(samples[i].view) for i in held])
    return logits


def fuse(samples: list[Sample], truth: NDArray[np.float32], logits: NDArray[np.float32]) -> None:
    """Fit the fusion of every category and write it with its thresholds."""
    chosen = [i for i, s in enumerate(samples) if not s.photo.path.startswith(LESSONS_ONLY)]
    values = np.stack(
        [evidence(logits[i], samples[i].tags, samples[i].faces, samples[i].size) for i in chosen]
    ).astype(np.float64)
    rows = {}
    for own, name in enumerate(NAMES):
        fitted = fusion.fit(values, truth[chosen, own].astype(np.int64), own)
        rows[name] = {
            "weights": [float(f"{weight:.5g}") for weight in fitted.line.weights],
            "bias": round(fitted.line.bias, 5),
            "suggest": round(fitted.suggest, 4),
            "positives": fitted.positives,
            "curve": [[confidence, round(reached, 4)] for confidence, reached in fitted.curve],
        }
        tell(f"{name}: {fitted.positives} photos, best F1 from {fitted.suggest:.3f}")
    stored = {"photos": len(chosen), "evidence": EVIDENCE, "categories": rows}
    FUSION.write_text(json.dumps(stored) + "\n", "utf-8")
