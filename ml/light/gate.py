"""From when on lost light is proposed to be given back, and given back without asking."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import WeightsError
from ml.light import brighten
from ml.light.statistics import view_of
from ml.light.told import KINDS, TREES, Loss, judge
from ml.weights.manifest import entry

FILE = Path(__file__).parents[1] / "data" / "light_gate.json"


@dataclass(frozen=True)
class Limit:
    """Of a kind: a probability of `proposed` on is proposed, one of `surest` on may be given back
    without asking.
    """

    proposed: float
    surest: float


@cache
def fitted() -> dict[str, Limit]:
    """Read the committed limits of all kinds; WeightsError where none have been fitted to
    these trees.
    """
    try:
        told = json.loads(FILE.read_text("utf-8"))
        limits = told["limits"]
    except (FileNotFoundError, KeyError):
        raise WeightsError("light has no gate; run: python -m ml train light-gate") from None
    if told.get("trees") != entry(TREES).sha256:
        raise WeightsError(
            "the gate of light was fitted to other trees; "
            "python -m ml train light-gate --data DIR fits it anew"
        )
    return {kind: Limit(**limit) for kind, limit in limits.items()}


def proposed(photo: NDArray[np.uint8]) -> tuple[Loss, ...]:
    """What the light of a photo (H, W, 3) surely lost: the likeliest kind alone, since each
    explains a part of what the others do.
    """
    limits = fitted()
    found = [one for one in judge(photo) if one.chance >= limits[one.kind].proposed]
    return tuple(brightened(one, photo) for one in sorted(found, key=_chance)[-1:])


def _chance(one: Loss) -> float:
    return one.chance


def brightened(one: Loss, photo: NDArray[np.uint8]) -> Loss:
    """A loss of a photo (H, W, 3) with the numbers that undo it best: of the dark, what a network
    that brightens says beside them.
    """
    if one.kind != "dark":
        return one
    return replace(one, params=brighten.blended(one.params, view_of(photo, brighten.SIDE)))


def write(limits: dict[str, Limit], told: dict[str, object]) -> None:
    """Commit limits with the figures that come with them."""
    by_kind = {kind: asdict(limits[kind]) for kind in KINDS}
    text = {"trees": entry(TREES).sha256, "limits": by_kind, **told}
    FILE.write_text(json.dumps(text, indent=2) + "\n", "utf-8")
    fitted.cache_clear()
