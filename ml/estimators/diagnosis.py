"""What bent a photo: one look at the whole, what its pixels' lattice says, looks at its parts,
refinement, and a second effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml.estimators.distortion import Estimate, Pixels, estimate, judged, reading
from ml.estimators.explanation import CLEAR, bends, explain
from ml.estimators.gate import Gate
from ml.estimators.kinds import GROUP_OF
from ml.estimators.lattice.network import read
from ml.estimators.lattice.tiles import TILE
from ml.estimators.reading import Reading, shares
from ml.estimators.refinement import Bench, Networks, cleanness, refine
from ml.image.picture import shrink
from ml.results import Box
from ml.warps import Warp, undo

SIDE = 512  # long side of the picture that is judged and undone
MOST = 2  # effects, one over the other
LOCAL = ("swirl", "bulge", "pinch")  # kinds that may lie in a part of the picture alone
_NEVER = ("rotation",)  # another stage's
_PART = 0.6  # of width and height
_PARTS = ((0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.4, 0.4))


@dataclass(frozen=True)
class Found:
    """An effect, in pixels of the judged picture; `part` tells where it was looked for."""

    kind: str
    confidence: float
    warp: Warp
    part: Box | None = None

    @property
    def effect(self) -> str:
        """The family of its warp: a lens counts as the barrel or pincushion that it is."""
        return self.warp.kind

    def scaled(self, factor: float) -> "Found":
        """The same for the picture resized by `factor`."""
        x, y, width, height = self.part or (0.0, 0.0, 0.0, 0.0)
        part = (x * factor, y * factor, width * factor, height * factor)
        return replace(self, warp=self.warp.scaled(factor), part=part if self.part else None)

    def region(self, size: tuple[int, int]) -> Box:
        """The box of a picture of (width, height) in which something was moved."""
        warp: Any = self.warp
        if self.kind not in LOCAL:
            return (0.0, 0.0, float(size[0]), float(size[1]))
        across, down = warp.radius, warp.radius * warp.stretch
        left, top = max(0.0, warp.center[0] - across), max(0.0, warp.center[1] - down)
        right = min(float(size[0]), warp.center[0] + across)
        bottom = min(float(size[1]), warp.center[1] + down)
        return (left, top, max(0.0, right - left), max(0.0, bottom - top))


def diagnose(networks: Networks, image: Pixels, gate: Gate) -> list[Found]:
    """The effects of a picture (H, W, 3) in its own pixels, the last applied first: in this order
    they are undone.
    """
    view = shrink(image, SIDE)
    found: list[Found] = []
    left = view
    while len(found) < MOST:
        one = _second(networks, left, gate) if found else _first(networks, image, view, gate)
        # More of what was just undone is an imprecise answer, not a second effect.
        if one is None or one.kind in {each.kind for each in found}:
            break
        found.append(one)
        left = undo(left, one.warp, border="mirror", interpolation="linear")
    factor = image.shape[1] / view.shape[1]
    return [each.scaled(factor) for each in found] if factor != 1 else found


def _first(networks: Networks, image: Pixels, view: Pixels, gate: Gate) -> Found | None:
    if networks.lattice is None or min(image.shape[:2]) < 4 * TILE:
        return _second(networks, view, gate) or _in_a_part(networks, view, gate)
    seen = reading(networks.judge, view)
    readings = [seen, read(networks.lattice, image)]
    kinds = shares(gate.fused(*readings))
    found = _whole(networks, view, gate, replace(seen, kinds=gate.fused(*readings)))
    if 1 - kinds["none"] >= gate.suspected:
        told = explain(networks.judge, image, readings, kinds)
        warp = told.warp.scaled(view.shape[1] / image.shape[1]) if told else None
        if told and warp and told.coherence >= gate.coherent and bends(told, image):
            return Found(told.kind, gate.certain, warp)
        # What is bent without doubt needs less to be known by its numbers.
        if told and warp and found and told.coherence >= CLEAR and _alike(told.kind, found.kind):
            return replace(found, kind=told.kind, warp=warp)
    return found or _in_a_part(networks, view, gate)


def _alike(one: str, other: str) -> bool:
    return GROUP_OF[one] == GROUP_OF[other]


def _second(networks: Networks, left: Pixels, gate: Gate) -> Found | None:
    seen = reading(networks.judge, left)
    return _whole(networks, left, gate, replace(seen, kinds=seen.kinds / gate.temperature))


def _whole(networks: Networks, view: Pixels, gate: Gate, seen: Reading) -> Found | None:
    """What bent all of a view by a reading whose logits are honest."""
    whole = judged(seen, (view.shape[1], view.shape[0]))
    bent = 1 - whole.probabilities["none"]
    if whole.warp is None or whole.kind in _NEVER or bent < gate.whole:
        return None
    return _better(networks, view, Found(whole.kind, whole.confidence, whole.warp))


def parts(image: Pixels) -> Iterator[tuple[Box, Pixels]]:
    """Overlapping parts of a picture, of one size, with their boxes."""
    height, width = image.shape[:2]
    w, h = round(width * _PART), round(height * _PART)
    for x, y in _PARTS:
        left, top = round(width * x), round(height * y)
        left, top = min(left, width - w), min(top, height - h)
        box = (float(left), float(top), float(w), float(h))
        yield box, np.ascontiguousarray(image[top : top + h, left : left + w])


def local_probability(one: Estimate, size: tuple[int, int]) -> float:
    """How likely an effect lies within a part of (width, height): 0 unless it ends inside."""
    warp: Any = one.warp
    if warp is None or one.kind not in LOCAL:
        return 0.0
    reach = np.array([warp.radius, warp.radius * warp.stretch])
    low, high = np.asarray(warp.center) - reach, np.asarray(warp.center) + reach
    outside = np.maximum(-low, high - np.array(size)) / np.array(size)
    return float(one.confidence) if outside.max() < 0.1 else 0.0


def _in_a_part(networks: Networks, image: Pixels, gate: Gate) -> Found | None:
    boxes, pictures = zip(*parts(image), strict=True)
    answers = estimate(networks.judge, list(pictures))
    size = (pictures[0].shape[1], pictures[0].shape[0])
    likely = [local_probability(one, size) for one in answers]
    best = int(np.argmax(likely))
    one, box = answers[best], boxes[best]
    if one.warp is None or likely[best] < gate.part:
        return None
    bench = Bench(pictures[best])
    both = np.stack([bench.pictures(()), bench.pictures((one.warp,))])
    before, after = cleanness(networks.judge, both)
    if after <= before:
        return None
    warp: Any = one.warp
    moved = replace(warp, center=(warp.center[0] + box[0], warp.center[1] + box[1]))
    return _better(networks, image, Found(one.kind, one.confidence, moved, box))


def _better(networks: Networks, image: Pixels, found: Found) -> Found:
    """The effect refined where it was looked for."""
    x, y, width, height = (int(v) for v in found.part or (0, 0, image.shape[1], image.shape[0]))
    warp: Any = found.warp
    within = replace(warp, center=(warp.center[0] - x, warp.center[1] - y)) if found.part else warp
    picture = np.ascontiguousarray(image[y : y + height, x : x + width])
    told = Estimate(found.kind, "", found.confidence, {}, within, np.zeros(0))
    best: Any = refine(networks, picture, told).warp
    if found.part:
        best = replace(best, center=(best.center[0] + x, best.center[1] + y))
    return replace(found, warp=best)
