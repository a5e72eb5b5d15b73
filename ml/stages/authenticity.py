"""Authenticity: whether a picture is a photograph, generated or edited, with reasons, and what is
shown of each person in it by itself.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ml.authenticity import (
    copies,
    fringes,
    frozen,
    metadata,
    patches,
    people,
    resaved,
    sensor,
    shows,
    verdict,
)
from ml.authenticity.head import HEAD, head
from ml.authenticity.metadata import Said
from ml.authenticity.patches import LEAST, NARROWEST, NETWORK, VIEW, Pixels
from ml.authenticity.stored import stored
from ml.faces import detect
from ml.image import Picture
from ml.results import Authenticity, JudgedPerson
from ml.weights.manifest import entry
from ml.weights.store import sha256

_EVEN = 2.0  # grey levels of deviation, below which a picture shows nothing


def judge_authenticity(picture: Picture, pattern: sensor.Pattern | None = None) -> Authenticity:
    """Weigh what a photo shows and what its file says, and each person in it who is large enough;
    with the pattern of its camera's sensor where that is known.

    Raises WeightsError when a network or the gate are missing, ImageError when the photo turns out
    damaged.
    """
    said = metadata.said(picture, picture.view(VIEW))
    with ThreadPoolExecutor(1) as beside:
        found, cuts = judge_whole(picture, said, beside, pattern)
        judged = [judge_person(cut, said.quality, beside) for cut in cuts]
    return replace(found, people=tuple(judged))


def judge_whole(
    picture: Picture,
    said: Said,
    beside: ThreadPoolExecutor,
    pattern: sensor.Pattern | None = None,
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
    aside = beside.submit(_beside, picture, view, small, pattern)
    twice = beside.submit(copies.find_in, view)
    seen, colour, cuts = frozen.features(small), fringes.fringes(small), people.cut(picture)
    # Whoever is done first looks for copies.
    copied = copies.find_in(view) if twice.cancel() else twice.result()
    if (found := aside.result()) is None:
        return verdict.no_picture(said), []
    look, traced = found
    odds, traced = scale.odds(look, head(), seen, colour), replace(traced, copied=copied)
    told = verdict.weigh(look, odds, said, traced, picture.size, scale.sure)
    return told, cuts


def _beside(
    picture: Picture, view: Pixels, small: Pixels, pattern: sensor.Pattern | None
) -> tuple[patches.Look, verdict.Traced] | None:
    """What is looked for beside what the head weighs: by the patch network, and in the file as it
    is stored; None where the picture is none.
    """
    if not shows.a_picture(view, small):
        return None
    look = patches.judge_prepared(patches.network(), small, view)
    file = stored(picture)
    if file is None:
        return look, verdict.Traced()
    same = pattern is not None and pattern.shape == file.luma.shape
    compared = sensor.compared(file, pattern) if same and pattern else None
    return look, verdict.Traced(earlier=resaved.look(file), sensor=compared)


def judge_person(cut: people.Cut, quality: int | None, beside: ThreadPoolExecutor) -> JudgedPerson:
    """The verdict on what was cut out about a person; `quality` of the JPEG, 1 to 100."""
    scale = verdict.gate().people
    small = patches.prepared(cut.pixels)
    looking = beside.submit(patches.judge_prepared, patches.network(), small, cut.pixels)
    seen, colour = frozen.features(small), fringes.fringes(small)
    look = looking.result()
    return verdict.of_person(cut, look, scale.odds(look, head(), seen, colour), scale, quality)


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    names = (NETWORK, detect.NETWORK, frozen.NETWORK, frozen.OBJECTS)
    return (
        *((name, entry(name).sha256) for name in names),
        ("head", sha256(HEAD)),
        ("gate", sha256(verdict.GATE)),
    )
