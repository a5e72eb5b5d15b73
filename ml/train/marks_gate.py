"""The gate of marks: from which chance on a pixel is marked, and which photos have a kind."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.degradations.table import DEGRADATIONS
from ml.marks import find, gate
from ml.marks.gate import Limit, marked
from ml.marks.kinds import OF, Network
from ml.train import distortion_sources, restoration_sources
from ml.train.light_examples import grey
from ml.train.marks_examples import visible
from ml.train.restoration import FOLDER as SOURCES
from ml.train.restoration_sources import PAINTINGS

Pixels = NDArray[np.uint8]
Counts = NDArray[np.float64]

FALSE = 0.001  # of clean views, a kind
_LEVELS, _CORES = (0.3, 0.5, 0.65, 0.8), (0.5, 0.8, 0.9, 0.97)
_MARGIN = 1.0  # of log odds above the surest clean view, to be repaired without asking
_SEVERITIES = (0.15, 0.9)
_PHOTOS = 120  # that are damaged in every way
_SIDE = 1024  # of clean views
_ON_PAINTINGS = ("losses", "craquelure")


@dataclass(frozen=True)
class Seen:
    """Of photos and every pair of a level and a core: pixels that were rightly marked, that were
    marked, and that are, (photos, pairs, 3), as shares of a photo; and in which half each photo is.
    """

    counts: Counts
    half: NDArray[np.bool_]

    def only(self, half: bool) -> "Seen":
        """Those of one half."""
        chosen = self.half == half
        return Seen(self.counts[chosen], self.half[chosen])

    @property
    def f1(self) -> Counts:
        """F1 of every pair over all photos' pixels together."""
        right, said, true = np.moveaxis(self.counts.sum(0), 1, 0)
        return np.asarray(2 * right / np.maximum(said + true, 1e-9))

    @property
    def shares(self) -> Counts:
        """The marked share of each photo, (photos, pairs)."""
        return self.counts[..., 1]


def main(data: Path) -> None:
    """Damage the held-out photos below `data` in every way and look at clean ones, whole, in part
    and grey; fit on all and write ml/data/marks_gate.json, with what gates fitted on the other half
    of the photos do: F1 of masks, share of damaged photos that are told, and of clean views.
    """
    cv2.setNumThreads(1)
    held = restoration_sources.load_held_out(data, SOURCES)
    names = sorted(distortion_sources.held_out())
    clean = look(data, [name for name in names if (data / name).is_file()])
    limits, told = dict[str, Limit](), dict[str, object]()
    for network in gate.networks():
        for kind in network.kinds:
            by = [name for name, one in DEGRADATIONS.items() if OF.get(one.kind) == kind]
            worn = {name: damaged(held, network, name) for name in by}
            limits[kind] = fit(joined(worn.values()), clean[kind])
            told |= {name: crossed(worn, name, clean[kind]) for name in by}
            print(kind, limits[kind], {name: told[name] for name in by}, flush=True)
    gate.write(limits, {"clean_views": len(next(iter(clean.values())).half), "held_out": told})


def look(data: Path, names: list[str]) -> dict[str, Seen]:
    """What is found on clean photos, three views of each one after the other, by kind."""
    found: dict[str, list[Counts]] = {
        kind: [] for network in gate.networks() for kind in network.kinds
    }
    halves = list[bool]()
    for name in names:
        for view in views(distortion_sources.small(data / name, _SIDE)):
            halves.append(half(name))
            for network in gate.networks():
                for kind, chances in find.chances(view, network).items():
                    found[kind].append(_counts(chances, np.zeros(chances.shape, np.bool_)))
    return {kind: Seen(np.stack(counts), np.array(halves)) for kind, counts in found.items()}


def half(name: str) -> bool:
    """In which half a photo is, clean and damaged."""
    return bool(zlib.crc32(name.encode()) % 2)


def views(photo: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """A photo whole, its middle, and that grey."""
    height, width = photo.shape[:2]
    part = photo[height // 6 : height - height // 6, width // 6 : width - width // 6]
    return photo, np.ascontiguousarray(part), grey(part)


def damaged(held: distortion_sources.Sources, network: Network, name: str) -> Seen:
    """What is found on photos of one kind of damage, chosen at random; paint comes off paintings,
    of which there are few, and of some photos.
    """
    first = PAINTINGS if name in _ON_PAINTINGS else ""
    rank = np.random.default_rng(0).permutation(len(held))
    chosen = sorted(range(len(held)), key=lambda i: (not held.names[i].startswith(first), rank[i]))
    found, kind = list[Counts](), OF[DEGRADATIONS[name].kind]
    for i in chosen[:_PHOTOS]:
        photo = held.photo(i)
        severity = float(np.random.default_rng(i).uniform(*_SEVERITIES))
        image = DEGRADATIONS[name](severity, i).apply(photo).image
        chances = find.chances(image, network)[kind]
        found.append(_counts(chances, _at(visible(photo, image, kind), chances.shape)))
    halves = [half(held.names[i]) for i in chosen[:_PHOTOS]]
    return Seen(np.stack(found), np.array(halves))


def _at(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if mask.shape == shape:
        return mask
    share = cv2.resize(mask.astype(np.uint8) * 255, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(share > 127)


def _counts(chances: NDArray[np.float32], true: NDArray[np.bool_]) -> Counts:
    masks = [marked(chances, level, core) for level, core in pairs()]
    return np.array([((m & true).mean(), m.mean(), true.mean()) for m in masks])


def pairs() -> list[tuple[float, float]]:
    """Levels and cores that are tried."""
    return [(level, core) for level, core in product(_LEVELS, _CORES) if core >= level]


def joined(seen: Iterable[Seen]) -> Seen:
    """All photos of several."""
    every = list(seen)
    counts = np.concatenate([one.counts for one in every])
    return Seen(counts, np.concatenate([one.half for one in every]))


def fit(worn: Seen, clean: Seen) -> Limit:
    """The limits of a kind by photos that have it and clean views."""
    best = int(worn.f1.argmax())
    level, core = pairs()[best]
    true, false = worn.shares[:, best], clean.shares[:, best]
    looks = np.log10(np.maximum(np.concatenate([true, false]), gate.LEAST))[:, None]
    law = LogisticRegression(C=10.0).fit(looks, np.arange(len(looks)) < len(true))
    limit = Limit(level, core, float(law.intercept_[0]), float(law.coef_[0, 0]), 1.0, 1.0)
    chances = np.sort([limit.chance(share) for share in false])[::-1]
    proposed = max(0.5, float(np.nextafter(chances[int(FALSE * len(chances))], 1)))
    highest = max(proposed, float(chances[0]))
    odds = highest / max(1 - highest, 1e-9) * np.exp(_MARGIN)
    return replace(limit, proposed=proposed, surest=float(odds / (1 + odds)))


def crossed(worn: Mapping[str, Seen], name: str, clean: Seen) -> dict[str, float]:
    """What limits fitted on one half say of the other: F1 of a damage's masks, the share of its
    photos that are told, and how many clean views are told and would be repaired unasked.
    """
    scores, told, false, changed = list[float](), list[bool](), 0, 0
    for first in (True, False):
        limit = fit(joined(worn.values()).only(first), clean.only(first))
        pair = pairs().index((limit.level, limit.core))
        rest, others = worn[name].only(not first), clean.only(not first)
        scores.append(float(rest.f1[pair]))
        told += [limit.chance(share) >= limit.proposed for share in rest.shares[:, pair]]
        chances = [limit.chance(share) for share in others.shares[:, pair]]
        false += sum(chance >= limit.proposed for chance in chances)
        changed += sum(chance >= limit.surest for chance in chances)
    return {
        "f1": round(float(np.mean(scores)), 4),
        "told": round(float(np.mean(told)), 4),
        "false_alarms": false,
        "changed": changed,
    }
