"""Photos bent on purpose, or left alone, and how well an estimate fits each."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.estimators.diagnosis import Found
from ml.estimators.encodings import kind_of
from ml.estimators.kinds import GROUP_OF
from ml.warps import FAMILIES, Warp, WarpError, compose, distort, recovered, undo
from ml.warps.draw import displacement, draw, grid
from ml.warps.sampling import Border

Pixels = NDArray[np.uint8]

SIDE = 512  # pixels of the long side at which errors are told
JUDGED = (
    "swirl",
    "barrel",
    "pincushion",
    "fisheye",
    "bulge",
    "pinch",
    "wave",
    "ripple",
    "polar",
    "arc",
    "contour",
)
# Honest photos have these too: they stand in rows of their own.
HONEST = ("perspective", "shear", "mild")
MILDEST, STRONGEST, MILD = 0.015, 0.1, (0.005, 0.015)
WARPS = 2  # of the judged ones a photo, and one of the honest ones
_BORDERS: tuple[Border, ...] = ("black", "white", "mirror", "replicate", "wrap")
_POINTS = 24
_MOST_DB = 60.0


@dataclass(frozen=True)
class Trial:
    """A picture with what is true of it: no warps where it is clean.

    `row` is what it is counted under: a view of a clean photo, or the family that bent it.
    """

    source: str
    row: str
    condition: str
    image: Pixels
    clean: Pixels | None = None
    warps: tuple[Warp, ...] = ()

    @property
    def severity(self) -> float:
        """Mean displacement as a share of the width."""
        height, width = self.image.shape[:2]
        return displacement(self.warps[0], (width, height)) if self.warps else 0.0


@dataclass(frozen=True)
class Outcome:
    """What an estimate was worth on a trial; lengths in pixels at a long side of SIDE."""

    source: str
    row: str
    condition: str
    severity: float
    group: str
    right: bool
    kind_right: bool
    alarm: bool
    epe: float = math.nan
    epe_nothing: float = math.nan
    psnr_nothing: float = math.nan
    gain: float = math.nan
    gain_oracle: float = math.nan


def trials(source: str, photo: Pixels, number: int, seed: int) -> Iterator[Trial]:
    """Every trial of one clean photo, the `number`-th of the set, as the seed has it."""
    rng = np.random.default_rng((seed, number))
    photo = _limited(photo)
    for view, image in _views(photo, rng):
        yield Trial(source, view, "clean", image)
    families = [JUDGED[(number * WARPS + i) % len(JUDGED)] for i in range(WARPS)]
    for family in (*families, HONEST[number % len(HONEST)]):
        yield from _bent(source, photo, family, rng)


def given(source: str, path: Path, image: Pixels) -> Trial | None:
    """The trial of a photo that `python -m ml distort` wrote; None without its JSON.

    Raises MLError where the JSON is none of ours.
    """
    beside = path.with_name(path.name + ".json")
    if not beside.is_file():
        return None
    try:
        told = json.loads(beside.read_text("utf-8"))
        values = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in told["parameters"].items()
        }
        warp = FAMILIES[told["effect"]](**values).scaled(image.shape[1] / told["width"])
    except (ValueError, KeyError, TypeError, AttributeError, WarpError) as error:
        raise MLError(f"{beside} is no JSON of distort: {error}") from error
    return Trial(source, told["effect"], "plain", image, None, (warp,))


def measure(trial: Trial, found: Sequence[Found]) -> Outcome:
    """Hold what was found, the last applied first, against the truth; a second effect of one is
    wrong.
    """
    height, width = trial.image.shape[:2]
    size = (width, height)
    kind = kind_of(trial.warps[0], size) if trial.warps else "none"
    group = GROUP_OF[kind]
    told = Outcome(
        trial.source,
        trial.row,
        trial.condition,
        trial.severity,
        group,
        [GROUP_OF[each.kind] for each in found] == [group] * bool(trial.warps),
        [each.kind for each in found] == [kind] * bool(trial.warps),
        bool(found),
    )
    if not trial.warps:
        return told
    warps = tuple(each.warp for each in reversed(found))
    epe, nothing = endpoint_errors(trial.warps, warps, size)
    told = replace(told, epe=epe, epe_nothing=nothing)
    if trial.clean is None:
        return told
    shown = recovered(trial.warps, size)
    before = psnr(trial.image, trial.clean, shown)
    best = psnr(undo(trial.image, trial.warps), trial.clean, shown)
    after = psnr(undo(trial.image, warps), trial.clean, shown) if found else before
    return replace(told, psnr_nothing=before, gain=after - before, gain_oracle=best - before)


def endpoint_errors(
    true: tuple[Warp, ...], found: tuple[Warp, ...], size: tuple[int, int]
) -> tuple[float, float]:
    """Mean distance between where points of the distorted picture are put and where they lay, by
    the found warps and by doing nothing, in pixels at a long side of SIDE.
    """
    points = grid(size, _POINTS)
    wanted = compose.inverse(true, points)
    inside = ((wanted >= -0.5) & (wanted <= np.array(size) - 0.5)).all(1)
    if not inside.any():
        return math.nan, math.nan
    put = compose.inverse(found, points)
    put = np.where(np.isfinite(put), put, points)
    unit = SIDE / max(size)
    errors = [np.linalg.norm(each - wanted, axis=1)[inside].mean() * unit for each in (put, points)]
    return float(errors[0]), float(errors[1])


def psnr(image: Pixels, clean: Pixels, shown: NDArray[np.bool_]) -> float:
    """PSNR in dB over the pixels shown, at most 60."""
    if not shown.any():
        return math.nan
    error = float(np.mean((image[shown].astype(np.float64) - clean[shown]) ** 2))
    return min(_MOST_DB, 10 * math.log10(255**2 / max(error, 1e-9)))


def _bent(source: str, photo: Pixels, family: str, rng: np.random.Generator) -> Iterator[Trial]:
    """A photo bent by a family, as it is, through JPEG 75, and resized by 0.7."""
    size = (photo.shape[1], photo.shape[0])
    low, high = MILD if family == "mild" else (MILDEST, STRONGEST)
    severity = math.exp(rng.uniform(math.log(low), math.log(high)))
    name = str(rng.choice(("barrel", "pincushion"))) if family == "mild" else family
    middle = {"center": (size[0] / 2 - 0.5, size[1] / 2 - 0.5)} if family == "shear" else {}
    warp = draw(name, size, rng, severity, **middle)
    border = _BORDERS[rng.integers(len(_BORDERS))]
    image = distort(photo, warp, border=border)
    yield Trial(source, family, "plain", image, photo, (warp,))
    yield Trial(source, family, "jpeg75", _jpeg(image, 75), photo, (warp,))
    small, clean = _resized(image, 0.7), _resized(photo, 0.7)
    scaled = compose.scaled((warp,), small.shape[1] / size[0])
    yield Trial(source, family, "resized", small, clean, scaled)


def _views(photo: Pixels, rng: np.random.Generator) -> Iterator[tuple[str, Pixels]]:
    height, width = photo.shape[:2]
    yield "whole", photo
    share = rng.uniform(0.6, 0.9)
    w, h = round(width * share), round(height * share)
    x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    yield "cropped", photo[y : y + h, x : x + w]
    yield "resized", _resized(photo, rng.uniform(0.5, 0.9))
    yield "recompressed", _jpeg(photo, int(rng.integers(40, 90)))


def _limited(photo: Pixels) -> Pixels:
    factor = SIDE / max(photo.shape[:2])
    return photo if factor >= 1 else _resized(photo, factor)


def _resized(image: Pixels, factor: float) -> Pixels:
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
