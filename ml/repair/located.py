"""What was seen on a repaired version, told in pixels of the photo."""

from dataclasses import replace

import numpy as np

from ml.repair.recipe import Geometry
from ml.results import Face, Result, Tag


def in_photo(result: Result, geometry: Geometry) -> Result:
    """Return a version's result with every box and landmark where it lies in the photo; what has no
    place there is left out.
    """
    tags, faces = result.tags, result.faces
    return replace(
        result,
        tags=None if tags is None else tuple(t for tag in tags if (t := _tag(tag, geometry))),
        faces=None if faces is None else tuple(f for face in faces if (f := _face(face, geometry))),
    )


def _tag(tag: Tag, geometry: Geometry) -> Tag | None:
    box = geometry.box_in(tag.box, repaired=False)
    return replace(tag, box=box) if box else None


def _face(face: Face, geometry: Geometry) -> Face | None:
    box = geometry.box_in(face.box, repaired=False)
    points = geometry.to_photo(np.asarray(face.landmarks, np.float64))
    if box is None or not np.isfinite(points).all():
        return None
    return replace(face, box=box, landmarks=points.astype(np.float32))
