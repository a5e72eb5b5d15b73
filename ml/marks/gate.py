"""Which marks of a photo are told: from which chance on a pixel is marked, and how many there must
be.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError, WeightsError
from ml.marks import find
from ml.marks.kinds import NETWORKS, Network
from ml.marks.mask import Mask
from ml.weights.manifest import entry, manifest

FILE = Path(__file__).parents[1] / "data" / "marks_gate.json"
LEAST = 1e-6
"""Share of a photo below which marks count as none."""


@dataclass(frozen=True)
class Limit:
    """Of a kind: pixels of a chance of `level` on are marked where one beside them reaches `core`;
    the chance that the photo has it is the logistic of `offset` + `slope` · log10 of the share of
    it that is marked; from `proposed` on it is told, from `surest` on repaired without asking.
    """

    level: float
    core: float
    offset: float
    slope: float
    proposed: float
    surest: float

    def chance(self, share: float) -> float:
        """How likely a photo has the kind, of which a share is marked."""
        if share <= 0:
            return 0.0
        told = self.offset + self.slope * math.log10(max(share, LEAST))
        return 1 / (1 + math.exp(-min(60.0, max(-60.0, told))))


@dataclass(frozen=True)
class Found:
    """A kind of mark: where it is, at the size that a network saw, and how likely it is there."""

    kind: str
    chance: float
    mask: Mask


@cache
def fitted() -> dict[str, Limit]:
    """Read the committed limits of all kinds; WeightsError where none have been fitted to
    these networks.
    """
    try:
        told = json.loads(FILE.read_text("utf-8"))
        limits = told["limits"]
    except (FileNotFoundError, KeyError):
        raise WeightsError("marks have no gate; run: python -m ml train marks-gate") from None
    if told.get("networks") != digests():
        raise WeightsError(
            "the gate of marks was fitted to other networks; "
            "python -m ml train marks-gate --data DIR fits it anew"
        )
    return {kind: Limit(**limit) for kind, limit in limits.items()}


def networks() -> tuple[Network, ...]:
    """Those whose weights there are."""
    return tuple(one for one in NETWORKS.values() if one.name in manifest())


def sought() -> tuple[str, ...]:
    """The kinds of marks that are looked for."""
    return tuple(kind for network in networks() for kind in network.kinds)


def digests() -> dict[str, str]:
    """The weights by name."""
    return {one.name: entry(one.name).sha256 for one in networks()}


def proposed(photo: NDArray[np.uint8]) -> tuple[Found, ...]:
    """The kinds of marks that a photo (H, W, 3) surely has."""
    limits = fitted()
    told = (_judged(find.chances(photo, network), limits) for network in networks())
    return tuple(
        one for several in told for one in several if one.chance >= limits[one.kind].proposed
    )


def found(photo: NDArray[np.uint8], kind: str) -> Found:
    """Where one kind of marks would be on a photo (H, W, 3), however unlikely; MLError for a kind
    that is not looked for.
    """
    limits = fitted()
    for network in networks():
        if kind in network.kinds:
            chances = find.chances(photo, network)
            return _judged({kind: chances[kind]}, limits)[0]
    raise MLError(f"nothing looks for marks called {kind!r}")


def _judged(told: find.Chances, limits: Mapping[str, Limit]) -> list[Found]:
    judged = list[Found]()
    for kind, chances in told.items():
        limit = limits[kind]
        mask = marked(chances, limit.level, limit.core)
        judged.append(Found(kind, limit.chance(float(mask.mean())), mask))
    return judged


def marked(chances: NDArray[np.float32], level: float, core: float) -> Mask:
    """Pixels of a chance of `level` on that hang together with one of `core` on."""
    count, labels = cv2.connectedComponents((chances >= level).astype(np.uint8), connectivity=8)
    kept = np.zeros(count, np.bool_)
    kept[labels[chances >= core]] = True
    kept[0] = False
    return np.asarray(kept[labels])


def write(limits: Mapping[str, Limit], told: Mapping[str, object]) -> None:
    """Commit limits with the figures that come with them."""
    by_kind = {kind: asdict(limit) for kind, limit in limits.items()}
    text = {"networks": digests(), "limits": by_kind, **told}
    FILE.write_text(json.dumps(text, indent=2) + "\n", "utf-8")
    fitted.cache_clear()
