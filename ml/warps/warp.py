"""What a geometric warp is: frozen parameters, a forward and an inverse map of points."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError

Points = NDArray[np.float64]
"""(N, 2) as (x, y) in pixels, pixel centres at integers."""

Pair = tuple[float, float]
Shape = Literal["number", "position", "vector", "size", "series", "choice"]
Of = Literal["short", "long", "diagonal"]


class WarpError(MLError):
    """Parameters that fold the picture over itself, or are no parameters at all."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter of a warp is told, drawn and scaled.

    `lo`, `hi` and `default` of a length are multiples of `of` (the short side, the long side or
    half the diagonal), of a position fractions of width and height, else values in `unit`.
    A `strength` at 0 leaves every point where it is.
    """

    shape: Shape
    unit: str
    lo: float = 0.0
    hi: float = 0.0
    default: float | Pair | str | tuple[float, ...] = 0.0
    of: Of | None = None
    strength: bool = False
    choices: tuple[str, ...] = ()


def parameter(
    shape: Shape,
    unit: str,
    lo: float = 0.0,
    hi: float = 0.0,
    default: float | Pair | str | tuple[float, ...] = 0.0,
    *,
    of: Of | None = None,
    strength: bool = False,
    choices: tuple[str, ...] = (),
    **value: Any,
) -> Any:
    """A dataclass field with its `Parameter`; `value=` gives the dataclass a default."""
    told = Parameter(shape, unit, lo, hi, default, of, strength, choices)
    if "value" in value:
        return field(default=value["value"], metadata={"parameter": told})
    return field(metadata={"parameter": told})


def center() -> Any:
    """The field that most warps share: the point about which they work, in pixels."""
    return parameter("position", "px", 0.35, 0.65, (0.5, 0.5))


@dataclass(frozen=True)
class Warp(ABC):
    """A bijection of the plane that turns a clean picture into a distorted one.

    Convention: points are (N, 2) float64 pixels as (x, y), pixel centres at integers, so that
    resizing a picture by f takes x to (x + 0.5) f - 0.5. Lengths are pixels, angles degrees,
    clockwise on the screen positive. Where a map is not defined (beyond a horizon, off the end of
    an arc) the point is NaN. Raises WarpError for parameters that fold the picture.
    """

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        for name, told in self.parameters().items():
            value = getattr(self, name)
            if told.shape == "choice":
                if value not in told.choices:
                    known = ", ".join(told.choices)
                    raise WarpError(f"{self.kind}: {name} is one of {known}, not {value!r}")
            elif not np.all(np.isfinite(np.asarray(value, np.float64))):
                raise WarpError(f"{self.kind}: {name} must be a number, not {value}")
        self.check()

    @abstractmethod
    def forward(self, points: Points) -> Points:
        """Where points of the clean picture lie in the distorted one."""

    @abstractmethod
    def inverse(self, points: Points) -> Points:
        """Where points of the distorted picture lay in the clean one."""

    def check(self) -> None:  # noqa: B027  (most warps cannot fold)
        """Raise WarpError where the parameters fold the picture."""

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Every parameter by name, in order."""
        return {each.name: each.metadata["parameter"] for each in fields(cls)}

    def scaled(self, factor: float) -> Self:
        """The same warp for the picture resized by `factor`."""
        changed = {
            name: _scaled(getattr(self, name), told, factor)
            for name, told in self.parameters().items()
            if told.unit == "px"
        }
        return replace(self, **changed)

    def weakened(self, share: float) -> Self:
        """The warp with its strength multiplied by `share`; 0 is the identity, except of a polar
        map, which has none.
        """
        changed = {
            name: _times(getattr(self, name), share)
            for name, told in self.parameters().items()
            if told.strength
        }
        return replace(self, **changed)

    def as_json(self) -> dict[str, Any]:
        """The parameters as plain values."""
        values = {name: getattr(self, name) for name in self.parameters()}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, tuple):
        return tuple(each * factor for each in value)
    return value * factor


def _scaled(value: Any, told: Parameter, factor: float) -> Any:
    if told.shape == "position":
        return tuple((each + 0.5) * factor - 0.5 for each in value)
    return _times(value, factor)


def base_length(of: Of | None, size: tuple[int, int]) -> float:
    """What lengths of a parameter are multiples of, in pixels of a picture of (width, height)."""
    if of is None:
        return 1.0
    return {"short": min(size), "long": max(size), "diagonal": math.hypot(*size) / 2}[of]


def rotated(vectors: Points, angles: NDArray[np.float64] | float) -> Points:
    """Vectors (N, 2) turned by angles (N,) in radians, clockwise on the screen."""
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = vectors[:, 0], vectors[:, 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], 1)
