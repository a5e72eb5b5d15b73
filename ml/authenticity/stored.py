"""A JPEG's pixels as they are stored: luma and colour before anything is turned, converted or made
smaller. What saving and sensors leave lies on that grid alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.image import Picture, formats
from ml.image.decode import turn_upright
from ml.image.header import DECODER_ERRORS, damage_as_image_error, open_plugin

Pixels = NDArray[np.uint8]

MOST = 48_000_000  # px: larger ones are not looked at


@dataclass(frozen=True)
class Stored:
    """`luma` (H, W) uint8 as the JPEG `picture` has it; `table` (8, 8): the steps of that."""

    luma: Pixels
    table: NDArray[np.int64]
    picture: Picture

    def planes(self) -> Pixels:
        """Luma and both colours (H, W, 3), decoded anew: few files need them, and they take three
        times as long. Raises ImageError of what was saved as red, green and blue, or is damaged.
        """
        path, form = self.picture.path, self.picture.form
        with damage_as_image_error(path), open_plugin(path, form) as image:
            return _as_stored(image, "YCbCr")

    def upright(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask (h, w) that lies over what is stored, as it lies over the upright photo."""
        turned = turn_upright(mask.astype(np.uint8)[..., None], self.picture.header.orientation)
        return turned.reshape(turned.shape[:2]).astype(bool)


def stored(picture: Picture) -> Stored | None:
    """Decode a JPEG's luma as it is stored; None of anything else, of what is too large, or
    damaged.
    """
    width, height = picture.size
    if picture.header.format != formats.JPEG.name or width * height > MOST:
        return None
    try:
        with open_plugin(picture.path, picture.form) as image:
            tables = getattr(image, "quantization", None) or {}
            if 0 not in tables or image.mode not in ("L", "RGB"):
                return None
            table = np.array(tables[0], np.int64).reshape(8, 8)
            return Stored(_as_stored(image, "L"), table, picture)
    except DECODER_ERRORS:
        return None


def _as_stored(image: Image.Image, mode: str) -> Pixels:
    """Its pixels in one of the modes that its decoder has without converting."""
    image.draft(mode, image.size)
    image.load()
    return np.asarray(image if image.mode == mode else image.convert(mode))
