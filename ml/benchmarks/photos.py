"""Large photos to measure on: real photographs tiled to a camera's size, saved as it would."""

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ml.errors import ImageError, MLError
from ml.image import Picture

_ROOT = Path(__file__).resolve().parents[2]
_SHARED = _ROOT.parent / "shared" / "data" / "train"
_FOLDERS = ("photos_hq", "photos_osie", "photos_coco_person", "photos_scenes", "faces_group")
_BUILD = _ROOT / "build" / "bench"
_QUALITY = 92
_SEED = 3

SIZES = {12: (4000, 3000), 24: (6000, 4000)}
COUNTS = {12: 16, 24: 8}


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos of one size, where their parts came from, and a hash of all their bytes."""

    megapixels: int
    paths: tuple[Path, ...]
    origin: str
    sha256: str


def photos(megapixels: int) -> Photos:
    """Return the photos of that size, made at the first call; SIZES lists the sizes.

    Raises MLError when there is neither ../shared/data nor scikit-image to make them from.
    """
    width, height = SIZES[megapixels]
    sources, origin = _sources()
    rng = random.Random(_SEED)
    folder = _BUILD / f"{megapixels}mp-{origin}"
    folder.mkdir(parents=True, exist_ok=True)
    paths, digest = [], hashlib.sha256()
    for index in range(COUNTS[megapixels]):
        path = folder / f"{index:02}.jpg"
        tiles = rng.sample(sources, len(sources))
        if not path.exists():
            part = path.with_suffix(".part")
            _mosaic(tiles, width, height).save(part, "JPEG", quality=_QUALITY)
            part.replace(path)
        digest.update(path.read_bytes())
        paths.append(path)
    return Photos(megapixels, tuple(paths), origin, digest.hexdigest())


def _sources() -> tuple[list[Path], str]:
    shared = [
        path
        for name in _FOLDERS
        for path in sorted((_SHARED / name).rglob("*"))
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}
    ]
    if shared:
        return shared, "shared"
    try:
        import skimage
    except ImportError as error:
        raise MLError("the benchmark needs ../shared/data or scikit-image's pictures") from error
    folder = Path(skimage.__file__).parent / "data"
    return sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png"}), "skimage"


def _mosaic(tiles: list[Path], width: int, height: int) -> Image.Image:
    """Lay photos at their own size in rows until the canvas is full."""
    canvas = Image.new("RGB", (width, height))
    x = y = row = used = 0
    while y < height:
        try:
            tile = Picture.open(tiles[used % len(tiles)]).full()
        except ImageError:
            tile = np.zeros((1, 1, 3), np.uint8)
        used += 1
        canvas.paste(Image.fromarray(tile), (x, y))
        x, row = x + tile.shape[1], max(row, tile.shape[0])
        if x >= width:
            x, y, row = 0, y + row, 0
    return canvas
