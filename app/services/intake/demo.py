"""A small set of pictures to try everything on: drawn by this script, no one's photos."""

import io
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFilter
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Library, now
from app.services.intake import uploads
from app.services.work import dispatch

SIZE = (1440, 960)
FOLDER = "Demo"

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]


def add(session: Session, core: Core, library: Library) -> int:
    """Add the demo pictures to a library as if they had been dropped; commits."""
    count = 0
    for name, image in pictures():
        data = io.BytesIO()
        exif = PILImage.Exif()
        taken = datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(hours=5 * count)
        exif[0x0132] = f"{taken:%Y:%m:%d %H:%M:%S}"
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
        image.save(data, "JPEG", quality=90, exif=exif)
        upload = uploads.create(
            session,
            core,
            library,
            path=f"{FOLDER}/{name}.jpg",
            size=len(data.getvalue()),
            drop="demo",
            modified=now(),
        )
        core.storage.part(upload.id).write_bytes(data.getvalue())
        uploads.complete(core, upload)
        count += 1
    dispatch.publish(core)
    return count


def pictures() -> Iterator[tuple[str, PILImage.Image]]:
    """Yield (name, picture) of the set, the same ones at every call."""
    scenes: tuple[tuple[str, Callable[[np.random.Generator], PILImage.Image]], ...] = (
        ("Sunset over the hills", lambda rng: _hills(rng, (250, 150, 70), (70, 40, 90), True)),
        ("Morning mist", lambda rng: _hills(rng, (225, 228, 230), (120, 150, 175), False)),
        ("Alpine noon", lambda rng: _hills(rng, (200, 225, 245), (70, 130, 205), False)),
        ("Sea at dusk", _sea),
        ("City at night", _city),
        ("Red balloons", _balloons),
    )
    for index, (name, draw) in enumerate(scenes):
        yield name, draw(np.random.default_rng(index))


def _sky(low: Colour, high: Colour) -> Floats:
    width, height = SIZE
    t = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    column = np.array(high, np.float32) * (1 - t) + np.array(low, np.float32) * t
    return np.repeat(column, width, axis=1)


def _ridge(rng: np.random.Generator, base: float, height: float) -> Floats:
    x = np.linspace(0, 1, SIZE[0], dtype=np.float32)
    line = np.zeros_like(x)
    for octave in range(1, 8):
        line += np.sin(x * 2.1**octave * math.pi + rng.uniform(0, 6.3)) / 1.9**octave
    return (base - height * line) * SIZE[1]


def _hills(rng: np.random.Generator, low: Colour, high: Colour, sun: bool) -> PILImage.Image:
    picture = _sky(low, high)
    rows = np.arange(SIZE[1], dtype=np.float32)[:, None]
    columns = np.arange(SIZE[0], dtype=np.float32)[None, :]
    if sun:
        distance = np.hypot(columns - SIZE[0] * 0.62, rows - SIZE[1] * 0.55)
        glow = np.exp(-((distance / 260) ** 2))[..., None]
        picture = picture * (1 - glow) + np.array((255, 225, 150), np.float32) * glow
    near = np.array((24, 44, 32), np.float32)
    for layer in range(5):
        share = (layer + 1) / 5
        colour = np.array(low, np.float32) * 0.75 * (1 - share) + near * share
        ridge = _ridge(rng, 0.55 + 0.09 * layer, 0.09)
        edge = np.clip(rows - ridge[None, :], 0, 1)[..., None]
        picture = picture * (1 - edge) + colour * edge
    return _finish(picture, rng)


def _sea(rng: np.random.Generator) -> PILImage.Image:
    picture = _sky((245, 170, 120), (60, 70, 130))
    horizon = int(SIZE[1] * 0.55)
    rows = np.arange(SIZE[1] - horizon, dtype=np.float32)[:, None]
    columns = np.arange(SIZE[0], dtype=np.float32)[None, :]
    swell = np.sin(rows**1.3 * 0.7 + np.sin(columns * 0.01 + rows * 0.05) * 2)
    path = np.exp(-(((columns - SIZE[0] * 0.4) / (60 + rows * 0.5)) ** 2))
    water = np.array((38, 52, 92), np.float32) + swell[..., None] * 9
    picture[horizon:] = water + path[..., None] * np.array((190, 120, 70)) * (
        0.6 + 0.4 * swell[..., None]
    )
    return _finish(picture, rng)


def _city(rng: np.random.Generator) -> PILImage.Image:
    image = PILImage.fromarray(_sky((40, 34, 60), (8, 10, 26)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    x = -20
    while x < SIZE[0]:
        width, top = int(rng.integers(60, 140)), int(rng.integers(260, 720))
        shade = int(rng.integers(14, 34))
        pen.rectangle((x, top, x + width, SIZE[1]), fill=(shade, shade, shade + 10))
        for wx in range(x + 10, x + width - 12, 18):
            for wy in range(top + 14, SIZE[1] - 20, 24):
                if rng.random() < 0.4:
                    warm = int(rng.integers(170, 255))
                    pen.rectangle((wx, wy, wx + 8, wy + 12), fill=(warm, int(warm * 0.8), 110))
        x += width + int(rng.integers(4, 16))
    return _finish(np.asarray(image, np.float32), rng)


def _balloons(rng: np.random.Generator) -> PILImage.Image:
    image = PILImage.fromarray(_sky((190, 220, 245), (90, 150, 220)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = int(rng.integers(100, SIZE[0] - 100)), int(rng.integers(80, SIZE[1] - 300))
        r = int(rng.integers(40, 90))
        pen.line((x, y + r, x + int(rng.integers(-30, 30)), y + r * 4), fill=(90, 90, 96), width=2)
        red = int(rng.integers(170, 235))
        pen.ellipse((x - r, y - int(r * 1.2), x + r, y + int(r * 1.2)), fill=(red, 36, 44))
        pen.ellipse((x - r // 2, y - int(r * 0.8), x - r // 5, y - r // 3), fill=(red, 120, 124))
    return _finish(np.asarray(image, np.float32), rng)


def _finish(picture: Floats, rng: np.random.Generator) -> PILImage.Image:
    """Soften the edges and add a little grain, as a lens and a sensor do."""
    grain = rng.normal(0, 2.0, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    image = PILImage.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(0.7))
