"""How much brighter a photo taken in too little light has to be, by the published network.

The network draws a small view; what is kept of it is a law of six numbers, a factor and a power
for each colour, which then holds at any size and depth.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.degradations.degradation import as_uint8
from ml.light import laws
from ml.light.told import BESIDE, COLOURS, RANGES
from ml.restoration import grain, traces

NETWORK = "lowlight"
SIDE = 600  # px, the long side of the photos it was taught on; it reads their grain, too
_SMOOTH = 1.0  # px: noise is no tone
_DARKEST = 0.008
_BENT, _STRAIGHT = 0.85, 0.97  # powers: the network alone, statistics alone
_SMALLEST, _NOISY = 64, 0.5  # px; the chance from which on noise is taken away

Floats = NDArray[np.float32]


def law(view: NDArray[np.uint8]) -> dict[str, float]:
    """The numbers of "dark" for a photo's view (h, w, 3) of SIDE pixels at most.

    Raises WeightsError without the network.
    """
    values = view.astype(np.float32) / np.float32(255)
    batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
    bright = engine.load(NETWORK).run(batch)["brightened"][0].transpose(1, 2, 0)
    tones = np.asarray(cv2.GaussianBlur(values, (0, 0), _SMOOTH), np.float32)
    told = [fitted(tones[..., i], bright[..., i]) for i in range(3)]
    numbers = {
        f"{what}_{colour}": pair[place]
        for place, what in enumerate(("gain", "power"))
        for colour, pair in zip(COLOURS, told, strict=True)
    }
    return {name: float(np.clip(numbers[name], *ends)) for name, ends in RANGES["dark"].items()}


def fitted(tones: Floats, bright: Floats) -> tuple[float, float]:
    """The factor and the power that make (h, w) `tones` most like `bright` ones, in light as it is
    seen: a straight line between their logarithms, bright ones weighing as much as they show.
    """
    shown = (bright > _DARKEST) & (bright < 0.98) & (tones > _DARKEST)
    if shown.sum() < 100:
        return 1.0, 1.0
    x, y = np.log(tones[shown]), np.log(bright[shown])
    weight = bright[shown] ** 2
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = np.average((x - mean_x) ** 2, weights=weight)
    power = np.average((x - mean_x) * (y - mean_y), weights=weight) / max(float(spread), 1e-6)
    return float(np.exp(mean_y - power * mean_x)), float(power)


def blended(params: dict[str, float], view: NDArray[np.uint8]) -> dict[str, float]:
    """The numbers of "dark" out of statistics, and the network's where those say that tones were
    bent, as cameras bend them, and not merely darkened; curves are mixed by their logarithms.
    """
    bent = float(np.mean([params[f"power_{colour}"] for colour in COLOURS]))
    share = float(np.clip((_STRAIGHT - bent) / (_STRAIGHT - _BENT), 0, 1))
    if not share:
        return params
    drawn, mixed = law(view), dict[str, float]()
    for name, ends in RANGES["dark"].items():
        own, other = params[name], drawn[name]
        factor = name.startswith("gain")
        value = own ** (1 - share) * other**share if factor else own + share * (other - own)
        mixed[name] = round(float(np.clip(value, *ends)), 4)
    return mixed


def noise(photo: NDArray[np.uint8], params: dict[str, float]) -> float:
    """The noise in grey levels that a photo (H, W, 3) at full size has once it is brightened by the
    numbers of "dark", 0 where it has hardly any; from its parts, as damage is judged.

    Raises WeightsError without the trees.
    """
    if min(photo.shape[:2]) < _SMALLEST:
        return 0.0
    gain, power = (
        np.array([params[f"{what}_{colour}"] for colour in COLOURS], np.float32)
        for what in ("gain", "power")
    )
    found = []
    for part in traces.parts(photo):
        bright = laws.dark(part.astype(np.float32) / np.float32(255), gain, power)
        (one,) = (each for each in grain.judge(as_uint8(bright)) if each.kind == "noise")
        found.append(one.number if one.chance > _NOISY else 0.0)
    return round(min(float(np.median(found)), BESIDE["dark"]["noise"][1]), 2)
