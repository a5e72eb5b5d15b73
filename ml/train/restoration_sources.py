"""The photos that restoration is learned on, split by source from those it is measured on."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ml.errors import MLError
from ml.image import Picture
from ml.image.formats import is_taken
from ml.train import distortion_sources

HELD_OUT = Path(__file__).parents[1] / "data" / "restoration_held_out.txt"
# Sharp photos and paintings, to be damaged; the pairs of real noise and darkness are apart.
PHOTOS = (
    "train/photos_hq",
    "train/photos_osie",
    "train/photos_bsds",
    "train/photos_scenes",
    "train/photos_coco_person",
)
PAINTINGS = "train/paintings"
LOW_LIGHT = "train/lowlight_lol"
REAL_NOISE = "train/noise_polyu"
SHARPER = 0.75  # the files are JPEGs: made smaller, they are clean
FOLDERS = (*PHOTOS, PAINTINGS, f"{LOW_LIGHT}/low", f"{LOW_LIGHT}/high", REAL_NOISE)


@cache
def held_out() -> frozenset[str]:
    """Names, relative to the data folder, of the photos that are never trained on: those of
    distortion, and paintings, old photos, pairs of darkness and of noise (whole scenes).
    """
    own = HELD_OUT.read_text("utf-8").split()
    return distortion_sources.held_out() | frozenset(own)


def trained_on(path: Path) -> bool:
    """Whether training may have seen a photo, judged by its folder and name."""
    return any(
        path.as_posix().endswith(f"/{folder}/{path.name}")
        and f"{folder}/{path.name}" not in held_out()
        for folder in FOLDERS
    )


def training_photos(data: Path, folders: tuple[str, ...]) -> list[Path]:
    """Photos of the folders for training; raises MLError where there is none."""
    found = [
        path
        for folder in folders
        for path in sorted((data / folder).glob("*"))
        if is_taken(path) and f"{folder}/{path.name}" not in held_out()
    ]
    if not found:
        raise MLError(f"{data} has none of {', '.join(folders)}")
    return found


def load(data: Path, cache: Path) -> distortion_sources.Sources:
    """Decode and shrink every photo and painting for training, or map what was decoded before.

    Raises MLError where the data folder has none of them.
    """
    return _mapped(data, cache / "sources", lambda: training_photos(data, (*PHOTOS, PAINTINGS)))


def load_held_out(data: Path, cache: Path) -> distortion_sources.Sources:
    """The same of the photos and paintings that are never trained on."""
    folders = (*PHOTOS, PAINTINGS)
    names = [name for name in sorted(held_out()) if name.rpartition("/")[0] in folders]
    return _mapped(
        data, cache / "held_out", lambda: [data / name for name in names if (data / name).is_file()]
    )


def _mapped(data: Path, place: Path, paths: Callable[[], list[Path]]) -> distortion_sources.Sources:
    index, pixels = place.with_suffix(".json"), place.with_suffix(".rgb")
    if not (index.exists() and pixels.exists()):
        place.parent.mkdir(parents=True, exist_ok=True)
        names, places, start = list[str](), list[list[int]](), 0
        with pixels.open("wb") as file:
            for path in paths():
                photo = clean(path)
                file.write(photo.tobytes())
                places.append([start, *photo.shape[:2]])
                names.append(path.relative_to(data).as_posix())
                start += photo.size
        index.write_text(json.dumps({"names": names, "places": places}), "utf-8")
    told = json.loads(index.read_text("utf-8"))
    mapped = np.memmap(pixels, np.uint8, "r")
    places_of = np.array(told["places"], np.int64)
    return distortion_sources.Sources(tuple(told["names"]), mapped, places_of)


def whole(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A photo as it is."""
    return np.ascontiguousarray(Picture.open(path).full())


def clean(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A photo at SHARPER of its size."""
    photo = Picture.open(path).full()
    size = (round(photo.shape[1] * SHARPER), round(photo.shape[0] * SHARPER))
    return np.ascontiguousarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
