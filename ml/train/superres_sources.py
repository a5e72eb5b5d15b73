"""The photos that super-resolution is learned on: true, shrunk, and as the teachers enlarge them.

Decoded, shrunk and enlarged once, and kept as 8-bit luma in one file.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.image import Picture
from ml.superres import bicubic
from ml.train.superres_photos import chosen

Pixels = NDArray[np.uint8]
Plane = NDArray[np.uint8]

FACTOR = 4
_SMALLEST = 48  # pixels of the short side when shrunk
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Sources:
    """Luma planes one after the other in one file: of each photo the true one, the teachers' of the
    same size, and the shrunk one.
    """

    pixels: NDArray[np.uint8]
    places: NDArray[np.int64]
    """(photos, 3): where each begins, and the shrunk height and width."""

    def __len__(self) -> int:
        return len(self.places)

    def photo(self, i: int) -> tuple[Plane, Plane, Plane]:
        """The i-th photo: true (4H, 4W), the teachers' (4H, 4W), shrunk (H, W)."""
        start, height, width = self.places[i]
        shape = (height * FACTOR, width * FACTOR)
        large = shape[0] * shape[1]
        part = self.pixels[start : start + 2 * large + height * width]
        return (
            part[:large].reshape(shape),
            part[large : 2 * large].reshape(shape),
            part[2 * large :].reshape(height, width),
        )


def luma(image: NDArray[np.generic]) -> NDArray[np.float32]:
    """Full-range luma (H, W) of RGB (H, W, 3), in the units of the picture."""
    return np.asarray(image.astype(np.float32) @ _LUMA, np.float32)


def load(data: Path, teachers: Path, cache: Path) -> Sources:
    """Prepare every photo of the folders, or map what was prepared before into memory.

    Raises MLError where the data folder has none of them, WeightsError without teachers.
    """
    index, pixels = cache / "sources.json", cache / "sources.luma"
    if not index.exists():
        _prepare(data, teachers, index, pixels)
    places = json.loads(index.read_text("utf-8"))["places"]
    return Sources(np.memmap(pixels, np.uint8, "r"), np.array(places, np.int64))


def _prepare(data: Path, teachers: Path, index: Path, pixels: Path) -> None:
    from ml.train import superres_teachers

    photos = chosen(data)
    networks = list(superres_teachers.teachers(teachers).values())
    index.parent.mkdir(parents=True, exist_ok=True)
    places, names, start = [], [], 0
    with pixels.open("wb") as file:
        for number, (path, size) in enumerate(photos):
            true = _cropped(path, size)
            shrunk = rounded(bicubic.shrink(true.astype(np.float32), FACTOR))
            enlarged = superres_teachers.enlarged(networks, shrunk)
            planes = [rounded(luma(each)) for each in (true, enlarged, shrunk)]
            for plane in planes:
                file.write(plane.tobytes())
            names.append(path.relative_to(data).as_posix())
            places.append([start, *planes[2].shape])
            start += sum(plane.size for plane in planes)
            if number % 20 == 19:
                sys.stderr.write(f"{number + 1} of {len(photos)} photos prepared\n")
    index.write_text(json.dumps({"names": names, "places": places}), "utf-8")


def _cropped(path: Path, size: float) -> Pixels:
    """A photo at a share of its size, its sides cut to multiples of the factor."""
    photo = Picture.open(path).full()
    wanted = [max(_SMALLEST * FACTOR, round(side * size)) for side in photo.shape[1::-1]]
    if size < 1:
        photo = rounded(bicubic.resize(photo.astype(np.float32), (wanted[0], wanted[1])))
    height, width = (side // FACTOR * FACTOR for side in photo.shape[:2])
    return photo[:height, :width]


def rounded(values: NDArray[np.float32]) -> Pixels:
    """Values as 8-bit ones."""
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
