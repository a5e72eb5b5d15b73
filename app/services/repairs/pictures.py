"""How a photo would look with a repair: made from its preview, kept nowhere."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from app.errors import AppError, NotFound
from ml.errors import MLError
from ml.marks import limits
from ml.marks.mask import encoded
from ml.repair.recipe import Recipe, draft

_QUALITY = 85
_PATIENCE_S = 20.0
_RENDERING = Semaphore(2)  # of the web server's threads


def pixels(preview: Path) -> NDArray[np.uint8]:
    """Return the pixels (H, W, 3) of a preview."""
    with PILImage.open(preview) as image:
        return np.asarray(image.convert("RGB"))


def render(preview: NDArray[np.uint8], width: int, recipe: Recipe) -> bytes:
    """Return the preview (H, W, 3) of a photo of `width` pixels, repaired, as WebP.

    NotFound where the recipe's parameters cannot be; AppError (429) where others keep the machine
    busy for so long that a browser need not wait.
    """
    with turn():
        try:
            done = draft(preview, recipe, preview.shape[1] / width)
        except MLError as error:
            raise NotFound(f"These parameters cannot be: {error}.") from None
    out = io.BytesIO()
    PILImage.fromarray(done).save(out, "WEBP", quality=_QUALITY, method=2)
    return out.getvalue()


def marks(preview: NDArray[np.uint8], kind: str) -> str:
    """Return where a kind of marks is found on a preview (H, W, 3), as ml.marks.mask encodes it.

    NotFound where that kind is not looked for; AppError (429) as `render`.
    """
    with turn():
        try:
            found = limits.found(preview, (kind,))[kind]
        except MLError as error:
            raise NotFound(f"Marks cannot be looked for: {error}.") from None
    return encoded(found)


@contextmanager
def turn() -> Iterator[None]:
    """Hold one of the few places for work on pictures in a request; AppError (429) where others
    keep the machine busy for so long that a browser need not wait.
    """
    if not _RENDERING.acquire(timeout=_PATIENCE_S):
        raise AppError("Other pictures are being made at this moment. Try it again.", status=429)
    try:
        yield
    finally:
        _RENDERING.release()
