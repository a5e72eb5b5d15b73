"""Authenticity: whether a picture is a photograph, generated or edited, with reasons."""

import cv2

from ml.authenticity import copies, frozen, metadata, patches, verdict
from ml.authenticity.head import HEAD, head
from ml.authenticity.patches import LEAST, NARROWEST, NETWORK, VIEW
from ml.image import Picture
from ml.results import Authenticity
from ml.weights.manifest import entry
from ml.weights.store import sha256


def judge_authenticity(picture: Picture) -> Authenticity:
    """Weigh what a photo shows and what its file says.

    Raises WeightsError when network or gate are missing, ImageError when the photo turns out
    damaged.
    """
    gate, engine = verdict.gate(), patches.network()
    view = picture.view(VIEW)
    said = metadata.said(picture, view)
    if min(picture.size) < LEAST:
        return verdict.too_small(said, LEAST)
    look = patches.judge(engine, view)
    if min(look.picture.shape[:2]) < NARROWEST:
        return verdict.too_narrow(said)
    odds = gate.odds(look, head(), frozen.features(look.picture))
    found = copies.find(_for_copies(view))
    return verdict.weigh(look, odds, said, found, picture.size, gate.sure)


def _for_copies(view: patches.Pixels) -> patches.Pixels:
    factor = copies.SIDE / max(view.shape[:2])
    if factor >= 1:
        return view
    size = (max(1, round(view.shape[1] * factor)), max(1, round(view.shape[0] * factor)))
    return cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    return (
        (NETWORK, entry(NETWORK).sha256),
        (frozen.NETWORK, entry(frozen.NETWORK).sha256),
        ("head", sha256(HEAD)),
        ("gate", sha256(verdict.GATE)),
    )
