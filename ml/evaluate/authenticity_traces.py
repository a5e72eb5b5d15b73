"""Traces of savings and of sensors, on photographs, edits made of them, and a simulated sensor."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity import reasons, resaved, sensor, verdict
from ml.authenticity.patches import judge, network
from ml.authenticity.stored import Stored, stored
from ml.errors import MLError
from ml.evaluate.authenticity import area, interval, photographs
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.train.authenticity_sources import Pixels, trained_on
from ml.train.authenticity_splices import Random, blob, edited, write

_SIDE = 1100  # px
_QUALITIES = ((75, 85), (75, 95), (85, 95), (90, 80))  # of a first and a second saving
_SENSOR = (384, 512)  # px of the simulated one
_PATTERNS = (0.01, 0.004)  # its deviations
_NOISE = 1.5  # grey levels
_CAMERA = 95  # JPEG quality
_CHANCE = 0.4  # of full colour

Told = dict[str, list[float]]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on the photographs of lists or folders, an edit of each, and what a simulated sensor
    would have made of them: its pattern is estimated from half of the photographs that are large
    enough, and looked for in the others.

    Raises MLError where there are fewer than four photographs.
    """
    cv2.setNumThreads(1)
    paths, photos = photographs(places)
    rng = np.random.default_rng(seed)
    report = Report("authenticity-traces", len(paths), sum(map(trained_on, paths)), {})
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / "a.jpg"
        found = _savings(paths, photos, scratch, rng)
        for deviation in _PATTERNS:
            for name, values in _sensor(photos, deviation, scratch, rng).items():
                found[f"{name}_{deviation:g}"] = values
    report.metrics = {name: _mean(values, seed) for name, values in found.items()}
    report.metrics |= _areas(found, seed)
    return report


def _mean(values: list[float], seed: int) -> Metric | None:
    rows = np.array(values)
    return interval(len(rows), lambda drawn: float(rows[drawn].mean()), seed)


def _areas(found: Told, seed: int) -> dict[str, Metric | None]:
    """How often an edit is suspected more than its photograph saved as well: by the patch network
    alone, and with what savings tell.
    """
    plain, edits = np.array(found.pop("odds_photograph")), np.array(found.pop("odds_edit"))
    missing = np.array(found["saving_false_rate"]), np.array(found["saving_found_rate"])
    true = np.repeat([True, False], len(plain))
    areas = {}
    for name, weight in (("auc_edited_network", 0.0), ("auc_edited", reasons.UNSAVED)):
        one, other = edits + weight * missing[1], plain + weight * missing[0]

        def between(
            rows: NDArray[np.int64], one: NDArray[Any] = one, other: NDArray[Any] = other
        ) -> float:
            return area(true, np.concatenate([one[rows], other[rows]]))

        areas[name] = interval(len(plain), between, seed)
    return areas


def _savings(paths: list[Path], photos: list[Pixels], scratch: Path, rng: Random) -> Told:
    """What is found missing in the files themselves, saved once more, and edited, saved once more;
    and of edits between two savings of given qualities.
    """
    found = Told()

    def tell(name: str, file: Stored | None) -> None:
        found.setdefault(name, []).append(float(_missing(file)))

    scale, patches = verdict.gate().whole, network()
    for i, (path, photo) in enumerate(zip(paths, photos, strict=True)):
        donor = photos[(i + len(photos) // 2) % len(photos)]
        tell("saving_false_rate_files", stored(Picture.open(path)))
        for name, shown in (("photograph", photo), ("edit", edited(photo, donor, rng)[0])):
            file = _saved(scratch, shown, round(float(rng.triangular(60, 90, 98))), rng)
            tell("saving_found_rate" if name == "edit" else "saving_false_rate", file)
            suspicion = judge(patches, Picture.open(scratch).view(_SIDE)).edit
            found.setdefault(f"odds_{name}", []).append(scale.edit * suspicion + scale.edited)
        first, second = _QUALITIES[i % len(_QUALITIES)]
        _saved(scratch, photo, first, rng)
        host = np.ascontiguousarray(Picture.open(scratch).full())
        tell(f"saving_false_rate_{first}_{second}", _saved(scratch, host, second, rng))
        changed, _ = edited(host, donor, rng)
        tell(f"saving_found_rate_{first}_{second}", _saved(scratch, changed, second, rng))
    return found


def _missing(file: Stored | None) -> bool:
    earlier = resaved.look(file) if file is not None else None
    return earlier is not None and earlier.missing is not None


def _saved(path: Path, shown: Pixels, quality: int, rng: Random) -> Stored | None:
    write(path, shown, quality, fine=bool(rng.random() < _CHANCE))
    return stored(Picture.open(path))


def _sensor(photos: list[Pixels], deviation: float, scratch: Path, rng: Random) -> Told:
    """How often the pattern is found in photographs that have it, and in those of another sensor;
    and its absence in a piece of those pasted in, saved again at quality 90, and in none.
    """
    own, other = (rng.normal(0, deviation, _SENSOR) for _ in range(2))
    pieces = list(_pieces(photos))
    half = len(pieces) // 2
    found = Told()
    if half < 2:
        return found
    sums = sensor.Sums(scratch.parent, _SENSOR)
    for piece in pieces[:half]:
        sums.add(_taken(scratch, piece, own, rng).luma)
    pattern = sums.pattern()
    for i, piece in enumerate(pieces[half:]):
        # No photograph that the pattern is of: it knows their scenes.
        donor = pieces[half + (i + half // 2) % (len(pieces) - half)]
        file = _taken(scratch, piece, own, rng)
        planes = file.planes()
        away = _taken(scratch, donor, other, rng)
        shown = np.where(blob(*_SENSOR, rng)[..., None] > 0.5, away.planes(), planes)
        cv2.imwrite(
            str(scratch),
            cv2.cvtColor(shown[..., [0, 2, 1]], cv2.COLOR_YCrCb2BGR),
            [cv2.IMWRITE_JPEG_QUALITY, 90],
        )
        plain, strange = sensor.compared(file, pattern), sensor.compared(away, pattern)
        spliced = sensor.compared(_read(scratch), pattern)
        for name, told in (
            ("sensor_found_rate", plain.same),
            ("sensor_false_rate", strange.same),
            ("absence_found_rate", spliced.absent is not None and spliced.absent.any()),
            ("absence_false_rate", plain.absent is not None and plain.absent.any()),
        ):
            found.setdefault(name, []).append(float(told))
    return found


def _pieces(photos: list[Pixels]) -> Iterator[Pixels]:
    """The middle of every photograph that is large enough, lying."""
    for photo in photos:
        lying = photo if photo.shape[1] >= photo.shape[0] else np.rot90(photo)
        top, left = ((whole - side) // 2 for whole, side in zip(lying.shape, _SENSOR, strict=False))
        if min(top, left) >= 0:
            yield lying[top : top + _SENSOR[0], left : left + _SENSOR[1]]


def _taken(path: Path, piece: Pixels, pattern: NDArray[Any], rng: Random) -> Stored:
    """A piece as a camera with this sensor would have saved it."""
    values = piece * (1 + pattern[..., None]) + rng.normal(0, _NOISE, piece.shape)
    shown = np.clip(values + 0.5, 0, 255).astype(np.uint8)[..., ::-1]
    settings = [cv2.IMWRITE_JPEG_QUALITY, _CAMERA]
    cv2.imwrite(str(path), np.ascontiguousarray(shown), settings)
    return _read(path)


def _read(path: Path) -> Stored:
    file = stored(Picture.open(path))
    if file is None:
        raise MLError(f"{path.name}: no JPEG was written")
    return file
