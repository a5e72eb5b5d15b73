"""Faces hidden by a swirl: who they are before, after, and once it is undone."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from ml.estimators.diagnosis import diagnose
from ml.evaluate.distortion import figure, in_use
from ml.evaluate.face_tree import Tree, embed, portrait, read
from ml.evaluate.report import Report
from ml.image import Picture
from ml.results import Face
from ml.stages.faces import find_faces
from ml.stages.table import VIEW_SIDE
from ml.warps import distort, undo
from ml.warps.swirl import Swirl

PHOTOS = 150
_DEGREES, _REACH = (70.0, 220.0), (0.9, 1.5)  # of the swirl; its radius in widths of the face


@dataclass(frozen=True)
class Outcome:
    """One photo; likeness is the cosine to the face as it was, `known`: named as before."""

    source: str
    likeness_swirled: float
    likeness_undone: float
    likeness_oracle: float
    known_swirled: bool
    known_undone: bool
    recognised: bool


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Swirl the faces of known people on a folder-per-person tree, and undo what is found."""
    tree = read(places)
    clean = embed(tree)
    found_by, gate = in_use()
    rng = np.random.default_rng(seed)
    people = np.array(tree.people)
    rows = [row for row in np.flatnonzero(np.isin(people, tree.known)) if clean.found[row]]
    outcomes = []
    for row in rng.permutation(rows)[:PHOTOS].tolist():
        picture = Picture.open(tree.paths[row])
        face = portrait(find_faces(picture, VIEW_SIDE)[0], picture.size)
        if face is None or face.embedding is None:
            continue
        swirl = _over(face, rng)
        bent = distort(picture.view(VIEW_SIDE), swirl, border="mirror")
        found = diagnose(found_by, bent, gate)
        undone = undo(bent, tuple(each.warp for each in reversed(found)), border="mirror")
        pictures = (bent, undone, undo(bent, swirl, border="mirror"))
        seen = [face.embedding, *(vector_of(each, face.embedding) for each in pictures)]
        named = [_named(tree, clean.vectors, row, each) for each in seen]
        _, swirled, mended, best = (float(vector @ seen[0]) for vector in seen)
        _, hidden, after, _ = (name == named[0] for name in named)
        right = any(each.kind == "swirl" for each in found)
        name = str(tree.paths[row])
        outcomes.append(Outcome(name, swirled, mended, best, hidden, after, right))
    return _report(outcomes, seed)


def _report(outcomes: Sequence[Outcome], seed: int) -> Report:
    told = Report("distortion-faces", len(outcomes), 0, {})
    for name, of in (
        ("likeness_undone", np.median),
        ("known_undone", np.mean),
        ("recognised", np.mean),
    ):
        told.metrics[name] = figure(outcomes, name, of, seed)
    for name in ("likeness_swirled", "known_swirled"):
        nothing = figure(outcomes, name, np.median if "like" in name else np.mean, seed)
        told.baselines[name] = nothing.value if nothing else None
    oracles = figure(outcomes, "likeness_oracle", np.median, seed)
    told.oracle["likeness"] = oracles.value if oracles else None
    return told


def _over(face: Face, rng: np.random.Generator) -> Swirl:
    """A swirl that hides a face."""
    x, y, width, height = face.box
    centre = (x + width / 2, y + height / 2)
    angle = float(rng.uniform(*_DEGREES) * rng.choice([-1, 1]))
    return Swirl(centre, angle, float(rng.uniform(*_REACH) * width))


def vector_of(photo: NDArray[np.uint8], before: NDArray[np.float32]) -> NDArray[np.float32]:
    """The embedding of the face where it was; zeros where none is found."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "face.png"
        PILImage.fromarray(photo).save(file, compress_level=1)
        picture = Picture.open(file)
        face = portrait(find_faces(picture, VIEW_SIDE)[0], picture.size)
    if face is None or face.embedding is None:
        return np.zeros_like(before)
    return face.embedding


def _named(tree: Tree, vectors: NDArray[np.float32], row: int, vector: NDArray[np.float32]) -> str:
    """Whose other photos (their mean) a vector is most like; nobody's where it is none."""
    if not vector.any():
        return ""
    best, most = "", -2.0
    for name in tree.known:
        own = [i for i, who in enumerate(tree.people) if who == name and i != row]
        mean = vectors[own].mean(0)
        score = float(vector @ mean / max(float(np.linalg.norm(mean)), 1e-9))
        if score > most:
            best, most = name, score
    return best
