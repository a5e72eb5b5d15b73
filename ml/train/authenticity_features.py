"""What `ml.authenticity.frozen` measures of every picture, as a photo is looked at and developed at
random: computed once, so that heads are fitted in seconds.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity import fringes, frozen, people, statistics
from ml.authenticity.frozen import PARTS, features
from ml.authenticity.patches import CELL, LEAST, NARROWEST, SIDE, prepared
from ml.authenticity.people import around, cut_out, faces
from ml.train.authenticity_examples import METHODS, SHRUNK, developed
from ml.train.authenticity_sources import Pixels, Sources
from ml.train.authenticity_splices import Random, saved
from ml.weights.manifest import entry

LOOKED, DEVELOPED = "looked", "developed"
PEOPLE = "people"  # the largest face of a picture with what is around, where that is large enough
TRIED = ("jpeg95", "jpeg75", "jpeg50", "half")  # never fitted on; of every fifth picture
_FIFTH = 5
_QUALITY = 90  # of the halved
_SMALLEST, _LARGEST = 330, 900  # px of the long side of developed pictures
_SHORT = (NARROWEST + CELL) / SHRUNK  # px of the short side at least
_SAVED = 0.85  # share that is compressed

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """`parts`: (variants, pictures, values) by name, NaN where a variant leaves a picture out;
    variant 0 is as photos are looked at.
    """

    parts: dict[str, Values]


def measured(sources: Sources, folder: Path, variants: tuple[str, ...]) -> Measured:
    """Measure what no file in the folder holds yet of these sources, by these features."""
    found, key = [], _key(sources)
    for variant in variants:
        path = folder / f"features_{variant}_{key}.npz"
        if not path.exists():
            _measure(sources, path, variant)
        with np.load(path) as kept:
            found.append({part: kept[part].astype(np.float32) for part in PARTS})
    return Measured({part: np.stack([each[part] for each in found]) for part in PARTS})


def fringed(sources: Sources, folder: Path, variants: tuple[str, ...]) -> Values:
    """How clearly each picture shows colour fringes (variants, pictures), NaN where a variant
    leaves it out; measured where no file in the folder holds it yet.
    """
    key = _short(sources.key.encode(), _code(fringes), _code(people))
    found = []
    for variant in variants:
        path = folder / f"fringes_{variant}_{key}.npy"
        if not path.exists():
            seen = np.full(len(sources), np.nan, np.float32)
            for i, shown in _shown(sources, variant):
                seen[i] = fringes.fringes(shown)
            np.save(path, seen)
        found.append(np.load(path))
    return np.stack(found)


def _key(sources: Sources) -> str:
    """What features depend on, in short: pictures, network, and how both are looked at."""
    networks = [entry(name).sha256.encode() for name in (frozen.NETWORK, frozen.OBJECTS)]
    return _short(sources.key.encode(), *networks, *map(_code, (frozen, statistics, people)))


def _code(module: ModuleType) -> bytes:
    return Path(module.__file__ or "").read_bytes()


def _short(*told: bytes) -> str:
    return hashlib.sha256(b"".join(told)).hexdigest()[:12]


def _measure(sources: Sources, path: Path, variant: str) -> None:
    parts = dict[str, Values]()
    for i, shown in _shown(sources, variant):
        for part, values in features(shown).parts.items():
            nothing = np.full((len(sources), len(values)), np.nan, np.float32)
            parts.setdefault(part, nothing)[i] = values
        if i % 100 == 0:
            print(f"{variant} {i} of {len(sources)}", flush=True)
    halves: dict[str, Any] = {part: each.astype(np.float16) for part, each in parts.items()}
    np.savez(path, **halves)


def _shown(sources: Sources, variant: str) -> Iterator[tuple[int, Pixels]]:
    """The pictures that a variant has, each as it is seen."""
    rng = np.random.default_rng(len(variant))
    for i in range(0, len(sources), _FIFTH if variant in TRIED else 1):
        picture = sources.picture(i)
        shown = person(picture) if variant == PEOPLE else picture
        if shown is not None:
            yield i, looked_at(shown, variant, rng)


def person(picture: Pixels) -> Pixels | None:
    """What the stage would cut out about the largest face; None where that is too small."""
    picture = np.ascontiguousarray(picture)
    longest = max(picture.shape[:2])
    for face in faces(picture, longest)[:1]:
        piece = cut_out(picture, around(face, picture.shape[1::-1]), longest)
        if min(piece.shape[:2]) >= LEAST:
            return piece
    return None


def looked_at(picture: Pixels, variant: str, rng: Random) -> Pixels:
    """A picture brought to a size, perhaps developed, saved, and seen as the stage sees a photo."""
    longest, shortest = max(picture.shape[:2]), min(picture.shape[:2])
    most, method = SIDE / SHRUNK, cv2.INTER_AREA
    if variant == DEVELOPED:
        most = float(np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST))))
        method = METHODS[rng.integers(len(METHODS))]
    factor = max(min(SHRUNK, most / longest), _SHORT / shortest)
    if method != cv2.INTER_AREA and factor < 0.7:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.35 / factor), np.uint8)
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    found = np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)
    quality, fine = round(float(rng.triangular(60, 90, 98))), bool(rng.random() < 0.4)
    if variant == DEVELOPED:
        found = np.ascontiguousarray(developed(found, rng))
        quality = round(float(rng.triangular(45, 92, 99)))
    if variant in TRIED:
        return prepared(_tried(found, variant))
    if rng.random() < _SAVED:
        found = saved(found, quality, fine=fine)
    return prepared(found)


def _tried(picture: Pixels, variant: str) -> Pixels:
    if variant.startswith("jpeg"):
        return saved(picture, int(variant[4:]), fine=False)
    factor = max(0.5, min(1.0, _SHORT / min(picture.shape[:2])))
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    return saved(
        np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), _QUALITY
    )
