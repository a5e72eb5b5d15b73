"""The gate of damage: probabilities that hardly any clean photo reaches, kind by kind."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.image import Picture
from ml.restoration import gate, grain
from ml.restoration.gate import Limit
from ml.train import distortion_sources

# What is milder nobody would repair, and is a photo's own: grey levels, pixels, pixels, quality.
MILDEST = {"noise": 5.0, "blur": 0.6, "motion_blur": 3.0, "jpeg": 50.0}
FALSE = 0.002  # of clean views, a kind
_SIZES = (1.0, 0.6)  # a photo is looked at as it is, and smaller
ASKED = ("motion_blur",)  # a way may be wrong: a person looks
_NEVER = 2.0  # a probability that nothing reaches
_MARGIN = 0.5  # how far above the surest clean view one must be to be repaired without asking

Seen = dict[str, NDArray[np.float64]]
"""Of each kind, what was said of every view: probability, or 0 where it is too mild."""


def main(data: Path) -> None:
    """Look at the held-out photos below `data`, as they are and smaller, fit on all of them and
    write ml/data/damage_gate.json, with the false alarms of a gate fitted on the other half.
    """
    cv2.setNumThreads(1)
    names = sorted(distortion_sources.held_out())
    seen = look([data / name for name in names if (data / name).is_file()])
    half = np.arange(len(next(iter(seen.values())))) // len(_SIZES) % 2 == 0
    false, changed = 0, 0
    for one, other in ((half, ~half), (~half, half)):
        limits = fit({kind: chances[one] for kind, chances in seen.items()})
        views = np.stack([seen[kind][other] for kind in grain.KINDS], 1)
        edges = np.array([limits[kind].proposed for kind in grain.KINDS])
        surest = np.array([limits[kind].surest for kind in grain.KINDS])
        false += int((views >= edges).any(1).sum())
        changed += int((views >= surest).any(1).sum())
    count = len(half)
    told: dict[str, object] = {"views": count, "false_alarms": false, "changed": changed}
    gate.write(fit(seen), told)
    print(f"{gate.FILE.name}: {told}, {gate.fitted()}", flush=True)


def look(paths: list[Path]) -> Seen:
    """Judge photos as they are and smaller."""
    found: dict[str, list[float]] = {kind: [] for kind in grain.KINDS}
    for path in paths:
        photo = Picture.open(path).full()
        for size in _SIZES:
            view = photo
            if size < 1:
                shape = (round(photo.shape[1] * size), round(photo.shape[0] * size))
                small = cv2.resize(photo, shape, interpolation=cv2.INTER_AREA)
                view = np.asarray(small, np.uint8)
            for one in grain.judge(view):
                there = Limit(0.0, 0.0, MILDEST[one.kind]).passed(one)
                found[one.kind].append(one.chance if there else 0.0)
    return {kind: np.array(chances) for kind, chances in found.items()}


def fit(seen: Seen) -> dict[str, Limit]:
    """Limits that so few of these views pass."""
    limits = {}
    for kind, chances in seen.items():
        worst = np.sort(chances)[::-1]
        proposed = max(0.5, float(np.nextafter(worst[int(FALSE * len(worst))], 1)))
        highest = max(proposed, float(worst[0]))
        surest = _NEVER if kind in ASKED else 1 - _MARGIN * (1 - highest)
        limits[kind] = Limit(proposed, surest, MILDEST[kind])
    return limits
