"""Noise, blur and compression of a photo: whether, and how strong, by trees over its traces; the
kernel of what was blurred by its spectrum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.restoration import blurred, spectrum
from ml.restoration.spectrum import Values
from ml.restoration.traces import FEATURES, measured, parts

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK = "grain_trees"
LOOKS = (*FEATURES, *blurred.FEATURES)
"""What trees are told of a part."""
_CALM, _CALMEST = (FEATURES.index(f"noise_y_{share}") for share in (25, 5))
_BLURRED = 0.5  # probability from which on a kernel is sought
KINDS = ("noise", "blur", "motion_blur", "jpeg")
PARAMS = {"noise": "sigma", "blur": "sigma", "motion_blur": "length", "jpeg": "quality"}
"""What the number of a kind is called: grey levels, pixels, pixels, JPEG's quality."""
_NONE: Mapping[str, Mapping[str, float]] = {
    "noise": {},
    "blur": {"disc": 0.0},
    "motion_blur": {"angle": 0.0, "bend": 0.0, "middle": 0.0, "end": 0.0},
    "jpeg": {},
}


@dataclass(frozen=True)
class Grain:
    """Probability of a kind, and how strong it is, in the unit of PARAMS; of blur also what else
    its kernel is told by.
    """

    kind: str
    chance: float
    number: float
    shape: Mapping[str, float] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, float]:
        """What a repair is told."""
        told = {name: round(value, 3) for name, value in self.shape.items()}
        return {PARAMS[self.kind]: round(self.number, 2)} | told


def judge(photo: Pixels, there: str = "") -> tuple[Grain, ...]:
    """Judge a photo (H, W, 3) of 64 pixels a side or more at its own resolution, all KINDS, of
    which one may be known to be `there`.

    Raises WeightsError without the trees.
    """
    seen = parts(photo)
    powers = np.stack([spectrum.power([part]) for part in seen])
    looks = looked(seen, powers)
    told = engine.load(NETWORK).run(looks)["told"]
    told[:, len(KINDS) :] += beside(looks)
    numbers = np.median(told[:, len(KINDS) :], 0)
    chances = 1 / (1 + np.exp(-told[:, : len(KINDS)].mean(0)))
    found = {
        kind: Grain(kind, float(chance), _said(kind, float(number)), _NONE[kind])
        for kind, chance, number in zip(KINDS, chances, numbers, strict=True)
    }
    noise = float(np.exp(np.median(looks[:, _CALMEST])))
    return tuple((found | _kernels(photo, powers, noise, found, there)).values())


def looked(seen: Sequence[Pixels], powers: Values) -> Floats:
    """The LOOKS of parts (h, w, 3) of a photo with the powers (parts, frequencies) of all that are
    looked at: a blur is that of the photo, and shows in the mean of them more plainly.
    """
    traces = np.stack([measured(part) for part in seen])
    pooled = blurred.features(spectrum.logarithm(powers.mean(0)[None]))
    return np.concatenate([traces, np.repeat(pooled, len(seen), 0)], 1)


def _kernels(
    photo: Pixels, powers: Values, noise: float, found: Mapping[str, Grain], there: str
) -> dict[str, Grain]:
    """Blur and motion with their kernels where they are likely; of two the likelier one."""
    wanted = [
        kind for kind in ("blur", "motion_blur") if kind == there or found[kind].chance > _BLURRED
    ]
    power = powers.mean(0)
    told, misfits = dict[str, Grain](), dict[str, float]()
    if "blur" in wanted:
        soft = blurred.softness(power, noise, photo)
        shape = {"disc": soft.disc}
        told["blur"] = _believed(found["blur"], soft.sharper, soft.sigma, shape)
        misfits["blur"] = soft.misfit
    if "motion_blur" in wanted:
        moved = blurred.motion(power, noise, photo)
        shape = asdict(moved.way)
        length = shape.pop("length")
        told["motion_blur"] = _believed(found["motion_blur"], moved.sharper, length, shape)
        misfits["motion_blur"] = moved.misfit
    if len(told) > 1 and not there:
        better, worse = sorted(misfits, key=lambda kind: misfits[kind])
        told[worse] = replace(told[worse], chance=1 - found[better].chance)
    return told


def _believed(one: Grain, sharper: float, number: float, shape: Mapping[str, float]) -> Grain:
    """With its kernel; one whose undoing leaves the photo no sparser is none."""
    chance = one.chance if sharper < 1 else 0.0
    return replace(one, chance=chance, number=number, shape=shape)


def beside(looks: Floats) -> Floats:
    """What trees' numbers are told beside, (parts, KINDS): of noise what calm cells show of it."""
    known = np.zeros((len(looks), len(KINDS)), np.float32)
    known[:, KINDS.index("noise")] = looks[:, _CALM]
    return known


def told_as(kind: str, number: float) -> float:
    """What trees learn of a number: its logarithm; of quality, that of what was lost."""
    return float(np.log(101 - number if kind == "jpeg" else number))


def _said(kind: str, told: float) -> float:
    number = float(np.exp(told))
    return 101 - number if kind == "jpeg" else number
