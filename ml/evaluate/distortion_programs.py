"""Effects that ImageMagick made, and two effects one over the other: found, named, undone."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.estimators.diagnosis import Found, diagnose
from ml.estimators.encodings import kind_of
from ml.estimators.kinds import GROUP_OF
from ml.evaluate.distortion import figure, in_use, photos
from ml.evaluate.distortion_trials import JUDGED, SIDE, psnr
from ml.evaluate.report import Report
from ml.image import Picture
from ml.image.picture import shrink
from ml.train.distortion_sources import trained_on
from ml.warps import Points, compose, distort, imagemagick, recovered, undo
from ml.warps.draw import draw
from ml.warps.imagemagick import Effect
from ml.warps.sampling import inside, lookup, sample

EFFECTS = 200
_BORDERS = ("black", "mirror", "edge", "white")
_PAIRS = 100
_SEVERITY = (0.02, 0.06)

Pixels = NDArray[np.uint8]
Size = tuple[int, int]


@dataclass(frozen=True)
class Outcome:
    """What was made of one picture; `gain` in dB on what can be had back."""

    source: str
    row: str
    right: bool
    found: bool
    gain: float
    gain_oracle: float


def programs(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure 200 effects of ImageMagick's, parameters, borders and photos drawn from the seed.

    Raises MLError where `convert` is not installed.
    """
    convert = shutil.which("convert")
    if convert is None:
        raise MLError("ImageMagick (convert) is not installed")
    paths = photos(places)
    rng = np.random.default_rng(seed)
    found_by, gate = in_use()
    outcomes = []
    for number in range(EFFECTS):
        path = paths[int(rng.integers(len(paths)))]
        photo = _photo(path)
        name, effect, arguments = _drawn(photo, number, rng)
        border = _BORDERS[rng.integers(len(_BORDERS))]
        bent = _converted(convert, photo, ["-virtual-pixel", border, *arguments])
        found = diagnose(found_by, bent, gate)
        gains = _gains(photo, effect, bent, found)
        wanted = GROUP_OF[kind_of(effect.warps[0], (bent.shape[1], bent.shape[0]))]
        right = [GROUP_OF[each.kind] for each in found] == [wanted]
        outcomes.append(Outcome(str(path), name, right, bool(found), *gains))
    return _report("distortion-programs", paths, outcomes, seed)


def two(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure two effects of different groups, one over the other."""
    paths, rng = photos(places), np.random.default_rng(seed)
    found_by, gate = in_use()
    outcomes = []
    for _ in range(_PAIRS):
        path = paths[int(rng.integers(len(paths)))]
        photo = _photo(path)
        size = (photo.shape[1], photo.shape[0])
        names = _two_groups(rng)
        warps = tuple(draw(name, size, rng, rng.uniform(*_SEVERITY)) for name in names)
        bent = distort(distort(photo, warps[0], border="mirror"), warps[1], border="mirror")
        found = diagnose(found_by, bent, gate)
        wanted = {GROUP_OF[kind_of(warp, size)] for warp in warps}
        shown = recovered(warps, size)
        before = psnr(bent, photo, shown)
        after = psnr(undo(bent, tuple(each.warp for each in reversed(found))), photo, shown)
        best = psnr(undo(bent, warps), photo, shown)
        right = len(found) == 2 and {GROUP_OF[each.kind] for each in found} == wanted
        outcomes.append(
            Outcome(str(path), "+".join(names), right, bool(found), after - before, best - before)
        )
    return _report("distortion-two", paths, outcomes, seed)


def _two_groups(rng: np.random.Generator) -> tuple[str, str]:
    while True:
        one, other = (JUDGED[i] for i in rng.choice(len(JUDGED), 2, replace=False))
        if GROUP_OF[one] != GROUP_OF[other] and "polar" not in (one, other):
            return one, other


def _photo(path: Path) -> Pixels:
    return np.ascontiguousarray(shrink(Picture.open(path).view(SIDE), SIDE))


def _drawn(photo: Pixels, number: int, rng: np.random.Generator) -> tuple[str, Effect, list[str]]:
    """The `number`-th effect, with parameters that people use, and its command."""
    size = (photo.shape[1], photo.shape[0])
    sign = float(rng.choice([-1, 1]))
    kind = _KINDS[number % len(_KINDS)]
    return (kind, *_DRAWERS[kind](size, sign, rng))


def _swirl(size: Size, sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    degrees = sign * rng.uniform(30, 180)
    return imagemagick.swirl(size, degrees), ["-swirl", f"{degrees}"]


def _implode(size: Size, _sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    amount = rng.uniform(0.2, 0.6)
    return imagemagick.implode(size, amount), ["-implode", f"{amount}"]


def _explode(size: Size, _sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    amount = -rng.uniform(0.25, 0.9)
    return imagemagick.implode(size, amount), ["-implode", f"{amount}"]


def _wave(size: Size, _sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    high, long = round(rng.uniform(0.02, 0.06) * size[1]), round(rng.uniform(0.15, 0.5) * size[0])
    return imagemagick.wave(size, high, long), ["-wave", f"{high}x{long}"]


def _barrel(size: Size, _sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    b = rng.uniform(0.06, 0.2)
    return imagemagick.barrel(size, 0, b, 0), ["-distort", "Barrel", f"0 {b} 0"]


def _arc(size: Size, _sign: float, rng: np.random.Generator) -> tuple[Effect, list[str]]:
    degrees = rng.uniform(40, 150)
    return imagemagick.arc(size, degrees), ["-distort", "Arc", f"{degrees}"]


def _polar(size: Size, _sign: float, _rng: np.random.Generator) -> tuple[Effect, list[str]]:
    return imagemagick.polar(size), ["-distort", "Polar", "0"]


_DRAWERS: dict[str, Callable[[Size, float, np.random.Generator], tuple[Effect, list[str]]]] = {
    "swirl": _swirl,
    "implode": _implode,
    "explode": _explode,
    "wave": _wave,
    "barrel": _barrel,
    "arc": _arc,
    "polar": _polar,
}
_KINDS = tuple(_DRAWERS)


def _converted(convert: str, photo: Pixels, arguments: list[str]) -> Pixels:
    encoded = cv2.imencode(".png", photo[..., ::-1])[1].tobytes()
    command = [convert, "png:-", *arguments, "+repage", "-depth", "8", "png:-"]
    done = subprocess.run(command, input=encoded, capture_output=True, check=True, timeout=60)
    read = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(read, np.uint8)[..., ::-1])


def _gains(
    photo: Pixels, effect: Effect, bent: Pixels, found: Sequence[Found]
) -> tuple[float, float]:
    """Gain of what was found on ImageMagick's canvas, and of the truth, in dB against the photo as
    it lies on that canvas.
    """
    size = (bent.shape[1], bent.shape[0])
    origin = np.array(effect.origin)

    def placed(points: Points) -> Points:
        return np.asarray(points + origin)

    def truth(points: Points) -> Points:
        return np.asarray(compose.forward(effect.warps, points + origin) - origin)

    clean = sample(photo, lookup(placed, size), "black", "nearest")
    places = lookup(truth, size)
    on_photo = lookup(placed, size)
    shown = inside(on_photo, photo.shape[1], photo.shape[0])
    shown = np.asarray(shown & inside(places, *size))
    best = psnr(sample(bent, places, "black", "cubic"), clean, shown)
    before = psnr(bent, clean, shown)
    undone = undo(bent, tuple(each.warp for each in reversed(found))) if found else bent
    after = psnr(undone, clean, shown)
    return after - before, best - before


def _report(task: str, paths: Sequence[Path], outcomes: Sequence[Outcome], seed: int) -> Report:
    told = Report(task, len(paths), sum(trained_on(path) for path in paths), {})
    for suffix, some in _rows(outcomes):
        told.metrics[f"recognised{suffix}"] = figure(some, "right", np.mean, seed)
        told.metrics[f"found{suffix}"] = figure(some, "found", np.mean, seed)
        told.metrics[f"gain_db{suffix}"] = figure(some, "gain", np.mean, seed)
        oracle = figure(some, "gain_oracle", np.mean, seed)
        told.oracle[f"gain_db{suffix}"] = oracle.value if oracle else None
    return told


def _rows(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    yield "", list(outcomes)
    for row in sorted({o.row for o in outcomes if "+" not in o.row}):
        yield f"_{row}", [o for o in outcomes if o.row == row]
