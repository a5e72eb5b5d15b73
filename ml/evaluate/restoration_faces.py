"""Faces of strangers damaged and repaired: how much they are still themselves."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.degradations.blur import GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation
from ml.degradations.noise import CameraNoise, GaussianNoise
from ml.errors import MLError
from ml.evaluate.distortion import figure, photos
from ml.evaluate.distortion_faces import vector_of
from ml.evaluate.face_tree import portrait
from ml.evaluate.report import Report
from ml.evaluate.restoration_ours import proposed
from ml.image import Picture
from ml.restoration import undone
from ml.stages.faces import find_faces
from ml.stages.table import VIEW_SIDE
from ml.train.restoration_sources import trained_on

PHOTOS = 40
ROWS: dict[str, type[Degradation]] = {
    "noise": GaussianNoise,
    "camera": CameraNoise,
    "jpeg": Jpeg,
    "blur": GaussianBlur,
    "motion": MotionBlur,
}
_STRENGTHS = (0.25, 0.75)


@dataclass(frozen=True)
class Outcome:
    """One photo damaged in one way: the cosine of its face to that of the clean photo, damaged and
    repaired, and whether anything was proposed.
    """

    source: str
    row: str
    damaged: float
    repaired: float
    proposed: bool


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Damage photos of faces from the seed, undo what the stage proposes, and hold both against the
    clean photo. Raises MLError where no face is found.
    """
    rng = np.random.default_rng(seed)
    paths = [Path(path) for path in rng.permutation([str(path) for path in photos(places)])]
    outcomes, used = list[Outcome](), 0
    for path in paths:
        if used == PHOTOS:
            break
        picture = Picture.open(path)
        face = portrait(find_faces(picture, VIEW_SIDE)[0], picture.size)
        if face is None or face.embedding is None:
            continue
        used += 1
        for name, kind in ROWS.items():
            own = zlib.crc32(f"{seed} {path.name} {name}".encode())
            damage = kind(float(np.random.default_rng(own).uniform(*_STRENGTHS)), own)
            damaged = damage.apply(picture.full()).image
            found = proposed(damaged)
            repaired = undone.undo(damaged, "RGB", found) if found else damaged
            before, after = (
                float(vector_of(each, face.embedding) @ face.embedding)
                for each in (damaged, repaired)
            )
            outcomes.append(Outcome(str(path), name, before, after, bool(found)))
    if not outcomes:
        raise MLError("no face is found in these photos")
    return _report(outcomes, used, seed)


def _report(outcomes: Sequence[Outcome], count: int, seed: int) -> Report:
    seen = sum(trained_on(Path(source)) for source in {one.source for one in outcomes})
    told = Report("restoration-faces", count, seen, {})
    for row in ROWS:
        mine = [one for one in outcomes if one.row == row]
        told.metrics[f"likeness_{row}"] = figure(mine, "repaired", np.mean, seed)
        told.metrics[f"proposed_{row}"] = figure(mine, "proposed", np.mean, seed)
        nothing = figure(mine, "damaged", np.mean, seed)
        told.baselines[f"likeness_{row}"] = nothing.value if nothing else None
    return told
