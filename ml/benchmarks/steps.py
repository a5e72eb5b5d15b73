"""Our path step by step, for the table of where the time goes: `python -m ml.benchmarks.steps`."""

import io
from typing import Any

import cv2
from PIL import Image

from ml.benchmarks.contender import Stopwatch, serve
from ml.errors import WeightsError
from ml.faces.detect import SIDES, detect
from ml.image import Picture
from ml.pipeline import VIEW_SIDE
from ml.results import Result
from ml.stages.table import STAGES

_THUMB_SIDE = 512


def work(paths: list[str], watch: Stopwatch) -> dict[str, Any]:
    """Time each step; the faces stage is split by running its detection once more alone."""
    for path in paths:
        picture = watch.time("header", Picture.open, path)
        watch.time("decode", picture.view, VIEW_SIDE)
        watch.time("thumb", _thumb, picture)
        result = watch.time("tags", STAGES["tags"].run, picture, Result())
        watch.time("faces_detect", detect, picture.view(max(SIDES)))
        result = watch.time("faces", STAGES["faces"].run, picture, result)
        try:
            watch.time("categories", STAGES["categories"].run, picture, result)
        except WeightsError:
            continue  # no scene network on this machine: the table goes without it
    return {}


def _thumb(picture: Picture) -> bytes:
    """The gallery's picture, as the web application stores it."""
    view = picture.view(_THUMB_SIDE)
    scale = _THUMB_SIDE / max(view.shape[:2])
    size = (round(view.shape[1] * scale), round(view.shape[0] * scale))
    out = io.BytesIO()
    small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
    Image.fromarray(small).save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


if __name__ == "__main__":
    serve(work)
