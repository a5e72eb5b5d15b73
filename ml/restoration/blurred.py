"""Which kernel blurred a photo: bells, discs and ways held against its spectrum."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ml.restoration import deconvolution, likelihood, spectrum
from ml.restoration.kernels import Kernel, Way, disc, soft, way, ways
from ml.restoration.spectrum import ACROSS, DOWN, WINDOW, Pixels, Values

Floats = NDArray[np.float32]

SIGMAS = np.geomspace(0.4, 4.4, 28)  # pixels
RADII = np.geomspace(0.9, 7.5, 30)
_TOLD_RADII = RADII[RADII > 1.5]  # smaller discs look like bells
_FLAT = {4.0: 10.0, 1.0: 20.0, 0.0: 20.0}
"""Grey levels squared of noise, beneath which a compressed photo does not tell, and by how much
better a disc must then explain a spectrum: what no bell reached on training photos.
"""
_PLAIN = 0.8  # of sparsity: such a way is believed at once
_LENGTHS = np.geomspace(2.5, 27, 17)
_ANGLES = np.arange(0, 180, 9)
_BENDS = (0.0, 0.12, 0.28)
_NOISES = (0.1, 1.0, 10.0, 60.0)  # grey levels squared
_LOOSE = 2.0  # deviations at a frequency beyond the prior's, as coarse ways and spectra have them
_DARKEST = 3e-4  # of power that is left: windows leak
_HIDDEN = (4.0, 0.0)  # as in _FLAT
_STARTS = 8  # ways that are looked at closer
_APART = (0.25, 15.0)  # of length, degrees: what makes two of them differ
_ROUNDS, _ROUNDS_BEST = 4, 6
_WIDTHS = np.array([0.1, 6.0, 0.08, 0.15, 0.15])  # of length; degrees; the others of Way
_NUDGES = np.array([0.02, 1.0, 0.02, 0.03, 0.03])  # by which slopes are told
_SIDE = 384  # pixels of the part by which it is told from which end a way was gone
_RIM = 16
VERSION = "2"  # of the search: changes with what is told of a photo
_AT_ONCE = 128  # kernels, so that memory stays small
_ROWS, _COLUMNS = (np.rint(each * WINDOW).astype(int) for each in (DOWN, ACROSS))

FEATURES = ("bell", "disc", "way", "bell_sigma", "disc_radius", "way_length")


@dataclass(frozen=True)
class Candidates:
    """Coarse kernels of the three families, whitened for noise of four strengths: `family` and
    `number` of each, the `ways` (ways, 5) as kernels.ways has them, `looks` (kernels, noises,
    frequencies) as `whiten` makes them.
    """

    family: NDArray[np.int64]
    number: Values
    ways: Values
    looks: Floats
    lengths: Floats
    whiten: Floats


@cache
def candidates() -> Candidates:
    """All of them, none first; WeightsError without the prior."""
    of = spectrum.prior()
    told = np.meshgrid(_LENGTHS, _ANGLES, _BENDS, 0.0, 0.0, indexing="ij")
    ways = np.stack([each.ravel() for each in told], 1)
    left = np.concatenate(
        [np.ones((1, len(DOWN))), bells(SIGMAS, _DARKEST), discs(RADII), moved(ways)]
    )
    family = np.repeat(np.arange(4), (1, len(SIGMAS), len(RADII), len(ways)))
    number = np.concatenate([[1.0], SIGMAS, RADII, ways[:, 0]])
    usual = of.mean @ spectrum.SHAPES
    spread = spectrum.SHAPES.T @ of.spread @ spectrum.SHAPES
    spread += (_LOOSE * of.rest) ** 2 * np.eye(len(DOWN))
    whiten = np.linalg.inv(np.linalg.cholesky(spread))
    noisy = [np.log(left + noise * np.exp(-usual)) + usual for noise in _NOISES]
    looks = (np.stack(noisy, 1) @ whiten.T).astype(np.float32)
    return Candidates(family, number, ways, looks, (looks**2).sum(-1), whiten.astype(np.float32))


def bells(sigmas: Values, least: float = 1e-7) -> Values:
    """What Gaussians leave of the power, (kernels, frequencies); `least` everywhere."""
    squared = DOWN**2 + ACROSS**2
    left = np.exp(-((2 * np.pi * sigmas[:, None]) ** 2) * squared)
    return np.maximum(left, least)


def discs(radii: Values) -> Values:
    """What discs leave of it."""
    return _left(disc(float(radius)) for radius in radii)


def moved(numbers: Values) -> Values:
    """What ways (ways, 5), as kernels.ways has them, leave of it."""
    parts = np.split(numbers, range(_AT_ONCE, len(numbers), _AT_ONCE))
    return np.concatenate([_power(fft.rfft2(ways(part, WINDOW))) for part in parts])


def _left(kernels: Iterable[Kernel]) -> Values:
    return _power(np.stack([deconvolution.transfer(each, (WINDOW, WINDOW)) for each in kernels]))


def _power(seen: NDArray[Any]) -> Values:
    at = seen[:, _ROWS, _COLUMNS]
    return np.asarray(np.maximum(at.real**2 + at.imag**2, _DARKEST), np.float64)


def coarse(seen: Values) -> Values:
    """How badly each candidate explains logarithmic powers (parts, frequencies), (parts,
    kernels).
    """
    all_ = candidates()
    looks = seen.astype(np.float32) @ all_.whiten.T
    # One product for all parts: what takes its time is reading the candidates.
    alike = (all_.looks.reshape(-1, looks.shape[1]) @ looks.T).reshape(*all_.lengths.shape, -1)
    misfit = ((looks**2).sum(1) + all_.lengths[..., None] - 2 * alike) / 2
    return np.asarray(misfit.min(1).T, np.float64)


def features(seen: Values) -> Floats:
    """FEATURES of logarithmic powers (parts, frequencies): how much better than nothing each family
    explains them, and the logarithms of its best numbers.
    """
    all_, misfit = candidates(), coarse(seen)
    of_each = [np.flatnonzero(all_.family == family) for family in (1, 2, 3)]
    best = [those[misfit[:, those].argmin(1)] for those in of_each]
    rows = np.arange(len(seen))
    gains = [misfit[:, 0] - misfit[rows, each] for each in best]
    return np.stack([*gains, *(np.log(all_.number[each]) for each in best)], 1).astype(np.float32)


@dataclass(frozen=True)
class Soft:
    """A bell of a deviation in pixels, or a disc as wide (`disc` 1), how badly it explains a
    spectrum, and how much sparser its undoing leaves a photo.
    """

    sigma: float
    misfit: float
    disc: float = 0.0
    sharper: float = 1.0


@dataclass(frozen=True)
class Moved:
    """A way, how badly it explains a spectrum, and how much sparser its undoing leaves a photo."""

    way: Way
    misfit: float
    sharper: float = 1.0


def softness(power: Values, noise: float, photo: Pixels) -> Soft:
    """The bell or disc that explains the power of a photo (H, W, 3) best, beside a deviation of
    noise.
    """
    flat, bell, disc_ = False, Soft(0.0, math.inf), Soft(0.0, math.inf, 1.0)
    for hidden, better in reversed(_FLAT.items()):
        seen, there = spectrum.logarithm(power, hidden), math.hypot(noise, math.sqrt(hidden))
        bell = Soft(*_best(seen, SIGMAS, bells, there))
        radius, misfit = _best(seen, _TOLD_RADII, discs, there)
        disc_ = Soft(radius / 2, misfit, 1.0)
        flat |= misfit + better < bell.misfit
    best = disc_ if flat else bell
    kernel = soft(best.sigma, best.disc)
    return replace(best, sharper=sharper(kernel, "disc" if flat else "bell", noise, photo))


def _best(
    seen: Values, numbers: Values, left: Callable[[Values], Values], noise: float
) -> tuple[float, float]:
    """The number whose kernel explains a logarithmic power best, and how badly."""
    misfit = likelihood.misfits(seen, left(numbers), noise)
    fine = numbers[misfit.argmin()] * np.geomspace(0.94, 1.06, 9)
    misfit = likelihood.misfits(seen, left(fine), noise)
    return float(fine[misfit.argmin()]), float(misfit.min())


def motion(power: Values, noise: float, photo: Pixels) -> Moved:
    """The way that explains a power best, beside a deviation of noise, gone from the end that
    leaves a photo (H, W, 3) the sparser.
    """
    found = list[Moved]()
    for hidden in _HIDDEN:
        there = math.hypot(noise, math.sqrt(hidden))
        best = _way(spectrum.logarithm(power, hidden), there)
        both = [replace(best, way=each) for each in (best.way, best.way.turned())]
        found += [
            replace(each, sharper=sharper(way(each.way), "way", noise, photo)) for each in both
        ]
        if min(each.sharper for each in found) < _PLAIN:
            break
    return replace(min(found, key=lambda each: each.sharper), misfit=found[0].misfit)


def _way(seen: Values, noise: float) -> Moved:
    """The way that explains a logarithmic power best."""
    all_ = candidates()
    misfit = coarse(seen[None])[0, all_.family == 3]
    starts = list[Values]()
    for at in misfit.argsort():
        if all(_differ(all_.ways[at], other) for other in starts):
            starts.append(all_.ways[at])
        if len(starts) == _STARTS:
            break
    near = np.stack(starts)
    widths = np.column_stack([near[:, :1] * _WIDTHS[0], np.tile(_WIDTHS[1:], (len(near), 1))])
    near, misfits = likelihood.followed(seen, noise, near, WAYS, widths=widths, rounds=_ROUNDS)
    best = [int(misfits.argmin())]
    near, misfits = likelihood.followed(
        seen, noise, near[best], WAYS, widths=widths[best], rounds=_ROUNDS_BEST
    )
    way_ = Way(*map(float, near[0]))
    return Moved(replace(way_, angle=way_.angle % 180), float(misfits[0]))


def _log_moved(numbers: Values) -> tuple[Values, Values]:
    """As likelihood.Kernels has it, of ways (ways, 5)."""
    count, free = numbers.shape
    further = np.tile(_NUDGES, (count, 1))
    further[:, 0] *= numbers[:, 0]
    near = np.repeat(numbers[:, None], free + 1, 1)
    near[:, 1:][:, np.arange(free), np.arange(free)] += further
    left = np.log(moved(near.reshape(-1, free))).reshape(count, free + 1, -1)
    return left[:, 0], (left[:, 1:] - left[:, :1]) / further[..., None]


WAYS = likelihood.Family(
    _log_moved,
    np.array([1.2, -np.inf, -0.5, -0.7, -0.7]),
    np.array([27.0, np.inf, 0.5, 0.7, 0.7]),
)


def _differ(one: Values, other: Values) -> bool:
    angle = abs((one[1] - other[1] + 90) % 180 - 90)
    return bool(abs(math.log(one[0] / other[0])) > _APART[0] or angle > _APART[1])


def sharper(kernel: Kernel, family: str, noise: float, photo: Pixels) -> float:
    """How much sparser the steps of a photo (H, W, 3) are when a kernel is undone, as a share of
    what they are: undoing a wrong one leaves every edge several times.
    """
    top, left = (max(0, (n - _SIDE) // 2) for n in photo.shape[:2])
    part = photo[top : top + _SIDE, left : left + _SIDE].mean(2, dtype=np.float32)[..., None] / 255
    done = deconvolution.undone(part, kernel, noise, deconvolution.DOUBT[family])
    return _spread(done) / _spread(part)


def _spread(values: Floats) -> float:
    """How little the steps of values (H, W, 1) gather in few places, 0 to 1."""
    inside = values[_RIM:-_RIM, _RIM:-_RIM, 0]
    steps = np.hypot(np.diff(inside, axis=1)[:-1], np.diff(inside, axis=0)[:, :-1])
    return float((steps.mean() + 1e-6) / np.sqrt((steps**2).mean() + 1e-12))
