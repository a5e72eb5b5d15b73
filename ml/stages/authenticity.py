"""Authenticity: whether a picture is a photograph, generated or edited, with reasons, and what is
shown of each person in it by itself.
"""

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

_EVEN = 2.0  # grey levels of deviation, below which a picture shows nothing


def judge_authenticity(picture: Picture) -> Authenticity:
    """Weigh what a photo shows and what its file says, and each person in it who is large enough.

    Raises WeightsError when a network or the gate are missing, ImageError when the photo turns out
    damaged.
    """
    said = metadata.said(picture, picture.view(VIEW))
    with ThreadPoolExecutor(1) as beside:
        found, cuts = judge_whole(picture, said, beside)
        judged = [judge_person(cut, said.quality, beside) for cut in cuts]
    return replace(found, people=tuple(judged))


def judge_whole(
    picture: Picture, said: Said, beside: ThreadPoolExecutor
) -> tuple[Authenticity, list[people.Cut]]:
    """The verdict on the picture as a whole, and who is to be looked at alone."""
    scale, view = verdict.gate().whole, picture.view(VIEW)
    if min(picture.size) < LEAST:
        return verdict.too_small(said, LEAST), []
    small = patches.prepared(view)
    if min(small.shape[:2]) < NARROWEST:
        return verdict.too_narrow(said), []
    if small.std((0, 1)).max() < _EVEN:
        return verdict.too_even(said), []
    # Two halves that take about the same time.
    copied = beside.submit(copies.find_in, view)
    looking = beside.submit(patches.judge_prepared, patches.network(), small, view)
    seen, cuts = frozen.features(small), people.cut(picture)
    look = looking.result()
    odds = scale.odds(look, head(), seen)
    told = verdict.weigh(look, odds, said, copied.result(), picture.size, scale.sure)
    return told, cuts


def judge_person(cut: people.Cut, quality: int | None, beside: ThreadPoolExecutor) -> JudgedPerson:
    """The verdict on what was cut out about a person; `quality` of the JPEG, 1 to 100."""
    scale = verdict.gate().people
    small = patches.prepared(cut.pixels)
    looking = beside.submit(patches.judge_prepared, patches.network(), small, cut.pixels)
    seen = frozen.features(small)
    look = looking.result()
    return verdict.of_person(cut, look, scale.odds(look, head(), seen), scale, quality)


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    names = (NETWORK, detect.NETWORK, frozen.NETWORK, frozen.OBJECTS)
    return (
        *((name, entry(name).sha256) for name in names),
        ("head", sha256(HEAD)),
        ("gate", sha256(verdict.GATE)),
    )
