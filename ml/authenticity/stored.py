"""A JPEG's pixels as they are stored: luma and colour before anything is turned, converted or made
smaller. What saving and sensors leave lies on that grid alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.image import Picture, formats
from ml.image.decode import turn_upright
from ml.image.header import DECODER_ERRORS, open_plugin

Pixels = NDArray[np.uint8]

MOST = 48_000_000  # px: larger ones are not looked at
_STRAIGHT = 1


@dataclass(frozen=True)
class Stored:
    """`planes` (H, W, 3) uint8: luma and both colours, as a JPEG has them; `table` (8, 8): the
    steps of its luma; `orientation` (1 to 8): how the upright photo lies in it.
    """

    planes: Pixels
    table: NDArray[np.int64]
    orientation: int = _STRAIGHT

    @property
    def luma(self) -> Pixels:
        """(H, W)."""
        return self.planes[..., 0]

    def upright(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask (h, w) that lies over what is stored, as it lies over the upright photo."""
        turned = turn_upright(mask.astype(np.uint8)[..., None], self.orientation)
        return turned.reshape(turned.shape[:2]).astype(bool)


def stored(picture: Picture) -> Stored | None:
    """Decode a JPEG as it is stored; None of anything else, of what is too large, or damaged."""
    width, height = picture.size
    if picture.header.format != formats.JPEG.name or width * height > MOST:
        return None
    try:
        with open_plugin(picture.path, picture.form) as image:
            tables = getattr(image, "quantization", None) or {}
            if 0 not in tables or image.mode not in ("L", "RGB"):
                return None
            image.draft("YCbCr", image.size)
            planes = np.asarray(image.convert("YCbCr"))
            table = np.array(tables[0], np.int64).reshape(8, 8)
    except DECODER_ERRORS:
        return None
    return Stored(planes, table, picture.header.orientation)
