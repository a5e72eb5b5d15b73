"""Analysis by synthesis: the photo is undone, and what it still lacks corrects the answer."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.engine import Engine
from ml.estimators.distortion import NETWORK, Estimate, Pixels, network, run, seen_size
from ml.estimators.encodings import decode, encode, kind_of
from ml.estimators.encodings.table import ENCODINGS, choice_of
from ml.estimators.gate import Gate, gate_of
from ml.estimators.kinds import KINDS
from ml.estimators.lattice.network import NETWORK as LATTICE
from ml.estimators.undone import told, undone
from ml.estimators.windows import Windows, committed
from ml.warps import Points, Warp, compose
from ml.weights.manifest import entry

REFINER = "distortion_refiner"
ROUNDS = 4
_FARTHEST = 0.6  # a number goes at most so far in one round, in the unit of the encodings
_MARGIN = 0.7  # by which the logarithm of the probability of "clean" may fall and still be noise

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """What answers, what corrects answers (None: answers stay as they are), what reads the
    pixels' lattice (None: nobody does), and what looks at parts (None: nobody does).
    """

    judge: Engine
    refiner: Engine | None = None
    lattice: Engine | None = None
    windows: Windows | None = None


def parts() -> tuple[str, ...]:
    """Names of the networks of this version, the judge first."""
    known = weights.manifest()
    return (NETWORK, *(name for name in (REFINER, LATTICE) if name in known))


def in_use() -> tuple[Networks, Gate]:
    """The committed networks and the gate that was fitted to them; WeightsError where either is
    missing, or the gate belongs to others.
    """
    return networks(), gate_of(key())


def key() -> str:
    """What the gate remembers its networks by; WeightsError where one is missing."""
    return "+".join(entry(name).sha256 for name in parts() if name != REFINER)


def networks() -> Networks:
    """The committed networks; WeightsError where this version has none, or they are damaged."""
    known = weights.manifest()
    refiner, lattice = (engine.load(n) if n in known else None for n in (REFINER, LATTICE))
    return Networks(network(), refiner, lattice, committed())


class Bench:
    """A photo (H, W, 3) that is undone again and again, as the networks see it."""

    def __init__(self, image: Pixels) -> None:
        self.size = (image.shape[1], image.shape[0])
        self.seen = seen_size(self.size)
        fine = (self.seen[0] * 2, self.seen[1] * 2)
        self.fine = np.asarray(cv2.resize(image, fine, interpolation=cv2.INTER_AREA), np.uint8)
        self._scale = np.array(self.size) / self.seen

    def pictures(self, warps: tuple[Warp, ...]) -> Pixels:
        """The photo without those warps, and what they move, (H, W, 5) in the size that is seen."""

        def forward(points: Points) -> Points:
            moved = compose.forward(warps, (points + 0.5) * self._scale - 0.5)
            return np.asarray((moved + 0.5) / self._scale - 0.5)

        clean = undone(self.fine, forward, self.seen)
        return np.concatenate([clean, told(forward, self.seen)], 2)


def cleanness(judge: Engine, pictures: Pixels) -> Numbers:
    """Logarithms (N,) of the probability that pictures (N, H, W, 3 or 5) are clean."""
    logits = run(judge, pictures[..., :3])["kinds"].astype(np.float64)
    return np.asarray(logits[:, 0] - np.logaddexp.reduce(logits, axis=1))


def refine(networks: Networks, image: Pixels, estimate: Estimate) -> Estimate:
    """The estimate with corrected numbers, or itself where the photo looks less clean by them;
    same kind and model.
    """
    if estimate.warp is None or networks.refiner is None:
        return estimate
    bench = Bench(image)
    kind, choice = kind_of(estimate.warp, bench.size), choice_of(estimate.warp)
    row, length = KINDS.index(kind) - 1, ENCODINGS[kind].length
    numbers = encode(estimate.warp, bench.size)
    warps, pictures = [estimate.warp], [bench.pictures((estimate.warp,))]
    for _ in range(ROUNDS):
        batch = np.ascontiguousarray(pictures[-1][None].transpose(0, 3, 1, 2), np.float32)
        lacks = networks.refiner.run(batch)["correction"][0, row, :length]
        numbers[:length] += np.clip(lacks, -_FARTHEST, _FARTHEST)
        warps.append(decode(kind, numbers, bench.size, choice))
        pictures.append(bench.pictures((warps[-1],)))
    before, after = cleanness(networks.judge, np.stack([pictures[0], pictures[-1]]))
    return replace(estimate, warp=warps[-1]) if after > before - _MARGIN else estimate
