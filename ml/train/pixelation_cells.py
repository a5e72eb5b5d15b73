"""Training of the pixelation network; a run that was stopped goes on from its checkpoint."""

import json
from pathlib import Path

import numpy as np

from ml import engine
from ml.image import Picture
from ml.pixelation.detector import look, network_logits, tree_logits, tree_summary
from ml.pixelation.score import BOTH, FILE, NETWORK, TREES, summary
from ml.train.onnx_file import write_cells
from ml.train.pixelation_examples import MOSAICS, example
from ml.train.pixelation_network import CELL
from ml.train.pixelation_score import SCORED, Seen, fit, merged
from ml.train.pixelation_sources import training_photos
from ml.train.pixelation_training import begin, train
from ml.train.run import CHECKPOINT, prepare
from ml.weights.manifest import FOLDER as WEIGHTS
from ml.weights.store import sha256

FOLDER = Path("build/pixelation")
DEFAULT_MINUTES = 95.0
_SCORED_PICTURES, _MEASURED = 1500, 80
_SEED = 43


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/pixelation; write the
    averaged network to ml/weights/pixelation_cells.onnx and its part of
    ml/data/pixelation_scores.json. 0 minutes only write them. Raises MLError without photos.
    """
    prepare(FOLDER)
    paths = training_photos(data)
    state = begin()
    if (FOLDER / CHECKPOINT).exists():
        state.load(FOLDER / CHECKPOINT)
    if minutes != 0:
        # The others are for the score, which needs photos that the network has not seen.
        taught = [Picture.open(path).full() for i, path in enumerate(paths) if i % SCORED]
        others = [Picture.open(path).full() for path in paths[::SCORED][:_MEASURED]]
        print(f"{len(taught)} photos for training", flush=True)
        train(state, taught, others, FOLDER, DEFAULT_MINUTES if minutes is None else minutes)
    path = WEIGHTS / f"{NETWORK}.onnx"
    told = {"steps": str(state.steps), "seconds": f"{state.seconds:.0f}"}
    write_cells(state.average.module, path, told)
    print(f"{path}: {path.stat().st_size} bytes after {state.steps} steps", flush=True)
    score(paths, path)


def score(paths: list[Path], path: Path) -> None:
    """Fit how likely a photo has a mosaic to what the network says of photos it has not seen, and
    to what trees and network say together.
    """
    files = (WEIGHTS / f"{TREES}.onnx", path)
    trees, network = (engine.load_file(each) for each in files)
    seen = dict[str, list[Seen]]({NETWORK: [], BOTH: []})
    for number in range(_SCORED_PICTURES):
        rng = np.random.default_rng((_SEED, number))
        photo = SCORED * int(rng.integers(-(-len(paths) // SCORED)))
        made = example(Picture.open(paths[photo]).full(), rng)
        told = summary(network_logits(network, made.image), CELL)
        table, hop = look(made.image)
        first = tree_summary(tree_logits(trees, table), table, hop)
        together = np.concatenate([first, told])
        for name, values in ((NETWORK, told), (BOTH, together)):
            seen[name].append(Seen(photo, made.kind, made.kind in MOSAICS, values))
    hashes = [sha256(each) for each in files]
    for name, weights in ((NETWORK, hashes[1]), (BOTH, "".join(hashes))):
        fitted, figures = fit(seen[name], weights)
        FILE.write_text(json.dumps(merged(name, fitted, figures), indent=2) + "\n", "utf-8")
        print(name, json.dumps(figures, indent=2), flush=True)
