"""Parts of photographs filled by MI-GAN, made once and kept: a second and more each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ml.evaluate import inpainting
from ml.image.picture import within
from ml.train.authenticity_sources import REAL, Pixels, Sources
from ml.train.authenticity_splices import Mask, blob

COUNT = 150
_SMALLEST, _LARGEST = 450, 1040  # px of the long side that is filled in
_LEAST, _MOST = 0.02, 0.15  # of the area, each of one to three parts
_SEED = 5


@dataclass(frozen=True)
class Fills:
    """Files of photographs with filled parts, each with its mask as a fourth plane."""

    paths: tuple[Path, ...]

    def draw(self, rng: np.random.Generator) -> tuple[Pixels, Mask]:
        """One of them (H, W, 3), and where it is filled (H, W), 0 or 1."""
        path = self.paths[rng.integers(len(self.paths))]
        planes = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8)
        return planes[..., :3], (planes[..., 3] < 128).astype(np.float32)


def fills(sources: Sources, folder: Path) -> Fills:
    """The fills of a folder, made where they are not there yet: four minutes of one core.

    Raises WeightsError without MI-GAN.
    """
    folder.mkdir(exist_ok=True)
    return Fills(tuple(_made(sources, folder)))


def _made(sources: Sources, folder: Path) -> Iterator[Path]:
    rng = np.random.default_rng(_SEED)
    groups = list(sources.of(REAL).values())
    for i in range(COUNT):
        group = groups[i % len(groups)]
        picture = sources.picture(int(group[rng.integers(len(group))]))
        longest = min(rng.uniform(_SMALLEST, _LARGEST), 0.95 * max(picture.shape[:2]))
        photo = np.ascontiguousarray(within(picture, round(longest)))
        height, width = photo.shape[:2]
        parts = [blob(height, width, rng, _LEAST, _MOST) for _ in range(rng.integers(1, 4))]
        mask = np.max(parts, 0) > 0.5
        path = folder / f"{i:03}.png"
        if not path.exists():
            planes = np.dstack([inpainting.filled(photo, mask), 255 * np.uint8(~mask)])
            part = folder / "part.png"
            cv2.imwrite(str(part), planes)
            part.replace(path)
        yield path
