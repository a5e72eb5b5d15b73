"""From when on damage is proposed, and repaired without asking, kind by kind."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from ml.errors import WeightsError
from ml.restoration.grain import Grain, Pixels, judge
from ml.restoration.undone import RANGES, more

_SMALLEST = 64  # px
_LOUDEST = 16.0  # grey levels of noise, beside which undoing motion lost on training photos: 1 dB
FILE = Path(__file__).parents[1] / "data" / "damage_gate.json"


@dataclass(frozen=True)
class Limit:
    """Of a kind: a probability of `proposed` on, and `mildest` in the kind's unit, is proposed, one
    of `surest` on may be repaired without asking, above 1 never. Quality counts downwards.
    """

    proposed: float
    surest: float
    mildest: float

    def passed(self, one: Grain) -> bool:
        """Whether damage is proposed."""
        quality = one.kind == "jpeg"
        strong = one.number <= self.mildest if quality else one.number >= self.mildest
        return strong and one.chance >= self.proposed


@cache
def fitted() -> dict[str, Limit]:
    """Read the committed limits of all kinds; WeightsError where none have been fitted."""
    try:
        told = json.loads(FILE.read_text("utf-8"))["limits"]
    except (FileNotFoundError, KeyError):
        raise WeightsError("damage has no gate; run: python -m ml train grain-gate") from None
    return {kind: Limit(**limit) for kind, limit in told.items()}


def proposed(photo: Pixels) -> tuple[Grain, ...]:
    """What of a photo's (H, W, 3) noise, blur and compression is sure and strong enough to be told,
    with numbers that the restoration takes; nothing of a photo that is too small to tell, and no
    motion beside much noise that is told, where its way is told wrongly too often.
    """
    if min(photo.shape[:2]) < _SMALLEST:
        return ()
    limits = fitted()
    found = [_within(one) for one in judge(photo) if limits[one.kind].passed(one)]
    loud = any(one.kind == "noise" and one.number > _LOUDEST for one in found)
    return tuple(one for one in found if not (loud and one.kind == "motion_blur"))


def _within(one: Grain) -> Grain:
    """The same with numbers that the restoration takes."""
    wide = more(one.kind)
    shape = {name: float(np.clip(value, *wide[name])) for name, value in one.shape.items()}
    return replace(one, number=float(np.clip(one.number, *RANGES[one.kind])), shape=shape)


def write(limits: dict[str, Limit], told: dict[str, object]) -> None:
    """Commit limits with the figures that come with them."""
    text = {"limits": {kind: asdict(limit) for kind, limit in limits.items()}, **told}
    FILE.write_text(json.dumps(text, indent=2) + "\n", "utf-8")
    fitted.cache_clear()
