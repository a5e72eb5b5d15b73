"""How each kind of warp is written as numbers and read again, in the one table.

Every vector has WIDTH numbers of about unit size, of which a kind uses the first ones. Positions
run from -1 to 1 over the picture, lengths are logarithms of multiples of its short side, a wave's
phase and amplitude become the two amplitudes of its cosine and sine at the middle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.estimators.encodings import about_a_centre as round_
from ml.estimators.encodings import waves
from ml.estimators.encodings import whole_picture as whole
from ml.estimators.encodings.numbers import Size, Vector
from ml.warps import FAMILIES, Warp, WarpError
from ml.warps.bulge import Bulge
from ml.warps.pinch import Pinch

WIDTH = 15
_PATIENCE, _WEAKER = 30, 0.85  # times that a warp that folds is weakened, and by what
_HALVINGS = 6  # on the way back to the strongest


@dataclass(frozen=True)
class Encoding:
    """How one kind is written: `length` numbers, `strengths` of them first, and its models."""

    length: int
    strengths: int
    write: Callable[[Any, Size], list[float]]
    read: Callable[[Vector, Size, str], Warp]
    model: str = ""

    def choices(self, kind: str) -> tuple[str, ...]:
        """The models that a network tells apart."""
        return FAMILIES[kind].parameters()[self.model].choices if self.model else ()


ENCODINGS: dict[str, Encoding] = {
    "swirl": Encoding(5, 1, round_.write_swirl, round_.read_swirl, "profile"),
    "barrel": Encoding(3, 1, round_.write_lens, round_.lens_reader("barrel", 1)),
    "pincushion": Encoding(3, 1, round_.write_lens, round_.lens_reader("pincushion", -1)),
    "fisheye": Encoding(3, 1, round_.write_fisheye, round_.read_fisheye),
    "bulge": Encoding(5, 1, round_.write_local, round_.local_reader(Bulge), "model"),
    "pinch": Encoding(5, 1, round_.write_local, round_.local_reader(Pinch), "model"),
    "wave": Encoding(5, 4, waves.write_wave, waves.read_wave),
    "ripple": Encoding(5, 2, waves.write_ripple, waves.read_ripple),
    "polar": Encoding(7, 0, whole.write_polar, whole.read_polar),
    "arc": Encoding(4, 1, whole.write_arc, whole.read_arc),
    "contour": Encoding(15, 15, whole.write_contour, whole.read_contour),
    "perspective": Encoding(8, 8, whole.write_perspective, whole.read_perspective),
    "shear": Encoding(2, 2, whole.write_shear, whole.read_shear),
    "rotation": Encoding(1, 1, whole.write_rotation, whole.read_rotation),
}


def encode(warp: Warp, size: Size) -> Vector:
    """The numbers (WIDTH,) of a warp on a picture of (width, height), zeros behind its own."""
    numbers = ENCODINGS[kind_of(warp, size)].write(warp, size)
    return np.array(numbers + [0.0] * (WIDTH - len(numbers)))


def decode(kind: str, vector: Vector, size: Size, choice: str = "") -> Warp:
    """The warp that numbers (WIDTH,) describe; weakened where it would fold.

    Raises WarpError where even a weak one would (never for numbers of about unit size).
    """
    encoding = ENCODINGS[kind]
    choices = encoding.choices(kind)
    choice = choice or (choices[0] if choices else "")
    numbers = np.clip(vector, -20, 20)
    strong = np.arange(len(numbers)) < encoding.strengths

    def read(share: float) -> Warp:
        return encoding.read(np.where(strong, share * numbers, numbers), size, choice)

    share, warp = 1.0, None
    for _ in range(_PATIENCE):
        try:
            warp = read(share)
            break
        except WarpError:
            share *= _WEAKER
    if warp is None:
        return read(share)
    return warp if share == 1 else _strongest(read, share, warp)


def _strongest(read: Callable[[float], Warp], share: float, warp: Warp) -> Warp:
    """The strongest warp that does not fold, from one on that is weakened to a share."""
    most = share / _WEAKER
    for _ in range(_HALVINGS):
        middle = (share + most) / 2
        try:
            share, warp = middle, read(middle)
        except WarpError:
            most = middle
    return warp


def kind_of(warp: Warp, size: Size) -> str:
    """The kind a warp counts as: a lens is a barrel or a pincushion."""
    if warp.kind != "lens":
        return warp.kind
    return "barrel" if round_.bend(warp, size) >= 0 else "pincushion"


def choice_of(warp: Warp) -> str:
    """The model within the kind that a network tells apart, "" where there is only one."""
    encoding = ENCODINGS.get(warp.kind)
    return str(getattr(warp, encoding.model)) if encoding and encoding.model else ""
