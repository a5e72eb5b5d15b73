"""Authenticity: whether a picture is a photograph, generated or edited, with reasons, and what is
shown of each person in it by itself.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ml.authenticity import copies, frozen, metadata, patches, people, verdict
from ml.authenticity.head import HEAD, head
from ml.authenticity.metadata import Said
from ml.authenticity.patches import LEAST, NARROWEST, NETWORK, VIEW
from ml.faces import detect
from ml.image import Picture
from ml.results import Authenticity, JudgedPerson
from ml.weights.manifest import entry
from ml.weights.store import sha256


def judge_authenticity(picture: Picture) -> Authenticity:
    """Weigh what a photo shows and what its file says, and each person in it who is large enough.

    Raises WeightsError when a network or the gate are missing, ImageError when the photo turns out
    damaged.
    """
    said = metadata.said(picture, picture.view(VIEW))
    found = judge_whole(picture, said)
    return replace(found, people=tuple(judge_people(picture, said.quality)))


def judge_whole(picture: Picture, said: Said) -> Authenticity:
    """The verdict on the picture as a whole."""
    scale, view = verdict.gate().whole, picture.view(VIEW)
    if min(picture.size) < LEAST:
        return verdict.too_small(said, LEAST)
    small = patches.prepared(view)
    if min(small.shape[:2]) < NARROWEST:
        return verdict.too_narrow(said)
    with ThreadPoolExecutor(1) as beside:  # two halves of about the same length
        copied = beside.submit(copies.find_in, view)
        looking = beside.submit(patches.judge_prepared, patches.network(), small, view)
        seen = frozen.features(small)
        look = looking.result()
        odds = scale.odds(look, head(), seen)
        return verdict.weigh(look, odds, said, copied.result(), picture.size, scale.sure)


def judge_people(picture: Picture, quality: int | None) -> Iterator[JudgedPerson]:
    """The verdict on each person who is large enough; `quality` of the JPEG, 1 to 100."""
    scale = verdict.gate().people
    with ThreadPoolExecutor(1) as beside:
        for cut in people.cut(picture):
            small = patches.prepared(cut.pixels)
            looking = beside.submit(patches.judge_prepared, patches.network(), small, cut.pixels)
            seen = frozen.features(small)
            look = looking.result()
            yield verdict.of_person(cut, look, scale.odds(look, head(), seen), scale, quality)


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    names = (NETWORK, detect.NETWORK, frozen.NETWORK, frozen.OBJECTS)
    return (
        *((name, entry(name).sha256) for name in names),
        ("head", sha256(HEAD)),
        ("gate", sha256(verdict.GATE)),
    )
