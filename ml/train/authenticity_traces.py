"""What each fold's patch network says of the pictures that it never saw, and of edits of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path

import cv2
import numpy as np
import torch

from ml.authenticity.patches import CELL, SIDE, Look
from ml.train.authenticity import DONE, trained
from ml.train.authenticity_network import AuthenticityNetwork
from ml.train.authenticity_sources import EDITED, FOLDS, GENERATED, REAL, Pixels, Sources
from ml.train.authenticity_splices import edited, saved
from ml.train.run import CHECKPOINT

_PIECE = 384  # px of the middle that is scored
_MOST = 100  # photographs of a collection
_SPLICES = 60  # of a fold


@dataclass(frozen=True)
class Traced:
    """A picture's place among the sources, its class and fold, and its two scores."""

    place: int
    kind: str
    fold: str
    traces: float
    edit: float


def traced(sources: Sources, folder: Path) -> list[Traced]:
    """Score what the folds left out that are trained, or read what was scored before."""
    found = list[Traced]()
    for fold in FOLDS:
        done = folder / fold / DONE
        if not done.exists():
            continue
        network = hashlib.sha256((folder / fold / CHECKPOINT).read_bytes()).hexdigest()[:12]
        kept = folder / fold / f"traces_{sources.key}_{network}.json"
        if not kept.exists():
            rows = [asdict(each) for each in _score(sources, fold)]
            kept.write_text(dumps(rows), "utf-8")
        found += [Traced(**row) for row in loads(kept.read_text("utf-8"))]
    return found


def _score(sources: Sources, fold: str) -> Iterator[Traced]:
    """As they are and with edits, all saved under one law."""
    network, rng = trained(fold), np.random.default_rng(1)

    def scored(place: int, kind: str, picture: Pixels) -> Traced:
        quality = round(float(rng.triangular(60, 90, 98)))
        look = _look(network, saved(picture, quality, fine=rng.random() < 0.4))
        return Traced(place, kind, fold, look.traces, look.edit)

    for place in sources.of(GENERATED).get(fold, []):
        yield scored(place, GENERATED, piece(sources.picture(place)))
    photographs = sources.of(REAL)
    reals = [i for name in FOLDS[fold] for i in photographs[name][:_MOST]]
    rng.shuffle(reals)
    for count, place in enumerate(reals):
        photo = piece(sources.picture(place))
        yield scored(place, REAL, photo)
        if count < _SPLICES:
            donor = piece(sources.picture(reals[(count + 7) % len(reals)]))
            yield scored(place, EDITED, edited(photo, donor, rng)[0])


def _look(network: AuthenticityNetwork, picture: Pixels) -> Look:
    batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32))
    with torch.inference_mode():
        seen = network(batch)
    return Look(picture, seen.generated[0].numpy(), seen.edited[0].numpy())


def piece(picture: Pixels) -> Pixels:
    """The middle of a picture, as the stage looks at it."""
    factor = min(0.95, SIDE / max(picture.shape[:2]))
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, (side - _PIECE) // 2) for side in small.shape[:2])
    middle = small[top : top + _PIECE, left : left + _PIECE]
    height, width = (side // CELL * CELL for side in middle.shape[:2])
    return np.ascontiguousarray(middle[:height, :width], np.uint8)
