"""What ImageMagick 6 and 7 do, told as warps of ours.

| ImageMagick | ours |
|---|---|
| `-swirl A` | Swirl, quadratic, angle -A, in the ellipse that touches the picture's edges |
| `-implode A` | Pinch (A > 0) or Bulge (A < 0), sine, in the same ellipse |
| `-wave AxL` | Wave, vertical, on a canvas that is higher by A above and below |
| `-distort Barrel` | Lens about the middle; `BarrelInverse` has no family of its own |
| `-distort Perspective` | Perspective, for four points that are the corners |
| `-distort Arc` | Arc over the width, on a canvas that holds all of it |
| `-distort Polar` | Polar, counterclockwise, to the nearest edge |
| `-distort ScaleRotateTranslate` (an angle alone) | Rotation about the middle |

GIMP's Whirl and Pinch is the composition (Pinch, Swirl) in one ellipse, with the same two formulas.
Adobe publishes none for Photoshop's Twirl.
"""

import math
from dataclasses import dataclass
from functools import partial

from ml.warps import compose
from ml.warps.arc import Arc
from ml.warps.bulge import Bulge
from ml.warps.lens import Lens
from ml.warps.perspective import Perspective
from ml.warps.pinch import Pinch
from ml.warps.polar import Polar
from ml.warps.rotation import Rotation
from ml.warps.sampling import Border, Pixels, lookup, sample
from ml.warps.swirl import Swirl
from ml.warps.warp import Pair, Points, Warp
from ml.warps.wave import Wave

Size = tuple[int, int]


@dataclass(frozen=True)
class Effect:
    """Warps whose result is a canvas of another size; `origin` is where its first pixel lies."""

    warps: tuple[Warp, ...]
    size: Size
    origin: Pair = (0.0, 0.0)

    def inverse(self, points: Points) -> Points:
        """Where points of the canvas lay in the clean picture."""
        return compose.inverse(self.warps, points + self.origin)

    def apply(self, image: Pixels, border: Border = "black") -> Pixels:
        """The canvas, bicubic."""
        return sample(image, lookup(partial(self.inverse), self.size), border)


def swirl(size: Size, degrees: float) -> Effect:
    """`-swirl degrees`."""
    ellipse = _corner_middle(size), size[0] / 2, size[1] / size[0]
    return Effect((Swirl(ellipse[0], -degrees, ellipse[1], ellipse[2]),), size)


def implode(size: Size, amount: float) -> Effect:
    """`-implode amount`; below 0 it explodes. Raises WarpError from 1 on, where it folds."""
    family = Pinch if amount >= 0 else Bulge
    middle, stretch = _corner_middle(size), size[1] / size[0]
    return Effect((family(middle, abs(amount), size[0] / 2, stretch, "sine"),), size)


def wave(size: Size, amplitude: float, wavelength: float) -> Effect:
    """`-wave amplitudexwavelength`."""
    margin = abs(amplitude)
    canvas = (size[0], int(size[1] + 2 * margin))
    return Effect((Wave((0.0, amplitude), wavelength),), canvas, (0.0, -margin))


def barrel(size: Size, a: float, b: float, c: float, d: float | None = None) -> Effect:
    """`-distort Barrel "a b c d"`; radii are multiples of half the short side there."""
    scale = 1 - a - b - c if d is None else d
    ratio = math.hypot(*size) / min(size)
    radius = math.hypot(*size) / 2
    lens = Lens(_middle(size), a * ratio**3, b * ratio**2, c * ratio, scale - 1, radius)
    return Effect((lens,), size)


def perspective(size: Size, moves: tuple[Pair, Pair, Pair, Pair]) -> Effect:
    """`-distort Perspective` of the four corners, clockwise from the top left, by vectors."""
    return Effect((Perspective((float(size[0]), float(size[1])), *moves),), size)


def polar(size: Size, radius: float | None = None) -> Effect:
    """`-distort Polar radius`, to the nearest edge where it is 0 or left out."""
    whole = (float(size[0]), float(size[1]))
    ring = Polar(_middle(size), whole, radius or min(size) / 2, direction="counterclockwise")
    return Effect((ring,), size)


def rotation(size: Size, degrees: float) -> Effect:
    """`-distort ScaleRotateTranslate degrees`."""
    return Effect((Rotation(_middle(size), degrees),), size)


def arc(size: Size, degrees: float) -> Effect:
    """`-distort Arc degrees`, on the canvas that holds all of it."""
    half, middle = math.radians(degrees) / 2, _middle(size)
    radius = size[0] / (2 * half)
    outer, inner = radius + (size[1] - 1) / 2, radius - (size[1] - 1) / 2
    # The four corners, and where the outer rim is level or upright.
    rim = [(turn, length) for turn in (-half, half) for length in (outer, inner)]
    rim += [(k * math.pi / 2, outer) for k in range(-3, 4) if abs(k * math.pi / 2) < half]
    x = [length * math.sin(turn) for turn, length in rim]
    y = [-length * math.cos(turn) for turn, length in rim]
    left, top = math.floor(min(x) - 0.5), math.floor(min(y) - 0.5)
    canvas = (math.ceil(max(x) - left + 0.5), math.ceil(max(y) - top + 0.5))
    origin = (middle[0] + left + 0.5, middle[1] + radius + top + 0.5)
    return Effect((Arc(middle, degrees, float(size[0])),), canvas, origin)


def _middle(size: Size) -> Pair:
    return size[0] / 2 - 0.5, size[1] / 2 - 0.5


def _corner_middle(size: Size) -> Pair:
    """The effects older than -distort work about a pixel corner."""
    return size[0] / 2, size[1] / 2
