"""Faces of a photo: found in a small view, cut from a larger one where they need it, embedded."""

import numpy as np
from numpy.typing import NDArray

from ml.errors import EstimationError, WeightsError
from ml.faces.align import align, scale_to_template
from ml.faces.detect import Detection
from ml.faces.embed import embed
from ml.faces.find import find
from ml.faces.quality import quality
from ml.faces.second_look import landmarks
from ml.image import Image, Picture
from ml.results import Box, Face

# A face that is enlarged by more than this on its way to the embedder is cut from the full decode
# instead.
_MAX_ENLARGEMENT = 1.3
_MIN_WIDTH_PX = 14  # of the photo; a smaller face is told, but nobody can be told by it


def find_faces(picture: Picture, view_side: int) -> tuple[tuple[Face, ...], str | None]:
    """Find and embed the faces of a photo whose view of `view_side` is decoded already.

    Returns the faces, largest first, and why they have no embedding, or None. Raises WeightsError
    when the detector is missing, ImageError when the photo turns out damaged.
    """
    found = sorted(find(picture, view_side), key=_width, reverse=True)
    source = _source_for(found, picture, view_side)
    scale = source.shape[1] / picture.size[0]
    crops = [align(source, landmarks(source, face.scaled(scale))) for face in found]
    vectors, missing = _embeddings(found, crops)
    faces = tuple(
        Face(
            _box(detection),
            detection.score,
            detection.landmarks,
            quality(crop, detection.landmarks, detection.score),
            vector,
        )
        for detection, crop, vector in zip(found, crops, vectors, strict=True)
    )
    return faces, missing


def _embeddings(
    found: list[Detection], crops: list[Image]
) -> tuple[list[NDArray[np.float32] | None], str | None]:
    """Embed the faces that are large enough; the others get None, as all do without the network."""
    vectors: list[NDArray[np.float32] | None] = [None] * len(crops)
    large = [index for index, face in enumerate(found) if _width(face) >= _MIN_WIDTH_PX]
    if not large:
        return vectors, None
    try:
        embedded = embed(np.stack([crops[index] for index in large]))
    except (WeightsError, EstimationError) as error:
        return vectors, str(error)
    for index, vector in zip(large, embedded, strict=True):
        vectors[index] = vector
    return vectors, None


def _width(detection: Detection) -> float:
    return float(detection.corners[2] - detection.corners[0])


def _source_for(found: list[Detection], picture: Picture, view_side: int) -> Image:
    """Return the view that the faces are cut from: the one at hand, or full size where a face is
    small in it.
    """
    view = picture.view(view_side)
    gain = max(picture.size) / max(view.shape[:2])
    if gain > 1 and any(
        scale_to_template(face.landmarks) * gain > _MAX_ENLARGEMENT for face in found
    ):
        return picture.full()
    return view


def _box(detection: Detection) -> Box:
    x1, y1, x2, y2 = (float(value) for value in detection.corners)
    return (round(x1, 2), round(y1, 2), round(x2 - x1, 2), round(y2 - y1, 2))
