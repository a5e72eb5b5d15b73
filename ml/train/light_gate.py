"""The gate of light: probabilities that hardly any clean photo reaches, kind by kind."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.light import gate
from ml.light.gate import Limit
from ml.light.statistics import SIDE
from ml.light.told import KINDS, judge
from ml.train import distortion_sources
from ml.train.light_examples import Pixels, grey, toned

FALSE = 0.001  # of clean views, a kind
_LEAST = 0.5
_MARGIN = 2.0  # of log odds above the surest clean view, to be repaired without asking

Seen = dict[str, NDArray[np.float64]]
"""Of each kind what was said of every view; VIEWS in turn of each photo."""
VIEWS = ("whole", "part", "grey", "toned")


def main(data: Path) -> None:
    """Look at the held-out photos below `data`, whole, in part, without colour and toned on
    purpose; fit on all and write ml/data/light_gate.json, with the false alarms of gates fitted on
    the other half of the photos.
    """
    cv2.setNumThreads(1)
    names = sorted(distortion_sources.held_out())
    seen = look([data / name for name in names if (data / name).is_file()])
    count = len(next(iter(seen.values())))
    half = np.arange(count) // len(VIEWS) % 2 == 0
    false, changed = 0, 0
    for one, other in ((half, ~half), (~half, half)):
        limits = fit({kind: chances[one] for kind, chances in seen.items()})
        false += alarms({kind: chances[other] for kind, chances in seen.items()}, limits)
        changed += alarms(
            {kind: chances[other] for kind, chances in seen.items()}, limits, surest=True
        )
    told: dict[str, object] = {"views": count, "false_alarms": false, "changed": changed}
    gate.write(fit(seen), told)
    print(f"{gate.FILE.name}: {told}, {gate.fitted()}", flush=True)


def look(paths: list[Path]) -> Seen:
    """Judge photos, VIEWS of each."""
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number, path in enumerate(paths):
        for view in _views(distortion_sources.small(path, 2 * SIDE), number):
            for one in judge(view):
                found[one.kind].append(one.chance)
    return {kind: np.array(chances) for kind, chances in found.items()}


def _views(photo: Pixels, number: int) -> tuple[Pixels, ...]:
    height, width = photo.shape[:2]
    part = photo[height // 6 : height - height // 6, width // 6 : width - width // 6]
    return photo, part, grey(photo), toned(photo, np.random.default_rng(number))


def fit(seen: Seen) -> dict[str, Limit]:
    """Limits that so few of these views pass."""
    limits = {}
    for kind, chances in seen.items():
        worst = np.sort(chances)[::-1]
        proposed = max(_LEAST, float(np.nextafter(worst[int(FALSE * len(worst))], 1)))
        highest = max(proposed, float(worst[0]))
        odds = highest / (1 - highest) * np.exp(_MARGIN)
        limits[kind] = Limit(proposed, float(odds / (1 + odds)))
    return limits


def alarms(seen: Seen, limits: dict[str, Limit], *, surest: bool = False) -> int:
    """How many views some limit is passed by."""
    passed = [
        chances >= (limits[kind].surest if surest else limits[kind].proposed)
        for kind, chances in seen.items()
    ]
    return int(np.any(passed, axis=0).sum())
