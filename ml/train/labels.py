"""Lists of labelled photos, and the check that no photo stands on both sides of a split."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parents[1] / "data"
TRAINING, EVALUATION = DATA / "scene_train.tsv", DATA / "scene_eval.tsv"
NEAR = 6  # bits of 64: resized and recompressed copies differ in up to about this many


@dataclass(frozen=True)
class Labelled:
    """A photo by its path relative to the shared data folder, and its categories."""

    path: str
    labels: frozenset[str]


def read(path: Path) -> tuple[Labelled, ...]:
    """Read `path TAB label,label` lines; a photo without any category has an empty second field."""
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return tuple(
        Labelled(name, frozenset(filter(None, labels.split(",")))) for name, labels in rows
    )


def targets(photos: tuple[Labelled, ...], names: tuple[str, ...]) -> NDArray[np.float32]:
    """Matrix (photos, names) of 0 and 1."""
    return np.array([[name in photo.labels for name in names] for photo in photos], np.float32)


def dhash(photo: NDArray[np.uint8]) -> int:
    """Difference hash of 64 bits: is each cell of a 9 by 8 thumbnail brighter than its left
    neighbour?
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return int.from_bytes(np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes(), "big")


def near_pairs(some: list[int], others: list[int]) -> list[tuple[int, int]]:
    """Positions (in some, in others) of hashes that differ in at most NEAR bits."""
    return [
        (i, j)
        for i, one in enumerate(some)
        for j, other in enumerate(others)
        if (one ^ other).bit_count() <= NEAR
    ]


def origins(index: Path) -> dict[str, str]:
    """File to original name, from the collection's INDEX.tsv (file, label, origin)."""
    rows = (line.split("\t") for line in index.read_text("utf-8").splitlines()[1:])
    return {row[0]: row[2] for row in rows if len(row) > 2}
