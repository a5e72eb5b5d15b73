"""What the patch network says of photographs that it never saw, with edits and without, and of
generated pictures.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.authenticity.patches import NETWORK, judge, network
from ml.image import Picture
from ml.image.picture import within
from ml.train.authenticity_sources import EDITED, GENERATED, REAL, SIDE, Pixels, Sources
from ml.train.authenticity_splices import Random, edited, saved
from ml.weights.manifest import entry

Values = NDArray[np.float64]

UNSEEN = "train/photos_more"
_FROM = ("a1_", "a4_")  # of COCO and BSDS: the others stand among the pictures that are trained on
_DONOR = 7  # places further on in the list
_SEED = 1


def scores(sources: Sources, data: Path, folder: Path) -> dict[str, Values]:
    """How much an edit is suspected by class, each picture by itself; kept in the folder."""
    kept = folder / f"edits_{sources.key}_{entry(NETWORK).sha256[:12]}.npz"
    if not kept.exists():
        found = _scored(sources, data)
        np.savez(kept, real=found[REAL], generated=found[GENERATED], edited=found[EDITED])
    with np.load(kept) as read:
        return {kind: read[kind] for kind in (REAL, GENERATED, EDITED)}


def _scored(sources: Sources, data: Path) -> dict[str, Values]:
    rng = np.random.default_rng(_SEED)
    paths = sorted(each for each in (data / UNSEEN).iterdir() if each.name.startswith(_FROM))
    photos = [within(Picture.open(path).view(SIDE), SIDE) for path in paths]
    donors = photos[_DONOR:] + photos[:_DONOR]
    made = [place for places in sources.of(GENERATED).values() for place in places]
    return {
        REAL: np.array([score(photo, rng) for photo in photos]),
        GENERATED: np.array([score(sources.picture(place), rng) for place in made]),
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
