"""A photo on disk: its header at once, its pixels when asked for and no larger than asked for."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import ImageError
from ml.image import formats
from ml.image.decode import decode
from ml.image.header import Header, damage_as_image_error, is_raw_tiff, open_plugin, read_header
from ml.image.raw import decode_raw, read_raw_header

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB, sRGB, upright."""

MAX_PIXELS = 160_000_000


class Picture:
    """One photo; not safe to share between threads.

    Convention: pixels are RGB, sRGB, 8 bit, upright; coordinates elsewhere are pixels of the
    upright photo at full size.
    """

    def __init__(self, path: Path, form: formats.Format, header: Header) -> None:
        self.path = path
        self.header = header
        self.form = form
        self._largest: Image | None = None

    @classmethod
    def open(cls, path: str | Path, max_pixels: float = MAX_PIXELS) -> "Picture":
        """Read the header of a photo, told by its content; no pixel is decoded.

        Raises ImageError when the file is missing, empty, of a kind that is not taken, damaged, or
        has more than `max_pixels` pixels.
        """
        path = Path(path)
        form = formats.sniff(formats.read_head(path))
        with damage_as_image_error(path):
            if form is formats.TIFF:
                form = is_raw_tiff(path) or form
            if form.raw:
                header = read_raw_header(path, form)
            else:
                with open_plugin(path, form) as image:
                    header = read_header(image, form)
        if min(header.width, header.height) < 1:
            raise ImageError("the picture data is damaged: it has no size")
        if header.width * header.height > max_pixels:
            raise ImageError(
                f"the photo has {header.width} × {header.height} pixels, more than the limit of "
                f"{max_pixels / 1e6:g} megapixels; scale it down first"
            )
        return cls(path, form, header)

    @property
    def raw(self) -> bool:
        """Whether this is a camera's RAW."""
        return self.form.raw

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright photo at full size, in pixels."""
        return self.header.width, self.header.height

    def view(self, side: int) -> Image:
        """Return the photo as (H, W, 3) uint8 sRGB, upright, read-only, with a long side of at
        least min(side, full).

        It is scaled in the decoder where that can do so, and kept: a later, smaller view comes out
        of it. The long side is below twice `side`, or full size. A RAW gives its embedded preview,
        which may be smaller than asked. Raises ImageError for damage that the header does not show.
        """
        wanted = min(max(1, side), max(self.size))
        if self._largest is None or max(self._largest.shape[:2]) < wanted:
            self._largest = self._decode(wanted)
            self._largest.flags.writeable = False
        return shrink(self._largest, wanted)

    def full(self) -> Image:
        """Return the photo at full size, otherwise as `view`."""
        return self.view(max(self.size))

    def _decode(self, side: int) -> Image:
        if self.form.raw:
            return decode_raw(self.path, self.header, side)
        return decode(self.path, self.form, self.header, side)


def shrink(pixels: Image, side: int) -> Image:
    """Halve pixels as often as the long side stays at or above `side`; of odd sides the last pixel
    of the result shows half as much as the others.
    """
    for _ in range((max(pixels.shape[:2]) // max(1, side)).bit_length() - 1):
        pixels = _halved(pixels)
    return pixels


def _halved(pixels: Image) -> Image:
    """Means of 2 × 2 pixels, which OpenCV takes ten times as fast as any others: odd sides have
    their last pixels twice.
    """
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        rim = cv2.BORDER_REPLICATE
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, rim))
    size = (-(-width // 2), -(-height // 2))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def within(pixels: Image, side: int) -> Image:
    """Average (H, W, 3) down to a long side of exactly `side`, where it is longer."""
    factor = side / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
