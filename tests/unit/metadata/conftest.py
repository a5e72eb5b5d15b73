"""Small generated photos in the formats that are written into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 64, 48
MakePhoto = Callable[..., Path]


@pytest.fixture
def make_photo(tmp_path: Path) -> MakePhoto:
    """`make_photo("a.jpg", orientation=6, **save)`: WIDTH × HEIGHT as stored."""

    def make(
        name: str, *, orientation: int | None = None, mode: str = "RGB", **options: object
    ) -> Path:
        bands = len(Image.new(mode, (1, 1)).getbands())
        noise = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, bands), dtype=np.uint8)
        image = Image.fromarray(noise.squeeze(), mode if bands in (1, 3, 4) else None)
        if orientation is not None:
            exif = Image.Exif()
            exif[0x010F] = "Proofcam"
            exif[0x0112] = orientation
            options["exif"] = exif
        path = tmp_path / name
        image.save(path, **options)
        return path

    return make
