"""Limits of marks: from which chance on pixels are marked, by what is right on held-out photos."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.table import DEGRADATIONS
from ml.marks import find, limits
from ml.marks.kinds import OF, Network
from ml.marks.limits import Limit
from ml.train import distortion_sources, restoration_sources
from ml.train.marks_examples import SEEN, UNSURE, visible
from ml.train.restoration_sources import PAINTINGS

Pixels = NDArray[np.uint8]
Counts = NDArray[np.float64]

SOURCES = Path("build/restoration")  # where what was decoded lies
LIMITS = (Limit(0.3, 0.5), Limit(0.5, 0.5), Limit(0.5, 0.8), Limit(0.65, 0.9), Limit(0.8, 0.95))
"""What is tried."""
FALSE = 0.005
"""Of clean photos."""
_SEVERITIES = (0.15, 0.9)
_PHOTOS = 60  # that are damaged in every way
_SIDE = 1024  # of clean photos
_ON_PAINTINGS = ("losses", "craquelure")


@dataclass(frozen=True)
class Looks:
    """What is found on photos by each of LIMITS: pixels that were rightly marked, that were marked,
    and that are (photos, limits, 3), traces counting neither way, and all that were marked (photos,
    limits), as shares of a photo; and in which half each photo is.
    """

    counts: Counts
    marked: Counts
    half: NDArray[np.bool_]

    def only(self, half: bool) -> "Looks":
        """Those of one half."""
        chosen = self.half == half
        return Looks(self.counts[chosen], self.marked[chosen], self.half[chosen])

    def best(self) -> int:
        """Which of LIMITS has the best F1 over all photos' pixels together."""
        right, said, true = np.moveaxis(self.counts.sum(0), 1, 0)
        return int((2 * right / np.maximum(said + true, 1e-9)).argmax())


def main(data: Path) -> None:
    """Damage the held-out photos below `data` in every way and look at clean ones; fit on all and
    write ml/data/marks_limits.json, with F1, precision and recall of every damage's masks, and the
    share that is marked of clean photos, by limits fitted on the other half of the photos.
    """
    cv2.setNumThreads(1)
    held = restoration_sources.load_held_out(data, SOURCES)
    names = [name for name in sorted(distortion_sources.held_out()) if (data / name).is_file()]
    chosen, told = dict[str, Limit](), dict[str, object]()
    for network in limits.networks():
        clean = look(data, names, network)
        for kind in network.kinds:
            by = [name for name, one in DEGRADATIONS.items() if OF.get(one.kind) == kind]
            worn = {name: damaged(held, network, name) for name in by}
            both = joined(worn.values())
            chosen[kind] = LIMITS[both.best()]
            told |= {name: crossed(both, worn[name], clean[kind]) for name in by}
            told[f"clean_{kind}"] = unmarked(both, clean[kind])
            print(kind, chosen[kind], {name: told[name] for name in by}, flush=True)
    limits.write(chosen, {"clean_photos": len(names), "held_out": told})


def look(data: Path, names: list[str], network: Network) -> dict[str, Looks]:
    """What is found on clean photos, by kind."""
    found: dict[str, list[tuple[Counts, Counts]]] = {kind: [] for kind in network.kinds}
    for name in names:
        photo = distortion_sources.small(data / name, _SIDE)
        for kind, chances in find.chances(photo, network).items():
            found[kind].append(_counts(chances, np.zeros(chances.shape, np.uint8)))
    return {kind: _looks(each, names) for kind, each in found.items()}


def damaged(held: distortion_sources.Sources, network: Network, name: str) -> Looks:
    """What is found on photos of one kind of damage, chosen at random; paint comes off paintings,
    of which there are few, and of some photos.
    """
    first = PAINTINGS if name in _ON_PAINTINGS else ""
    rank = np.random.default_rng(0).permutation(len(held))
    order = sorted(range(len(held)), key=lambda i: (not held.names[i].startswith(first), rank[i]))
    found, kind = list[tuple[Counts, Counts]](), OF[DEGRADATIONS[name].kind]
    for i in order[:_PHOTOS]:
        photo = held.photo(i)
        severity = float(np.random.default_rng(i).uniform(*_SEVERITIES))
        image = DEGRADATIONS[name](severity, i).apply(photo).image
        chances = find.chances(image, network)[kind]
        found.append(_counts(chances, _at(visible(photo, image, kind), chances.shape)))
    return _looks(found, [held.names[i] for i in order[:_PHOTOS]])


def _at(truth: Pixels, shape: tuple[int, ...]) -> Pixels:
    if truth.shape == shape:
        return truth
    seen = (truth == SEEN) * np.uint8(255)
    share = cv2.resize(seen, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(share > 127, np.uint8)


def _counts(chances: NDArray[np.float32], truth: Pixels) -> tuple[Counts, Counts]:
    seen, known = truth == SEEN, truth != UNSURE
    masks = [limit.marked(chances) for limit in LIMITS]
    counts = [((each & seen).mean(), (each & known).mean(), seen.mean()) for each in masks]
    return np.array(counts), np.array([each.mean() for each in masks])


def _looks(found: list[tuple[Counts, Counts]], names: list[str]) -> Looks:
    halves = [bool(zlib.crc32(name.encode()) % 2) for name in names]
    counts, marked = (np.stack(part) for part in zip(*found, strict=True))
    return Looks(counts, marked, np.array(halves))


def joined(looks: Iterable[Looks]) -> Looks:
    """All photos of several."""
    every = list(looks)
    counts, marked, half = (
        np.concatenate([getattr(one, part) for one in every])
        for part in ("counts", "marked", "half")
    )
    return Looks(counts, marked, half)


def crossed(fitted_by: Looks, worn: Looks, clean: Looks) -> dict[str, float]:
    """F1, precision and recall of a damage's masks by limits fitted on the other half, and `told`,
    the share of its photos on which more is marked than on all but FALSE of the clean ones there.
    """
    parts, told = list[Counts](), list[bool]()
    for half in (True, False):
        best, rest = fitted_by.only(half).best(), worn.only(not half)
        parts.append(rest.counts[:, best].sum(0))
        bar = np.quantile(clean.only(half).marked[:, best], 1 - FALSE)
        told += (rest.marked[:, best] > bar).tolist()
    right, said, true = np.sum(parts, 0)
    return {
        "f1": round(float(2 * right / max(said + true, 1e-9)), 3),
        "precision": round(float(right / max(said, 1e-9)), 3),
        "recall": round(float(right / max(true, 1e-9)), 3),
        "told": round(float(np.mean(told)), 3),
    }


def unmarked(fitted_by: Looks, clean: Looks) -> dict[str, float]:
    """Of clean photos, by limits fitted on the other half: the share of them on which nothing is
    marked, and how much of a photo is, in the middle and at worst.
    """
    shares = np.concatenate(
        [clean.only(not half).marked[:, fitted_by.only(half).best()] for half in (True, False)]
    )
    return {
        "untouched": round(float((shares == 0).mean()), 3),
        "median": round(float(np.median(shares)), 5),
        "worst": round(float(shares.max()), 5),
    }
