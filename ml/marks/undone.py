"""Marks taken away as a recipe's steps say: filled from around, or, where the picture is still
there beneath, given back their colour.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import ImageError, MLError
from ml.marks import stained
from ml.marks.colour import corrected
from ml.marks.kinds import KINDS
from ml.marks.mask import LONGEST, Mask, decoded, placed

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""
Told = tuple[str, dict[str, Any], float]
"""A kind, its parameters, and how much of it is undone, 0 to 1."""

BENEATH = ("stain",)
"""Kinds through which the picture is still seen."""
REPAIRED = tuple(kind for kind in KINDS if kind != "crease")
"""Kinds whose repair is proposed: neither way of repair gains on creases, which are told."""
_REACH = 3  # pixels around a hole that Telea's method looks at
_RIM = 48  # pixels around a mask that are seen


def check(kind: str, params: dict[str, Any]) -> Mask:
    """The mask of a step; raises MLError where that is none."""
    if kind not in REPAIRED:
        raise MLError(f"no repair of marks is called {kind!r}")
    if set(params) != {"mask"}:
        raise MLError("a mark has a “mask”")
    return decoded(params["mask"])


def undo(
    values: Values,
    mode: str,
    steps: Sequence[Told],
    tell: Callable[[float], None] | None = None,
) -> Values:
    """Take marks from pixels of a mode as Pillow names it; alpha and every pixel outside the masks
    stay, bit by bit.

    `tell` is called with the share that is done before each mark, and stops the work by raising.
    Raises ImageError for what is no L or RGB, MLError for a mask that is none, WeightsError without
    the network of stains where there are any.
    """
    colours = mode.removesuffix("A")
    if colours not in ("L", "RGB"):
        raise ImageError(f"marks on {mode} pictures are not repaired; save it as RGB")
    result = values.copy()
    pixels = result.reshape(*values.shape[:2], -1)[..., : len(colours)]
    for number, (kind, params, strength) in enumerate(steps):
        small = check(kind, params)
        mask = placed(small, (values.shape[1], values.shape[0]))
        for inside in _around(small, mask.shape):
            if tell:
                tell(number / len(steps))
            part, holes = pixels[inside], mask[inside]
            if not holes.any():
                continue
            done = (corrected if kind in BENEATH else filled)(part, holes)[holes]
            before = part[holes]
            mixed = before + np.float32(strength) * (done.astype(np.float32) - before)
            part[holes] = np.rint(mixed).astype(values.dtype)
    return result


def networks(steps: Sequence[Told]) -> tuple[str, ...]:
    """Names of the networks that take these away."""
    return (stained.NETWORK,) if any(kind in BENEATH for kind, _, _ in steps) else ()


def filled(pixels: Values, holes: Mask) -> Values:
    """Holes of (H, W, C) filled from around by Telea's method, a plane at a time."""
    hidden = holes.astype(np.uint8)
    planes = [
        cv2.inpaint(np.ascontiguousarray(pixels[..., i]), hidden, _REACH, cv2.INPAINT_TELEA)
        for i in range(pixels.shape[2])
    ]
    return np.stack(planes, 2)


def _around(mask: Mask, shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Rows and columns, in a photo of a shape (H, W), of each mark of a mask with what surrounds
    it; marks whose surroundings meet are one.
    """
    down, across = (shape[axis] / mask.shape[axis] for axis in (0, 1))
    reach = [min(LONGEST, math.ceil(_RIM / factor) + 1) for factor in (down, across)]
    around = cv2.dilate(mask.astype(np.uint8), np.ones([2 * each + 1 for each in reach], np.uint8))
    while True:
        boxes = cv2.connectedComponentsWithStats(around)[2][1:, :4]
        covered = np.zeros_like(around)
        for x, y, width, height in boxes:
            covered[y : y + height, x : x + width] = 1
        if np.array_equal(covered, around):
            break
        around = covered
    for x, y, width, height in boxes:
        rows = slice(int(y * down), math.ceil((y + height) * down))
        yield rows, slice(int(x * across), math.ceil((x + width) * across))


def draft(pixels: NDArray[np.uint8], steps: Sequence[Told]) -> NDArray[np.uint8]:
    """The same of a preview (H, W, 3)."""
    return np.asarray(undo(pixels, "RGB", steps), np.uint8)
