"""A folder as somebody would drop it: photos made from a seed, some twice, some broken."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from PIL import Image

BROKEN_SHARE = 0.02
TWIN_SHARE = 0.04
SIDECAR_SHARE = 0.02
LARGE_SHARE = 0.08  # sent in several pieces
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- %d --></x:xmpmeta>'


@dataclass(frozen=True)
class File:
    """One file of the drop; `kind` is photo, broken or sidecar."""

    path: str
    data: bytes
    kind: str

    @property
    def sha256(self) -> str:
        """The hash of its bytes as hex."""
        return sha256(self.data).hexdigest()


def make(photos: int, seed: int) -> list[File]:
    """A drop with this many distinct photos, besides twins, sidecars and broken files."""
    rng = np.random.default_rng(seed)
    return [file for n in range(photos) for file in _around(n, rng)]


def _around(n: int, rng: np.random.Generator) -> Iterator[File]:
    """Photo number `n`, and at times its twin, its sidecar, or a broken file beside it."""
    folder, data = f"drop/day {n // 50}", photo(n, rng)
    yield File(f"{folder}/IMG_{n:04d}.jpg", data, "photo")
    if rng.random() < TWIN_SHARE:
        yield File(f"drop/best/IMG_{n:04d} (copy).jpg", data, "photo")
    if rng.random() < SIDECAR_SHARE:
        yield File(f"{folder}/IMG_{n:04d}.xmp", XMP % n, "sidecar")
    if rng.random() < BROKEN_SHARE:
        broken = (b"", b"not a photo, number %d" % n, data[: len(data) // 2], data[:40])
        choice = broken[int(rng.integers(len(broken)))]
        yield File(f"{folder}/BAD_{n:04d}.jpg", choice, "broken")


def photo(n: int, rng: np.random.Generator) -> bytes:
    """A small JPEG that exists once; about every twelfth has several hundred kilobytes."""
    large = rng.random() < LARGE_SHARE
    side = 640 if large else 160
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    smooth = np.asarray(
        coarse.resize((side, side * 3 // 4), Image.Resampling.BICUBIC), dtype=np.int16
    )
    grain = rng.integers(-40 if large else -6, 41 if large else 7, smooth.shape, dtype=np.int16)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0132] = f"2026:05:{1 + n // 50 % 28:02d} 10:{n % 60:02d}:00"
    pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()
