"""What the patch network, copies and savings say of photographs that it never saw, with edits and
without, and of generated pictures; of whole ones, and of people cut out of them.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ml.authenticity import copies, reasons, resaved
from ml.authenticity import stored as files
from ml.authenticity.patches import NETWORK, VIEW, judge, network
from ml.authenticity.stored import stored
from ml.image import Picture
from ml.image.picture import within
from ml.train.authenticity_features import person
from ml.train.authenticity_sources import EDITED, GENERATED, REAL, SIDE, Pixels, Sources
from ml.train.authenticity_splices import Random, edited, saved, write
from ml.weights.manifest import entry

Values = NDArray[np.float64]

UNSEEN = "train/photos_more"
_FROM = ("a1_", "a4_")  # of COCO and BSDS: the others stand among the pictures that are trained on
_DONOR = 7  # places further on in the list
_SEED = 1
_RULES = (copies, resaved, reasons, files)  # what copies and savings are told by
_LOOKS = 4  # at each person: few photographs show one who is large enough


def scores(sources: Sources, data: Path, folder: Path, *, alone: bool = False) -> dict[str, Values]:
    """By class (pictures, 2): how much an edit is suspected in each picture by itself, or in the
    largest person of each alone, and what copies and earlier savings add to its log odds, which
    nobody looks for in a person; kept in the folder.
    """
    name = "edits_people" if alone else "edits"
    key = f"{sources.key}_{entry(NETWORK).sha256[:12]}_{_rules()}"
    kept = folder / f"{name}_{key}.npz"
    if not kept.exists():
        found = _of_people(sources, data) if alone else _scored(*_pictures(sources, data))
        np.savez(kept, real=found[REAL], generated=found[GENERATED], edited=found[EDITED])
    with np.load(kept) as read:
        return {kind: read[kind] for kind in (REAL, GENERATED, EDITED)}


def _rules() -> str:
    """What copies and savings are told by, in short."""
    told = [Path(each.__file__ or "").read_bytes() for each in _RULES]
    return hashlib.sha256(b"".join(told)).hexdigest()[:12]


def _pictures(sources: Sources, data: Path) -> tuple[list[Pixels], Iterable[Pixels]]:
    """Photographs that the network never saw, and generated pictures."""
    paths = sorted(each for each in (data / UNSEEN).iterdir() if each.name.startswith(_FROM))
    photos = [within(Picture.open(path).view(SIDE), SIDE) for path in paths]
    made = [place for places in sources.of(GENERATED).values() for place in places]
    return photos, (sources.picture(place) for place in made)


def _of_people(sources: Sources, data: Path) -> dict[str, Values]:
    photos, made = _pictures(sources, data)
    cut = [each for each in map(person, photos) if each is not None]
    seen = (each for each in map(person, made) if each is not None)
    found = _scored([np.ascontiguousarray(each) for each in cut] * _LOOKS, seen)
    return {kind: values * (1, 0) for kind, values in found.items()}


def _scored(photos: list[Pixels], made: Iterable[Pixels]) -> dict[str, Values]:
    rng = np.random.default_rng(_SEED)
    donors = photos[_DONOR:] + photos[:_DONOR]
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / "a.jpg"
        return {
            REAL: np.array([_score(scratch, photo, rng) for photo in photos]),
            GENERATED: np.array([_score(scratch, picture, rng) for picture in made]),
            EDITED: np.array(
                [
                    _score(scratch, edited(photo, donor, rng)[0], rng)
                    for photo, donor in zip(photos, donors, strict=True)
                ]
            ),
        }


def _score(scratch: Path, picture: Pixels, rng: Random) -> tuple[float, float]:
    """Of a picture that is saved, then looked at as the stage does."""
    quality, fine = law(rng)
    write(scratch, picture, quality, fine=fine)
    photo = Picture.open(scratch)
    view, file = photo.view(VIEW), stored(photo)
    earlier = resaved.look(file) if file else None
    traces = reasons.of_traces(copies.find_in(view), earlier, None)
    return judge(network(), view).edit, sum(each.edited for each in traces)


def law(rng: Random) -> tuple[int, bool]:
    """JPEG quality, and whether colour is full, that all classes are saved with alike."""
    return round(float(rng.triangular(60, 90, 98))), bool(rng.random() < 0.4)


def as_file(picture: Pixels, rng: Random) -> Pixels:
    """A picture saved under that law."""
    quality, fine = law(rng)
    return saved(np.ascontiguousarray(picture), quality, fine=fine)
