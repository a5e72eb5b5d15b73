"""What the patch network says of photographs that it never saw, with edits and without, and of
generated pictures; of whole ones, and of people cut out of them.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.authenticity.patches import NETWORK, judge, network
from ml.image import Picture
from ml.image.picture import within
from ml.train.authenticity_features import person
from ml.train.authenticity_sources import EDITED, GENERATED, REAL, SIDE, Pixels, Sources
from ml.train.authenticity_splices import Random, edited, saved
from ml.weights.manifest import entry

Values = NDArray[np.float64]

UNSEEN = "train/photos_more"
_FROM = ("a1_", "a4_")  # of COCO and BSDS: the others stand among the pictures that are trained on
_DONOR = 7  # places further on in the list
_SEED = 1
_LOOKS = 4  # at each person: few photographs show one who is large enough


def scores(sources: Sources, data: Path, folder: Path, *, alone: bool = False) -> dict[str, Values]:
    """How much an edit is suspected by class, in each picture by itself, or in the largest person
    of each alone; kept in the folder.
    """
    name = "edits_people" if alone else "edits"
    kept = folder / f"{name}_{sources.key}_{entry(NETWORK).sha256[:12]}.npz"
    if not kept.exists():
        found = _of_people(sources, data) if alone else _scored(*_pictures(sources, data))
        np.savez(kept, real=found[REAL], generated=found[GENERATED], edited=found[EDITED])
    with np.load(kept) as read:
        return {kind: read[kind] for kind in (REAL, GENERATED, EDITED)}


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
    return _scored([np.ascontiguousarray(each) for each in cut] * _LOOKS, seen)


def _scored(photos: list[Pixels], made: Iterable[Pixels]) -> dict[str, Values]:
    rng = np.random.default_rng(_SEED)
    donors = photos[_DONOR:] + photos[:_DONOR]
    return {
        REAL: np.array([score(photo, rng) for photo in photos]),
        GENERATED: np.array([score(picture, rng) for picture in made]),
        EDITED: np.array(
            [
                score(edited(photo, donor, rng)[0], rng)
                for photo, donor in zip(photos, donors, strict=True)
            ]
        ),
    }


def score(picture: Pixels, rng: Random) -> float:
    """The suspicion of an edit in a picture that is saved, then looked at as the stage does."""
    return judge(network(), as_file(picture, rng)).edit


def as_file(picture: Pixels, rng: Random) -> Pixels:
    """A picture saved under the law that all classes have alike."""
    quality = round(float(rng.triangular(60, 90, 98)))
    return saved(np.ascontiguousarray(picture), quality, fine=bool(rng.random() < 0.4))
