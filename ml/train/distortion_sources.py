"""The photos that distortion is learned and measured on, split by source, decoded once."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.image import Picture
from ml.train.labels import dhash, near_pairs

SIDE = 384
HELD_OUT = Path(__file__).parents[1] / "data" / "distortion_held_out.txt"
# Folders below the data folder, and how many photos of each at most.
FOLDERS = {
    "train/photos_hq": 9999,
    "train/photos_scenes": 9999,
    "train/photos_osie": 9999,
    "train/photos_coco_person": 9999,
    "train/photos_bsds": 9999,
    "train/photos_more": 9999,
    "train/faces_celeb": 9999,
    "train/faces_lfw_strangers": 300,
}


@dataclass(frozen=True)
class Sources:
    """Photos of one longest side, one after the other in one file."""

    names: tuple[str, ...]
    pixels: NDArray[np.uint8]
    places: NDArray[np.int64]
    """(photos, 3): where each begins, its height and width."""

    def __len__(self) -> int:
        return len(self.names)

    def photo(self, i: int) -> NDArray[np.uint8]:
        """The i-th photo, (H, W, 3)."""
        start, height, width = self.places[i]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    def only(self, names: set[str]) -> "Sources":
        """Those of the names."""
        kept = [i for i, name in enumerate(self.names) if name in names]
        return Sources(tuple(self.names[i] for i in kept), self.pixels, self.places[kept])


@cache
def held_out() -> frozenset[str]:
    """Names, relative to the data folder, of the photos that are never trained on."""
    return frozenset(HELD_OUT.read_text("utf-8").split())


def trained_on(path: Path) -> bool:
    """Whether the network has seen a photo, judged by its folder and name."""
    folder, name = "/".join(path.parts[-3:-1]), "/".join(path.parts[-3:])
    if folder not in FOLDERS or name in held_out():
        return False
    before = sum(1 for other in path.parent.iterdir() if other.is_file() and other < path)
    return before < FOLDERS[folder]


def split(sources: Sources) -> tuple[Sources, Sources]:
    """Photos for training, without near copies of held-out ones, and the held-out ones."""
    held = sources.only(set(held_out()))
    rest = sources.only(set(sources.names) - set(held.names))
    hashes = [[dhash(part.photo(i)) for i in range(len(part))] for part in (rest, held)]
    copies = {rest.names[i] for i, _ in near_pairs(hashes[0], hashes[1])}
    return rest.only(set(rest.names) - copies), held


def load(data: Path, cache: Path, side: int = SIDE) -> Sources:
    """Decode every photo of the folders to a long side of at most `side` pixels, or map what was
    decoded before into memory.

    Raises MLError where the data folder has none of them.
    """
    index = cache / f"sources_{side}.json"
    pixels = cache / f"sources_{side}.rgb"
    if not index.exists():
        _decode(data, index, pixels, side)
    told = json.loads(index.read_text("utf-8"))
    mapped = np.memmap(pixels, np.uint8, "r")
    return Sources(tuple(told["names"]), mapped, np.array(told["places"], np.int64))


def small(path: Path, side: int = SIDE) -> NDArray[np.uint8]:
    """A photo with a long side of `side` pixels at most."""
    view = Picture.open(path).view(side)
    factor = side / max(view.shape[:2])
    if factor >= 1:
        return view
    size = (max(1, round(view.shape[1] * factor)), max(1, round(view.shape[0] * factor)))
    return np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_AREA), np.uint8)


def _decode(data: Path, index: Path, pixels: Path, side: int) -> None:
    names = [
        path.relative_to(data).as_posix()
        for folder, most in FOLDERS.items()
        for path in sorted(path for path in (data / folder).glob("*") if path.is_file())[:most]
    ]
    if not names:
        raise MLError(f"{data} has none of {', '.join(FOLDERS)}")
    index.parent.mkdir(parents=True, exist_ok=True)
    places, start = [], 0
    with pixels.open("wb") as file:
        for name in names:
            photo = small(data / name, side)
            file.write(photo.tobytes())
            places.append([start, *photo.shape[:2]])
            start += photo.size
    index.write_text(json.dumps({"names": names, "places": places}), "utf-8")
