"""The pictures that authenticity is learned and measured on, by class and collection, decoded once.

A collection is a set of photographs or one generator: what is left out together, so that figures
tell of cameras and generators that were never seen.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.image import Picture
from ml.image.picture import within

Pixels = NDArray[np.uint8]

SIDE = 1100  # px; larger pictures of both classes are averaged down to this long side
LEFT_OUT = Path(__file__).parents[1] / "data" / "authenticity_left_out.txt"
BADGE = 0.12  # of the height at the bottom: where one collection's generators sign their pictures
_BADGED = "train/ai_generated/c1/"
_GENERATED = "train/ai_generated/"
REAL, GENERATED, EDITED = "real", "generated", "edited"
# Folders of photographs below the data folder, and what their collection is called.
REALS = {
    "train/photos_hq": "wallpapers",
    "train/photos_scenes": "ade20k",
    "train/photos_osie": "osie",
    "train/photos_coco_person": "coco",
    "train/photos_bsds": "bsds",
    "train/faces_celeb": "celebrities",
    "train/faces_group": "groups",
    "train/real_camera": "cameras",
    "train/photoshopped_psbattles/real_original": "psbattles",
}
EDITS = "train/photoshopped_psbattles/photoshopped"
_LEAST = 300  # px of the long side: smaller pictures tell nothing
_GENERATORS = {
    "GPT-4o": "gpt-4o",
    "Nano banana": "nano-banana",
    "FLUX": "flux",
    "DALL-E 2": "dall-e-2",
    "Stable Diffusion 1.x": "stable-diffusion",
    "Stable Diffusion 1.5": "stable-diffusion",
    "stable-diffusion.cpp": "stable-diffusion",
    "ComfyUI": "others",
    "Kolors": "others",
}
# Left out together when calibration is tried: a generator with the collections of photographs.
FOLDS: dict[str, tuple[str, ...]] = {
    "gpt-4o": ("cameras", "bsds"),
    "nano-banana": ("wallpapers", "groups"),
    "flux": ("coco",),
    "dall-e-2": ("osie", "psbattles"),
    "stable-diffusion": ("ade20k", "celebrities"),
}


@dataclass(frozen=True)
class Source:
    """A picture by its path below the data folder, its class and its collection."""

    name: str
    kind: str
    collection: str


@dataclass(frozen=True)
class Sources:
    """Decoded pictures, one after the other in one file; `places` (pictures, 3) says where each
    begins, its height and width.
    """

    told: tuple[Source, ...]
    pixels: NDArray[np.uint8]
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.told)

    @property
    def key(self) -> str:
        """Which pictures these are, in short: what is kept about others is not theirs."""
        told = "".join(f"{source}" for source in self.told)
        return hashlib.sha256(told.encode() + self.places.tobytes()).hexdigest()[:12]

    def picture(self, i: int) -> Pixels:
        """The i-th picture, (H, W, 3)."""
        start, height, width = self.places[i]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    def longest(self) -> NDArray[np.int64]:
        """Long sides (pictures,) in pixels."""
        return np.asarray(self.places[:, 1:].max(1))

    def of(self, kind: str) -> dict[str, list[int]]:
        """Positions of a class by collection."""
        found: dict[str, list[int]] = {}
        for i, source in enumerate(self.told):
            if source.kind == kind:
                found.setdefault(source.collection, []).append(i)
        return found


def left_out() -> frozenset[str]:
    """Drawings, collages and screenshots among the pictures: nothing to learn about photographs."""
    return frozenset(LEFT_OUT.read_text("utf-8").splitlines())


def trained_on(path: Path) -> bool:
    """Whether training may have seen a picture, judged by its folder; edits are only measured on,
    their originals are not.
    """
    return any(f"/{folder.rstrip('/')}/" in path.as_posix() for folder in (*REALS, _GENERATED))


def listed(data: Path) -> tuple[Source, ...]:
    """Every picture of the collections; raises MLError where the data folder has no INDEX.tsv."""
    index = data / "INDEX.tsv"
    if not index.is_file():
        raise MLError(f"{data} has no INDEX.tsv, which says what generated each picture")
    found = []
    for line in index.read_text("utf-8").splitlines()[1:]:
        name, label, *_ = line.split("\t")
        source = _source(name, label)
        if source is not None and name not in left_out() and (data / name).is_file():
            found.append(source)
    return tuple(sorted(found, key=lambda each: each.name))


def _source(name: str, label: str) -> Source | None:
    if name.startswith(_GENERATED):
        collection = next((_GENERATORS[key] for key in _GENERATORS if label.startswith(key)), None)
        return None if collection is None else Source(name, GENERATED, collection)
    if name.startswith(f"{EDITS}/"):
        return Source(name, EDITED, "psbattles")
    for folder, collection in REALS.items():
        if name.startswith(f"{folder}/"):
            return Source(name, REAL, collection)
    return None


def load(data: Path, cache: Path) -> Sources:
    """Decode every picture, or map what was decoded before into memory."""
    index, pixels = cache / "sources.json", cache / "sources.rgb"
    if not index.exists():
        _decode(data, index, pixels)
    told = json.loads(index.read_text("utf-8"))
    return Sources(
        tuple(Source(*each) for each in told["sources"]),
        np.memmap(pixels, np.uint8, "r"),
        np.array(told["places"], np.int64),
    )


def _decode(data: Path, index: Path, pixels: Path) -> None:
    index.parent.mkdir(parents=True, exist_ok=True)
    kept, places, start = list[Source](), list[list[int]](), 0
    with pixels.open("wb") as file:
        for source in listed(data):
            picture = within(Picture.open(data / source.name).view(SIDE), SIDE)
            if source.name.startswith(_BADGED):
                picture = picture[: round(len(picture) * (1 - BADGE))]
            if max(picture.shape[:2]) < _LEAST:
                continue
            file.write(np.ascontiguousarray(picture).tobytes())
            kept.append(source)
            places.append([start, *picture.shape[:2]])
            start += picture.size
    sources = [[each.name, each.kind, each.collection] for each in kept]
    index.write_text(json.dumps({"sources": sources, "places": places}), "utf-8")
