"""A folder of faces for evaluation: a folder per person, loose photos of strangers."""

import hashlib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from ml.errors import ImageError, MLError
from ml.evaluate.face_damage import DAMAGES
from ml.faces.embed import chosen
from ml.image import Picture
from ml.image.formats import is_taken
from ml.results import Face
from ml.stages.faces import find_faces
from ml.stages.table import STAGES, VIEW_SIDE
from ml.weights.store import cache_folder

KNOWN_FROM = 15  # photos a person needs to be one of the known
_FORM = 6  # of what is cached; raise it when detection, alignment or embedding change
_PLAIN = 17  # columns before the vector: found, quality, score, box (4), landmarks (10)


@dataclass(frozen=True)
class Tree:
    """Photos with the person on each; a loose photo's person is its own path."""

    paths: tuple[Path, ...]
    people: tuple[str, ...]

    @property
    def known(self) -> list[str]:
        """Return the people with enough photos to be known, sorted."""
        return sorted(name for name, count in Counter(self.people).items() if count >= KNOWN_FROM)


@dataclass(frozen=True)
class Faces:
    """The face of each photo, row by row as in the tree.

    `found` (N,) bool, `vectors` (N, D) of length 1 or 0 where there is none, `quality` (N,) 0..1,
    `width` (N,) in pixels of the photo.
    """

    found: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    quality: NDArray[np.float32]
    width: NDArray[np.float32]


def read(folders: Iterable[Path]) -> Tree:
    """List the photos under these folders; raises MLError where there is no folder or photo."""
    paths, people = [], []
    for folder in folders:
        if not folder.is_dir():
            raise MLError(f"{folder} is no folder")
        for path in sorted(_photos(folder)):
            parts = path.relative_to(folder).parts
            paths.append(path)
            people.append(parts[0] if len(parts) > 1 else str(path))
    if not paths:
        raise MLError("there are no photos in these folders")
    return Tree(tuple(paths), tuple(people))


def _photos(folder: Path) -> Iterator[Path]:
    """Yield the photos below a folder; links are not followed."""
    for entry in folder.iterdir():
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _photos(entry)
        elif entry.is_file() and is_taken(entry):
            yield entry


def portrait(faces: Sequence[Face], size: tuple[int, int]) -> Face | None:
    """Return the face that a photo of one person is of: the largest nearest the centre."""

    def weight(face: Face) -> float:
        x, y, width, height = face.box
        off = np.hypot((x + width / 2) / size[0] - 0.5, (y + height / 2) / size[1] - 0.5)
        return float(width * height / (1 + 32 * off**2))

    return max((face for face in faces if face.embedding is not None), key=weight, default=None)


def embed(tree: Tree, damage: str | None = None, rows: Sequence[int] | None = None) -> Faces:
    """Find and embed the face of each photo, or of the chosen rows, from the cache where known.

    With `damage` the photos are damaged first, each by a generator seeded by its own content. The
    cache lies beside the weights'; it holds nothing but figures under the hash of each file.
    """
    wanted = range(len(tree.paths)) if rows is None else rows
    store = _Store(damage or "clean")
    clean = store if damage is None else _Store("clean")
    table = np.zeros((len(tree.paths), _PLAIN + chosen().dimensions), np.float32)
    for done, row in enumerate(wanted):
        content = hashlib.sha256(tree.paths[row].read_bytes()).hexdigest()
        if content not in store.rows:
            plain = clean.rows.get(content)
            store.add(content, _row(tree.paths[row], content, damage, plain))
        table[row] = store.rows[content]
        if done % 200 == 199:
            sys.stderr.write(f"{damage or 'photos'}: {done + 1} of {len(wanted)}\n")
    store.save()
    return Faces(table[:, 0] > 0, table[:, _PLAIN:], table[:, 1], table[:, 5])


def _row(
    path: Path, content: str, damage: str | None, clean: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Look at a photo, damaged if so wanted; `clean` is what is known of it undamaged."""
    try:
        if damage is None:
            return _as_row(_face(Picture.open(path)))
        before = _as_row(_face(Picture.open(path))) if clean is None else clean
        if not before[0]:
            return before
        return _as_row(_face_damaged(Picture.open(path), before, content, damage))
    except ImageError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return _as_row(None)


def _as_row(face: Face | None) -> NDArray[np.float32]:
    row = np.zeros(_PLAIN + chosen().dimensions, np.float32)
    if face is not None and face.embedding is not None:
        row[:3] = 1, face.quality, face.score
        row[3:7] = face.box
        row[7:_PLAIN] = face.landmarks.ravel()
        row[_PLAIN:] = face.embedding
    return row


def _face(picture: Picture) -> Face | None:
    faces, missing = find_faces(picture, VIEW_SIDE)
    if missing:
        raise MLError(missing)
    return portrait(faces, picture.size)


def _face_damaged(
    picture: Picture, clean: NDArray[np.float32], content: str, damage: str
) -> Face | None:
    """Damage the photo, save it, and look again with everything that is done to a photo."""
    view = picture.view(VIEW_SIDE)
    scale = view.shape[1] / picture.size[0]
    x, y, width, height = (float(value) * scale for value in clean[3:7])
    points = clean[7:_PLAIN].reshape(5, 2) * np.float32(scale)
    seen = Face((x, y, width, height), float(clean[2]), points, float(clean[1]), None)
    rng = np.random.default_rng(int(content[:12], 16))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "damaged.png"
        PILImage.fromarray(DAMAGES[damage](view, seen, rng)).save(file, compress_level=1)
        return _face(Picture.open(file))


class _Store:
    """What was embedded before, by the hash of the file."""

    def __init__(self, name: str) -> None:
        networks = "+".join(f"{name}@{digest[:8]}" for name, digest in STAGES["faces"].networks())
        folder = cache_folder().parent / "evaluate"
        self.path = folder / f"faces-{_FORM}-{networks}-{name}.npz"
        self.rows: dict[str, NDArray[np.float32]] = {}
        self.changed = False
        if self.path.is_file():
            with np.load(self.path) as kept:
                self.rows = dict(zip(kept["files"].tolist(), kept["rows"], strict=True))

    def add(self, content: str, row: NDArray[np.float32]) -> None:
        """Take in what is known of a file."""
        self.rows[content] = row
        self.changed = True

    def save(self) -> None:
        """Write what is new, whole or not at all."""
        if not self.changed:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part.npz")
        np.savez(part, files=np.array(list(self.rows)), rows=np.stack(list(self.rows.values())))
        part.replace(self.path)
