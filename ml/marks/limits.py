"""From which chance on a pixel is told to be marked, kind by kind."""

import json
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

FILE = Path(__file__).parents[1] / "data" / "marks_limits.json"


@dataclass(frozen=True)
class Limit:
    """Pixels of a chance of `level` on are marked where one that they hang together with reaches
    `core`.
    """

    level: float
    core: float

    def marked(self, chances: NDArray[np.float32]) -> Mask:
        """The pixels of (h, w) that are marked."""
        sure = chances >= self.core
        if not sure.any():
            return sure
        linked = (chances >= self.level).astype(np.uint8)
        count, labels = cv2.connectedComponents(linked, connectivity=8)
        kept = np.zeros(count, np.bool_)
        kept[labels[sure]] = True
        return np.asarray(kept[labels])


@cache
def fitted() -> dict[str, Limit]:
    """Read the committed limits of all kinds; WeightsError where none have been fitted to
    these networks.
    """
    try:
        told = json.loads(FILE.read_text("utf-8"))
        limits = told["limits"]
    except (FileNotFoundError, KeyError):
        raise WeightsError("marks have no limits; run: python -m ml train marks-limits") from None
    if told.get("networks") != digests():
        raise WeightsError(
            "the limits of marks were fitted to other networks; "
            "python -m ml train marks-limits --data DIR fits them anew"
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


def found(photo: NDArray[np.uint8], kinds: tuple[str, ...]) -> dict[str, Mask]:
    """Where kinds of marks are on a photo (H, W, 3), at the size that a network saw; MLError for a
    kind that is not looked for.
    """
    unknown = set(kinds) - set(sought())
    if unknown:
        raise MLError(f"nothing looks for marks called {', '.join(sorted(unknown))}")
    limits, told = fitted(), dict[str, Mask]()
    for network in networks():
        if wanted := [kind for kind in network.kinds if kind in kinds]:
            chances = find.chances(photo, network)
            told |= {kind: _rimmed(limits[kind].marked(chances[kind]), kind) for kind in wanted}
    return told


def _rimmed(mask: Mask, kind: str) -> Mask:
    """What is filled of a kind: beside a tear its shadow too, which hardly shows by itself."""
    if kind != "tear":
        return mask
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def write(limits: Mapping[str, Limit], told: Mapping[str, object]) -> None:
    """Commit limits with the figures that come with them."""
    by_kind = {kind: asdict(limit) for kind, limit in limits.items()}
    text = {"networks": digests(), "limits": by_kind, **told}
    FILE.write_text(json.dumps(text, indent=2) + "\n", "utf-8")
    fitted.cache_clear()
