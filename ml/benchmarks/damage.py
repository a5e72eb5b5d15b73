"""A sheet of every kind of damage made on purpose beside really damaged photos, to be looked at.

python -m ml.benchmarks.damage DIR writes build/damage/sheet.png; DIR is the folder of the data.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from ml.degradations import table
from ml.degradations.degradation import Pixels
from ml.errors import MLError
from ml.evaluate.distortion import photos
from ml.image import Picture

FOLDER = Path("build/damage")
PHOTOS, PAINTINGS, REAL = "train/photos_hq", "train/paintings", "train/old_photos"
SEVERITIES = (0.25, 0.6, 1.0)
_SIDE = 420
_OF_PAINTINGS = ("losses", "craquelure", "varnish")


def main(data: Path, names: tuple[str, ...] = tuple(table.DEGRADATIONS)) -> Path:
    """Write the sheet: a row a kind, mild to severe, and really damaged photos at the end of it."""
    clean = {place: photos([data / place]) for place in (PHOTOS, PAINTINGS)}
    real = photos([data / REAL])
    rows = []
    for i, name in enumerate(names):
        chosen = clean[PAINTINGS if name in _OF_PAINTINGS else PHOTOS]
        cells = []
        for j, severity in enumerate(SEVERITIES):
            photo = _cell(chosen[(7 * i + 5 * j) % len(chosen)])
            damaged = table.DEGRADATIONS[name](severity, 10 * i + j).apply(photo)
            cells.append(_labelled(damaged.image, f"{name} {severity:g}"))
        rows.append(np.hstack([*cells, _labelled(_cell(real[i % len(real)]), "real")]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "sheet.png"
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])
    return path


def _cell(path: Path) -> Pixels:
    """The middle of a photo, square."""
    photo = Picture.open(path).full()
    side = min(photo.shape[:2])
    top, left = ((n - side) // 2 for n in photo.shape[:2])
    square = photo[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))


def _labelled(photo: Pixels, text: str) -> Pixels:
    framed = np.pad(photo, ((0, 16), (0, 4), (0, 0)))
    place = (3, _SIDE + 12)
    cv2.putText(framed, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return framed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kind", choices=table.DEGRADATIONS, action="append")
    options = parser.parse_args()
    try:
        print(main(options.data, tuple(options.kind or table.DEGRADATIONS)))
    except MLError as error:
        raise SystemExit(str(error)) from error
