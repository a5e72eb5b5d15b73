"""Rotation: photos that stand on their side or upside down, and those that are not level."""

from typing import Any

import numpy as np

from ml.authenticity.frozen import OBJECTS
from ml.image import Picture
from ml.repair.step import TILTED, TURNED
from ml.results import Finding
from ml.rotation import orientation, tilt
from ml.weights.manifest import entry

VIEW = 768  # px


def find_rotation(picture: Picture) -> tuple[Finding, ...]:
    """Say by how much a photo is turned; nothing where that is not sure.

    Quarter turns are looked for where the file does not say which way is up. Raises WeightsError
    when a network or the head is missing, ImageError when the photo turns out damaged.
    """
    view = picture.view(VIEW)
    width, height = picture.size
    region = (0.0, 0.0, float(width), float(height))
    found = list[Finding]()
    quarters = 0
    if not picture.header.oriented:
        stands = orientation.orientation(view)
        if stands.proposed:
            quarters = stands.turned // 90
            params: dict[str, Any] = {"degrees": stands.turned}
            found.append(Finding("rotation", TURNED, stands.confidence, params, region))
    leans = tilt.tilt(np.ascontiguousarray(np.rot90(view, quarters)))
    if leans is not None and leans.proposed:
        centre = [(width - 1) / 2, (height - 1) / 2]
        params = {"center": centre, "degrees": round(leans.angle, 3)}
        found.insert(0, Finding("rotation", TILTED, leans.confidence, params, region))
    return tuple(found)


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    read = ("scene", OBJECTS, tilt.NETWORK)
    return (("orientation", orientation.digest()), *((name, entry(name).sha256) for name in read))
