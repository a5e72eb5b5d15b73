"""How a photo would look with a repair: made from its preview, kept nowhere."""

import io
from pathlib import Path
from threading import Semaphore

import numpy as np
from PIL import Image as PILImage

from app.errors import NotFound
from ml.errors import MLError
from ml.repair.recipe import Recipe
from ml.repair.unwarp import unwarp
from ml.warps import compose

_QUALITY = 85
_RENDERING = Semaphore(2)  # of the web server's threads


def render(preview: Path, width: int, recipe: Recipe) -> bytes:
    """Return the preview of a photo of `width` pixels, repaired, as WebP.

    NotFound where the recipe's parameters cannot be.
    """
    with _RENDERING, PILImage.open(preview) as image:
        pixels = np.asarray(image.convert("RGB"))
        try:
            warps = compose.scaled(recipe.warps, pixels.shape[1] / width)
            done = unwarp(pixels, warps, recipe.rim).pixels if warps else pixels
        except MLError as error:
            raise NotFound(f"These parameters cannot be: {error}.") from None
        out = io.BytesIO()
        PILImage.fromarray(done).save(out, "WEBP", quality=_QUALITY, method=2)
    return out.getvalue()
