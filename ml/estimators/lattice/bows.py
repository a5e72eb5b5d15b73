"""Arcs on a canvas that holds all of them, as ImageMagick draws them.

Its canvas follows from the picture's size and the angle, so that of a canvas only the angle is to
be tried; networks, to which a picture fills its canvas, take such arcs for others.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ml.estimators.encodings.whole_picture import write_bow
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, Measure, best, measured
from ml.warps import imagemagick
from ml.warps.arc import Arc

_DEGREES = np.arange(8.0, 178.0, 0.2)
_NEAR = (-1, 0, 1)  # pixels by which a rounded canvas may miss the picture's sides
_LEAST = 24  # pixels a side
_SIDE, _THIN = 3, 3
_LIKELY = 60


def likely(evidence: Evidence) -> list[Fit]:
    """The arcs of this canvas whose fringes are the loudest and fit together in small patches."""
    arcs = [arc for degrees in _DEGREES.tolist() for arc in _arcs(evidence.size, degrees)]
    fits = [Fit("bow", "", write_bow(arc, evidence.size)) for arc in arcs]
    patches = evidence.patches(_SIDE, _THIN)
    blunt = Measure(patches, lambda maps: evidence.likeness(maps, patches, blunt=True))
    return best(measured(fits, blunt), _LIKELY)


def _arcs(canvas: tuple[int, int], degrees: float) -> Iterator[Arc]:
    """The arcs by that angle of pictures that fill the canvas (width, height)."""
    half = math.radians(degrees) / 2
    outer = (canvas[0] - 1) / (2 * math.sin(half))
    inner = (outer - (canvas[1] - 1)) / math.cos(half)
    width, height = (outer + inner) * half, outer - inner + 1
    if inner <= 0 or min(width, height) < _LEAST:
        return
    for wider in _NEAR:
        for higher in _NEAR:
            size = (round(width) + wider, round(height) + higher)
            effect = imagemagick.arc(size, degrees)
            if effect.size == canvas:
                middle = (size[0] / 2 - 0.5, size[1] / 2 - 0.5)
                x, y = effect.origin
                yield Arc(middle, degrees, float(size[0]), 1.0, (-x, -y))


def in_place(warp: Arc) -> Arc:
    """An arc that leaves the middle of the picture where it found it: fringes tell where the source
    begins to a fraction of a pixel, and nothing of which pixel.
    """
    (x, y), (right, down) = warp.center, warp.shift
    return replace(warp, center=(x + right, y + down), shift=(0.0, 0.0))
