"""What bent a photo: one look at the whole, what its pixels' lattice says, looks at its parts,
refinement, and a second effect.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ml.estimators.distortion import Estimate, Pixels, judged, reading
from ml.estimators.explanation import CLEAR, NEVER, Explanation, bends, explain, swirled
from ml.estimators.gate import Gate
from ml.estimators.kinds import GROUP_OF, KINDS
from ml.estimators.lattice.evened import undone_evenly
from ml.estimators.lattice.network import read
from ml.estimators.lattice.tiles import TILE
from ml.estimators.reading import Reading, shares
from ml.estimators.refinement import Bench, Networks, cleanness, refine
from ml.estimators.windows import LOCAL, Look, likeliest, square
from ml.image.picture import shrink
from ml.results import Box
from ml.warps import Warp, imagemagick, undo

SIDE = 512  # long side of the picture that is judged and undone
MOST = 2  # effects, one over the other
_SURER_BENEATH = 3.0  # deviations more: what undoes the last effect leaves fringes of its own
_BENEATH = 0.1  # probability of another kind once an effect is undone, from which on it is tried
_TURNED = ("rotation",)  # another stage's
_UNDONE = 3 * 4_000_000  # numbers of a picture that is undone at its own size to be looked at again
_CLEAR_ALONE = 9.5  # deviations from which on numbers are believed where an effect is certain
_AROUND = 1.3  # half a side of what is searched about a local effect, in its radii


@dataclass(frozen=True)
class Found:
    """An effect, in pixels of the judged picture; `part` tells where it was looked for, `exact`
    that its numbers were read from the lattice.
    """

    kind: str
    confidence: float
    warp: Warp
    part: Box | None = None
    exact: bool = False

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
    looked = _looked(networks, image)
    view = looked.view
    factor = image.shape[1] / view.shape[1]
    first = _first(networks, image, looked, gate)
    if first is None:
        return []
    left = undo(view, first.warp, border="mirror", interpolation="linear")
    second = None
    if first.exact and image.size <= _UNDONE and min(image.shape[:2]) >= 4 * TILE:
        second = _beneath(networks, image, left, gate, first)
    second = second or _second(networks, left, gate)
    found = [first, *([second] if second else [])]
    # More of what was just undone is an imprecise answer, not a second effect.
    if len(found) == MOST and _alike(*(each.kind for each in found)):
        found = found[:1]
    return [each.scaled(factor) for each in found] if factor != 1 else found


class _Looked(NamedTuple):
    """A view of a picture, and what the networks say of it: of the view, of its parts, and of the
    lattice of the picture itself, None where there is no room for one.
    """

    view: Pixels
    seen: Reading
    local: Look | None
    lattice: Reading | None


def _looked(networks: Networks, image: Pixels) -> _Looked:
    room = min(image.shape[:2]) >= 4 * TILE
    with ThreadPoolExecutor(1) as beside:  # two halves that take about the same time
        lattice = (
            beside.submit(read, networks.lattice, image) if networks.lattice and room else None
        )
        view = shrink(image, SIDE)
        seen, local = beside.submit(reading, networks.judge, view), _local(networks, view)
        return _Looked(view, seen.result(), local, lattice.result() if lattice else None)


def _first(networks: Networks, image: Pixels, looked: _Looked, gate: Gate) -> Found | None:
    view, seen, local, lattice = looked
    if lattice is None:
        honest = replace(seen, kinds=seen.kinds / gate.temperature)
        found = _whole(networks, view, gate, honest)
        return found or _in_a_part(networks, image, view, gate, local)
    readings = [seen, lattice]
    kinds = shares(gate.fused(*readings))
    found = _whole(networks, view, gate, replace(seen, kinds=gate.fused(*readings)))
    if 1 - kinds["none"] >= gate.suspected:
        told = explain(networks.judge, image, readings, kinds)
        warp = told.warp.scaled(view.shape[1] / image.shape[1]) if told else None
        if told and warp and told.coherence >= gate.coherent and bends(told, image):
            return Found(told.kind, gate.certain, warp, exact=True)
        # What is bent without doubt needs less to be known by its numbers.
        if told and warp and found and told.coherence >= CLEAR and _alike(told.kind, found.kind):
            return replace(found, kind=told.kind, warp=warp, exact=True)
    return found or _in_a_part(networks, image, view, gate, local)


def _alike(one: str, other: str) -> bool:
    return GROUP_OF[one] == GROUP_OF[other]


def _beneath(
    networks: Networks, image: Pixels, left: Pixels, gate: Gate, last: Found
) -> Found | None:
    """An effect before the last, an exact one, without which a view of the picture is `left`: its
    fringes are seen in the picture undone at its own size.
    """
    if networks.lattice is None:
        return None
    factor = image.shape[1] / left.shape[1]
    whole = undone_evenly(image, last.scaled(factor).warp)
    readings = [reading(networks.judge, left), read(networks.lattice, whole)]
    said = gate.fused(*readings)
    others = {
        kind: share
        for kind, share in shares(said).items()
        if share >= _BENEATH and kind not in ("none", *NEVER) and not _alike(kind, last.kind)
    }
    if not others:
        return None
    told = explain(networks.judge, whole, readings, dict.fromkeys(KINDS, 0.0) | others)
    least = gate.coherent + _SURER_BENEATH
    if told is None or told.coherence < least or not bends(told, whole):
        return None
    warp = told.warp.scaled(1 / factor)
    bench = Bench(left)
    both = np.stack([bench.pictures(()), bench.pictures((warp,))])
    before, after = cleanness(networks.judge, both)
    return Found(told.kind, gate.certain, warp, exact=True) if after > before else None


def _second(networks: Networks, left: Pixels, gate: Gate) -> Found | None:
    seen = reading(networks.judge, left)
    return _whole(networks, left, gate, replace(seen, kinds=seen.kinds / gate.temperature))


def _whole(networks: Networks, view: Pixels, gate: Gate, seen: Reading) -> Found | None:
    """What bent all of a view by a reading whose logits are honest."""
    whole = judged(seen, (view.shape[1], view.shape[0]))
    bent = 1 - whole.probabilities["none"]
    if whole.warp is None or whole.kind in _TURNED or bent < gate.whole:
        return None
    warp = _cleaner_polar(networks, view, whole.warp) if whole.kind == "polar" else whole.warp
    return _better(networks, view, Found(whole.kind, whole.confidence, warp))


def _cleaner_polar(networks: Networks, view: Pixels, read: Warp) -> Warp:
    """A polar map as it was read, or as programs draw it where nobody says otherwise."""
    rivals = [read, imagemagick.polar((view.shape[1], view.shape[0])).warps[0]]
    bench = Bench(view)
    pictures = np.stack([bench.pictures((each,)) for each in rivals])
    return rivals[int(np.argmax(cleanness(networks.judge, pictures)))]


def _local(networks: Networks, view: Pixels) -> Look | None:
    """The likeliest look at a part of a view."""
    return likeliest(networks.windows, networks.judge, view) if networks.windows else None


def _in_a_part(
    networks: Networks, image: Pixels, view: Pixels, gate: Gate, seen: Look | None
) -> Found | None:
    """An effect that only a part of a picture has, if a look at it says so."""
    if seen is None or seen.probability < gate.alone:
        return None
    told = alone(networks, image, view, seen)
    certain = seen.probability >= gate.part
    if told is not None and told.coherence >= (_CLEAR_ALONE if certain else gate.coherent):
        warp = told.warp.scaled(view.shape[1] / image.shape[1])
        return Found(told.kind, gate.certain, warp, seen.part, exact=True)
    if not certain or seen.told.warp is None:
        return None
    x, y, width, height = (int(v) for v in seen.part)
    bench = Bench(np.ascontiguousarray(view[y : y + height, x : x + width]))
    both = np.stack([bench.pictures(()), bench.pictures((_shifted(seen.told.warp, -x, -y),))])
    before, after = cleanness(networks.judge, both)
    if after <= before:
        return None
    found = Found(seen.told.kind, seen.told.confidence, seen.told.warp, seen.part)
    return _better(networks, view, found)


def alone(networks: Networks, image: Pixels, view: Pixels, seen: Look) -> Explanation | None:
    """What the fringes about a look at a part of a view speak for, in pixels of the picture."""
    factor = image.shape[1] / view.shape[1]
    warp: Any = seen.told.warp
    if warp is None or seen.told.kind not in LOCAL:
        return None
    warp = warp.scaled(factor)
    if seen.told.kind == "swirl":
        return swirled(networks.judge, image, warp, seen.probability)
    reach = _AROUND * warp.radius * max(1.0, warp.stretch)
    size = (image.shape[1], image.shape[0])
    x, y, width, height = (int(v) for v in square(np.asarray(warp.center), reach, size))
    part = np.ascontiguousarray(image[y : y + height, x : x + width])
    if networks.lattice is None or min(part.shape[:2]) < 4 * TILE:
        return None
    readings = [reading(networks.judge, part), read(networks.lattice, part)]
    told = explain(
        networks.judge, part, readings, dict.fromkeys(KINDS, 0.0) | {seen.told.kind: 1.0}
    )
    # A part of a picture that was enlarged is one, to a search: bulges may be wider than it.
    if told is None or not bends(told, part):
        return None
    return replace(told, warp=_shifted(told.warp, x, y))


def _shifted(warp: Any, x: float, y: float) -> Any:
    return replace(warp, center=(warp.center[0] + x, warp.center[1] + y))


def _better(networks: Networks, image: Pixels, found: Found) -> Found:
    """The effect refined where it was looked for."""
    x, y, width, height = (int(v) for v in found.part or (0, 0, image.shape[1], image.shape[0]))
    warp: Any = found.warp
    within = _shifted(warp, -x, -y) if found.part else warp
    picture = np.ascontiguousarray(image[y : y + height, x : x + width])
    told = Estimate(found.kind, "", found.confidence, {}, within, np.zeros(0))
    best: Any = refine(networks, picture, told).warp
    if found.part:
        best = _shifted(best, x, y)
    return replace(found, warp=best)
