"""A sheet of really damaged photos, what is found on them, and what filling that leaves.

python -m ml.benchmarks.marks DIR writes build/marks/sheet.png; DIR is the folder of the data.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.evaluate.distortion import photos
from ml.image import Picture
from ml.image.picture import within
from ml.marks import limits
from ml.marks.kinds import THIN
from ml.marks.mask import encoded
from ml.marks.undone import REPAIRED, undo
from ml.train import restoration_sources

FOLDER = Path("build/marks")
REAL = "train/old_photos"
_SIDE = 560
_INK = (255, 0, 255)

Pixels = NDArray[np.uint8]


def main(data: Path) -> Path:
    """Write the sheet: of each held-out old photo itself, what is found in magenta, and it filled,
    each kind's mask as found, without a person's correction.
    """
    held = restoration_sources.held_out()
    paths = [path for path in photos([data / REAL]) if f"{REAL}/{path.name}" in held]
    rows = [_row(path) for path in paths]
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "sheet.png"
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])
    return path


def _row(path: Path) -> Pixels:
    photo = within(Picture.open(path).view(THIN.longest), THIN.longest)
    found = limits.found(photo, tuple(kind for kind in limits.sought() if kind in REPAIRED))
    marked = photo.copy()
    for mask in found.values():
        marked[mask] = _INK
    done = undo(
        photo, "RGB", [(kind, {"mask": encoded(mask)}, 1.0) for kind, mask in found.items()]
    )
    label = ", ".join(f"{kind} {mask.mean():.2%}" for kind, mask in found.items())
    cells = [_cell(np.asarray(each, np.uint8)) for each in (photo, marked, done)]
    framed = np.pad(np.hstack(cells), ((0, 18), (0, 0), (0, 0)))
    place = (3, _SIDE + 13)
    white = (255, 255, 255)
    cv2.putText(framed, f"{path.name}: {label}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, white)
    return np.asarray(framed, np.uint8)


def _cell(photo: Pixels) -> Pixels:
    """A photo in a square of `_SIDE`."""
    factor = _SIDE / max(photo.shape[:2])
    size = (round(photo.shape[1] * factor), round(photo.shape[0] * factor))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    rim = ((0, _SIDE - size[1]), (0, _SIDE - size[0] + 4), (0, 0))
    return np.asarray(np.pad(small, rim), np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    try:
        print(main(options.data))
    except MLError as error:
        raise SystemExit(str(error)) from error
