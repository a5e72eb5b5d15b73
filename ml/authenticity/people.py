"""The people of a photo, each cut out with their surroundings, to be judged by themselves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.authenticity.patches import LEAST, VIEW
from ml.faces.detect import SIDES, detect
from ml.image import Picture
from ml.results import Box

Pixels = NDArray[np.uint8]
Place = tuple[int, int, int, int]  # left, top, right, bottom

MOST = 6  # people of a photo, the largest first
AROUND = 3.0  # widths of a face that are cut out about it
_SIDES = (640, 320)  # px of views: faces that these do not show are too small to be judged
_SEEN = 0.8  # score of a face


@dataclass(frozen=True)
class Cut:
    """`face` and `place`, what is cut out, in pixels of the upright photo; its pixels (H, W, 3),
    sides of LEAST at least.
    """

    face: Box
    place: Box
    pixels: Pixels


def cut(picture: Picture) -> list[Cut]:
    """Cut out the largest people of a photo whose surroundings are large enough to be judged.

    Raises WeightsError when the detector is missing, ImageError when the photo turns out damaged.
    """
    found = faces(picture.view(_SIDES[0]), max(picture.size), _SIDES)
    cuts = []
    for face in found[:MOST]:
        place = around(face, picture.size)
        pixels = _pixels(picture, place)
        if min(pixels.shape[:2]) >= LEAST:
            left, top, right, bottom = place
            cuts.append(Cut(face, (left, top, right - left, bottom - top), pixels))
    return cuts


def faces(view: Pixels, longest: int, sides: tuple[int, ...] = SIDES) -> list[Box]:
    """Faces seen in a view of a photo at some sizes, the largest first, in pixels of a long side
    of `longest`.
    """
    scale = longest / max(view.shape[:2])
    boxes = [each.corners * scale for each in detect(view, sides, _SEEN)]
    found = [(float(x1), float(y1), float(x2 - x1), float(y2 - y1)) for x1, y1, x2, y2 in boxes]
    return sorted(found, key=lambda box: -box[2])


def around(face: Box, size: tuple[int, int]) -> Place:
    """Left, top, right and bottom of what is cut out about a face, within a photo of `size`."""
    reach = AROUND * max(face[2], face[3]) / 2
    across, down = face[0] + face[2] / 2, face[1] + face[3] / 2
    return (
        max(0, round(across - reach)),
        max(0, round(down - reach)),
        min(size[0], round(across + reach)),
        min(size[1], round(down + reach)),
    )


def _pixels(picture: Picture, place: Place) -> Pixels:
    """A piece of a photo, out of the view where that is large enough, else out of all of it."""
    piece = cut_out(picture.view(VIEW), place, max(picture.size))
    if min(piece.shape[:2]) < LEAST <= min(place[2] - place[0], place[3] - place[1]):
        piece = cut_out(picture.full(), place, max(picture.size))
    return piece


def cut_out(view: Pixels, place: Place, longest: int) -> Pixels:
    """The piece of a view (H, W, 3) at a place in pixels of a long side of `longest`."""
    scale = max(view.shape[:2]) / longest
    left, top, right, bottom = (round(side * scale) for side in place)
    return view[top:bottom, left:right]
