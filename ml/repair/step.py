"""One finding that is repaired, and what its parameters stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.errors import MLError
from ml.light import told
from ml.marks import undone as marks
from ml.pixelation.covered import Covered
from ml.restoration import undone
from ml.warps import Warp
from ml.warps.told import description, from_json

# Whose findings can be repaired, in the order in which that is done: a mosaic's grid is straight
# in the file's own pixels, so that whatever bent the photo came before it; marks are painted on
# what is seen, before anything else moves or changes it; level comes last.
STAGES = ("pixelation", "marks", "damage", "light", "distortion", "rotation")
FOUND = tuple(stage for stage in STAGES if stage != "marks")
"""Those that are looked for; marks are painted by hand."""
TILTED, TURNED = "tilted", "turned"
_TOLD_AS = {"angle": "degrees"}
_ALONG = 24  # points a side at which it is looked how far they move


@dataclass(frozen=True)
class Step:
    """One finding that is repaired, with the parameters that are undone; `strength` 0 to 1."""

    stage: str
    kind: str
    params: dict[str, Any]
    strength: float = 1.0

    def check(self) -> None:
        """Raise MLError where this cannot be done."""
        if self.stage not in STAGES:
            raise MLError(f"no repair is called {self.stage!r}")
        if type(self.strength) not in (int, float) or not 0 <= self.strength <= 1:
            raise MLError("the strength is a number from 0 to 1")
        if self.stage == "pixelation":
            self.covered()
        elif self.stage == "damage":
            undone.check(self.kind, self.params)
        elif self.stage == "marks":
            marks.check(self.kind, self.params)
        elif self.stage == "light":
            told.check(self.kind, self.params)
        elif self.kind == TURNED:
            self.quarters()
        else:
            self.warp()

    def reach(self, box: Sequence[float]) -> float:
        """How far undoing this moves the points of a box (x, y, width, height) at most, in pixels;
        points that have no place in the clean photo left out.
        """
        if not self.bends:
            return 0.0
        x, y, width, height = box
        along = np.linspace(0, 1, _ALONG)
        across = np.meshgrid(x + width * along, y + height * along)
        points = np.stack(across, axis=-1).reshape(-1, 2)
        ways = np.linalg.norm(self.warp().inverse(points) - points, axis=1)
        return float(np.max(ways, initial=0.0, where=np.isfinite(ways)))

    @property
    def bends(self) -> bool:
        """Whether a warp says what is undone."""
        return self.stage == "distortion" or (self.stage == "rotation" and self.kind == TILTED)

    def warp(self) -> Warp:
        """What bent the photo or tilted it; WarpError where parameters are none."""
        warp = self._tilt() if self.stage == "rotation" else from_json(self.kind, self.params)
        return warp if self.strength == 1 else warp.weakened(self.strength)

    def covered(self) -> Covered:
        """Where a mosaic lies, and its grid."""
        if self.kind != "mosaic":
            raise MLError(f"no repair of pixelation is called {self.kind!r}")
        return Covered.of(self.params)

    def quarters(self) -> int:
        """By how many quarters clockwise the photo was turned, 1 to 3."""
        degrees = self.params.get("degrees")
        if set(self.params) != {"degrees"} or degrees not in (90, 180, 270):
            raise MLError("a turned photo has “degrees”, of 90, 180 or 270")
        return int(degrees) // 90

    def _tilt(self) -> Warp:
        if self.kind != TILTED:
            raise MLError(f"no repair of rotation is called {self.kind!r}")
        told = dict(self.params)
        return from_json("rotation", told | {"angle": told.pop("degrees", None)})


def turns() -> list[dict[str, Any]]:
    """The kinds of rotation with the parameters that can be set by hand, as ml.warps.told has
    those of warps.
    """
    tilt = description("rotation") | {"effect": TILTED, "summary": "Off level by a few degrees."}
    named = [
        each | {"name": _TOLD_AS.get(each["name"], each["name"])} for each in tilt["parameters"]
    ]
    turn = {"effect": TURNED, "summary": "On its side or upside down.", "parameters": []}
    return [tilt | {"parameters": named}, turn]
