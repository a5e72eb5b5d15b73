"""The photos that restoration is learned on, split by source from those it is measured on."""

from functools import cache
from pathlib import Path

from ml.errors import MLError
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
