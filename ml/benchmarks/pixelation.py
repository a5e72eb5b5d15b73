"""Finding pixelation from decoded Full HD, ours beside the published path, on two cores.

`python -m ml.benchmarks.pixelation` prints one JSON object. The published path has its network from
build/pixelation/rival.onnx (`python -m ml train pixelation-rival`); without it edges and resize
of it are timed.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.benchmarks.photos import photos
from ml.degradations.mosaic import Mosaic
from ml.evaluate import pixelation_rival as rival
from ml.image import Picture
from ml.pixelation import features
from ml.pixelation.detector import judge, locate, network_logits
from ml.pixelation.score import NETWORK

Pixels = NDArray[np.uint8]

_SIZE = (1920, 1080)
_ROUNDS, _PHOTOS, _CORES = 15, 6, 2
_MEGAPIXELS = 12  # of the photos that Full HD is cut from


def measure(images: list[Pixels]) -> dict[str, Any]:
    """Median milliseconds a photo of every path, the paths taking turns: on the wall, and of the
    processor in all threads, which hardly depends on what else the machine does.
    """
    paths = _paths(images)
    wall: dict[str, list[float]] = {name: [] for name in paths}
    processor: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(_ROUNDS + 1):
        for name, path in paths.items():
            started, used = time.perf_counter(), time.process_time()
            path(turn % len(images))
            if turn:  # the first is for warming up
                processor[name].append(1000 * (time.process_time() - used))
                wall[name].append(1000 * (time.perf_counter() - started))
    told = {"milliseconds": wall, "processor_milliseconds": processor}
    middle = {
        clock: {name: round(statistics.median(each), 2) for name, each in table.items()}
        for clock, table in told.items()
    }
    return {**middle, **{f"ratio_{clock}": _ratios(table) for clock, table in middle.items()}}


def _paths(images: list[Pixels]) -> dict[str, Callable[[int], object]]:
    mosaic = Mosaic(11, (3, 5), shape="ellipse", region=(800, 300, 400, 360))
    covered = [mosaic.apply(image) for image in images]
    paths: dict[str, Callable[[int], object]] = {
        "ours_trees": lambda i: judge(images[i], "trees"),
        "ours_cascade": lambda i: judge(images[i]),
        "ours_cascade_mosaic": lambda i: judge(covered[i]),
        "ours_mask_and_grid": lambda i: locate(covered[i], judge(covered[i])),
        "ours_features_only": lambda i: features.cells(images[i], 2),
        "theirs_edges_and_resize": lambda i: rival.edges(images[i]),
    }
    if NETWORK in weights.manifest():
        ours = engine.load(NETWORK)
        paths["ours_network_only"] = lambda i: network_logits(ours, images[i])
    files = [path for path in (rival.FILE, rival.UNTRAINED) if path.is_file()]
    if files:
        theirs = engine.load_file(files[0])
        seen = [rival.batch(rival.edges(image)) for image in images]
        paths["theirs_network_only"] = lambda i: theirs.run(seen[i])
        paths["theirs"] = lambda i: rival.probability(theirs, images[i])
    return paths


def _ratios(told: dict[str, float]) -> dict[str, float] | None:
    """How many times as fast as the published path, from decoded photo to verdict."""
    if "theirs" not in told:
        return None
    return {name: round(told["theirs"] / told[f"ours_{name}"], 2) for name in ("trees", "cascade")}


def full_hd() -> list[Pixels]:
    """Full HD pictures cut from the benchmark's photos."""
    found = []
    for path in photos(_MEGAPIXELS).paths[:_PHOTOS]:
        image = Picture.open(Path(path)).full()
        found.append(np.ascontiguousarray(image[300 : 300 + _SIZE[1], 500 : 500 + _SIZE[0]]))
    return found


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("PROOFSHEET_THREADS", str(_CORES))
    cv2.setNumThreads(_CORES)
    told = {"size": list(_SIZE), "cores": _CORES, "engine": "ONNX Runtime, CPU"}
    print(json.dumps(told | measure(full_hd()), indent=2))


if __name__ == "__main__":
    main()
