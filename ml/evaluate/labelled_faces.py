"""Photos with a box around every face: those labelled by looking, found again by their content."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent.parent / "data" / "face_boxes.json"
TINY_PX = 12.0  # a face narrower or lower than this is counted apart

Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo and its boxes as x1, y1, x2, y2 (N, 4), from forehead to chin.

    `faces` are to be found; `tiny` ones are counted apart; `apart` is what is neither wanted nor
    wrong: dolls, cardboard figures, faces in pictures on a wall.
    """

    path: Path
    faces: Boxes
    tiny: Boxes
    apart: Boxes


def labelled(paths: Iterable[Path]) -> list[LabelledPhoto]:
    """Return those of the files that have committed boxes, each content once, in order."""
    wanted = {
        photo["sha256"]: photo["boxes"] for photo in json.loads(FILE.read_text())["photos"].values()
    }
    found = []
    for path in paths:
        boxes = wanted.pop(hashlib.sha256(path.read_bytes()).hexdigest(), None)
        if boxes is not None:
            kinds = (_of(kind, boxes) for kind in ("face", "tiny", "apart"))
            found.append(LabelledPhoto(path, *kinds))
    return found


def _of(kind: str, boxes: list[list[float | str]]) -> Boxes:
    numbers = np.array([box for name, *box in boxes if name == kind], np.float64).reshape(-1, 4)
    return np.concatenate([numbers[:, :2], numbers[:, :2] + numbers[:, 2:]], axis=1)
