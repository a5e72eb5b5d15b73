"""Which warp explains the fringes of a photo, and in which direction it moved things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ml.engine import Engine
from ml.estimators.encodings import decode, encode, kind_of
from ml.estimators.kinds import KINDS
from ml.estimators.lattice import lenses
from ml.estimators.lattice.bows import in_place
from ml.estimators.lattice.crispness import agreement
from ml.estimators.lattice.evidence import COUNT, Evidence
from ml.estimators.lattice.fit import Fit
from ml.estimators.lattice.formulas import Floats
from ml.estimators.lattice.opposites import opposites
from ml.estimators.lattice.phases import fine
from ml.estimators.lattice.search import coarse
from ml.estimators.lattice.tiles import Pixels
from ml.estimators.lattice.tiles import grid as tiled
from ml.estimators.reading import Reading
from ml.estimators.refinement import Bench, cleanness
from ml.estimators.swirls.search import search
from ml.estimators.waves import search as waves
from ml.warps import Points, Warp, WarpError, imagemagick
from ml.warps.arc import Arc
from ml.warps.draw import grid as spread
from ml.warps.perspective import Perspective
from ml.warps.swirl import Swirl

VERSION = "5"  # of the search: changes with what is told of a photo
_KINDS = 3  # that are tried, the likeliest
_LIKELY = 0.01  # below which none is
_MODELS = 2
_POINTS = 12  # a side
_ENOUGH = 15.0  # deviations from which on no other kind is tried
CLEAR = 8.0  # deviations beyond what a search finds by chance where there is something to find
_STRAIGHT = 0.006  # of the width, by which points lie on average where an affine map would put them
_ROUND = ("bulge", "pinch")  # of which a small part may be no more than enlarged
_SURELY = 20.0  # deviations from which on no part of anything else explains fringes
_NEARLY = 0.02  # of the width, by which points lie off the plane that may explain fringes as well
_LENSES = ("barrel", "pincushion")
_READ_AS = {"lens": "barrel", "bow": "arc"}  # whose numbers networks tell
NEVER = ("rotation", "shear", "perspective")  # other stages', or what a crop and a resize leave
# What a search finds by chance in clean photos beyond the 4 to 7 deviations that five numbers do.
_BY_CHANCE = {"contour": 8.0, "lens": 3.0, "bow": 1.0, "wave": 1.5}
_UNSEARCHED = 6.0  # deviations less that one warp reaches by chance than the best of many
_SURER = 3.0  # deviations that a search of swirls finds less by chance
_TRIES, _LIKELIEST, _WELL = 3, 0.3, 12.0  # of a kind that is so likely, until so coherent
_CONTOUR_TRIES, _CONTOUR_WELL = 2, 20.0  # which take longer, and lock on parts that reach as far
_WORTH = 6.0  # deviations below which a direction need not be looked for
_CRISP = 0.02  # of the judge's log odds, that a deviation of the detail's own word counts
_EITHER_WAY = -1.0  # logarithm of the probability of being clean below which none is cleaner
_RIVAL = 0.75  # of the highest coherence, from which on an opposite may be meant


@dataclass(frozen=True)
class Explanation:
    """A warp of the picture in its own pixels, and how coherent its fringes are, in deviations."""

    kind: str
    warp: Warp
    coherence: float


def explain(
    judge: Engine, image: Pixels, readings: Sequence[Reading], kinds: Mapping[str, float]
) -> Explanation | None:
    """The warp that the fringes of a picture (H, W, 3) in its own pixels speak for, among the
    likeliest `kinds`, begun from what the networks read; None where nothing is likely.
    """
    bent = sorted(KINDS[1:], key=lambda kind: -kinds[kind])[:_KINDS]
    likely = [kind for kind in bent if kinds[kind] >= _LIKELY]
    if not likely:
        return None
    evidence, best = Evidence(image), Fit("none", "", np.zeros(0))
    others: list[Explanation] = []
    for kind in _with_others(likely):
        if kind == "polar" and (usual := _usual_polar(evidence)):
            return usual
        if kind == "swirl":
            about = _swirl(readings[0], evidence.size)
            others += [told for told in [swirled(judge, image, about, kinds[kind])] if told]
        elif kind == "wave":
            others += [told for told in [_waved(judge, image, readings, evidence)] if told]
        else:
            often = _CONTOUR_TRIES if kind == "contour" else _TRIES
            tries = often if kinds.get(kind, 0.0) >= _LIKELIEST else 1
            best = max([best, *_fits(evidence, kind, readings, tries)], key=_beyond_chance)
        if max([_beyond_chance(best), *(each.coherence for each in others)]) >= _ENOUGH:
            break
    other = max(others, key=lambda each: each.coherence, default=None)
    if best.kind == "none" or (other and other.coherence >= _beyond_chance(best)):
        return other
    return _told(judge, image, evidence, best) or other


def _told(judge: Engine, image: Pixels, evidence: Evidence, best: Fit) -> Explanation | None:
    """What the best fit comes to; None where fringes speak for a plane."""
    if best.score >= _WORTH:
        if best.kind in _ROUND and best.score < _SURELY and _is_plane(evidence, best):
            return None
        best = _directed(judge, image, evidence, best)
    warp = best.warp(evidence.size)
    if best.kind == "bow":
        warp = in_place(cast("Arc", warp))
    return Explanation(kind_of(warp, evidence.size), warp, _beyond_chance(best))


def _fits(evidence: Evidence, kind: str, readings: Sequence[Reading], tries: int) -> list[Fit]:
    """The most coherent warps of a kind about what networks read, tried again while they are hardly
    more than chance.
    """
    own = _READ_AS.get(kind, kind)
    guesses = [each.numbers(own) for each in readings]
    models = readings[-1].models(own)[:_MODELS]
    found = list[Fit]()
    well = _CONTOUR_WELL if kind == "contour" else _WELL
    for attempt in range(tries):
        begun = coarse(evidence, kind, models, guesses, attempt)
        found += [fine(evidence, each) for each in begun]
        if max((each.score for each in found), default=0.0) >= well:
            break
    if kind == "lens":  # of several coefficients: it may do nothing but zoom
        found = [lenses.plainer(evidence, each) for each in found if each.score >= _WORTH]
        found = [each for each in found if _off_a_plane(each.warp(evidence.size), evidence.size)]
    return found


def _usual_polar(evidence: Evidence) -> Explanation | None:
    """The polar map that programs draw where nobody says otherwise, if the fringes are its own: it
    is not searched, so that little is found by chance.
    """
    warp = imagemagick.polar(evidence.size).warps[0]
    coherence = evidence.of(warp)
    return Explanation("polar", warp, coherence + _UNSEARCHED) if coherence >= _WORTH else None


def _swirl(told: Reading, size: tuple[int, int]) -> Swirl:
    numbers, _ = told.numbers("swirl")
    warp: Any = decode("swirl", numbers, size, told.models("swirl")[0])
    return cast("Swirl", warp)


def swirled(judge: Engine, image: Pixels, about: Swirl, likely: float) -> Explanation | None:
    """The swirl that the fringes of a picture (H, W, 3) in its own pixels speak for, about a rough
    one, whichever way round undoes to the cleaner picture; None where there is no room to look.
    """
    found = search(image, about, likely)
    if not found:
        return None
    warps = [each.warp for each in found]
    middles = tiled((image.shape[1], image.shape[0]), COUNT).middles
    chosen = _cleanest(judge, image, middles, warps) if len(found) > 1 else 0
    # What hardly looks like a swirl may have other fringes, as motion leaves them.
    surer = _SURER if likely >= _LIKELIEST else 0.0
    return Explanation("swirl", found[chosen].warp, found[chosen].coherence + surer)


def _waved(
    judge: Engine, image: Pixels, readings: Sequence[Reading], evidence: Evidence
) -> Explanation | None:
    """The wave that rows and columns speak for; None where they slide no more than by chance."""
    found = waves.search(image, [each.numbers("wave") for each in readings])
    if not found:
        return None
    fits = [Fit("wave", "", each.numbers, each.coherence) for each in found]
    warps = [each.warp(evidence.size) for each in fits]
    chosen = fits[_cleanest(judge, image, evidence.middles, warps)]
    bench = Bench(image)
    both = np.stack([bench.pictures(()), bench.pictures((chosen.warp(evidence.size),))])
    before, after = cleanness(judge, both)
    if after <= before:  # lines of writing have rows of their own
        return None
    return Explanation("wave", chosen.warp(evidence.size), _beyond_chance(chosen))


def _with_others(kinds: Sequence[str]) -> list[str]:
    """The kinds, waves first, which are the quickest to look for, behind the first lens those of
    several coefficients, before an arc the bows.
    """
    kinds = sorted(kinds, key=lambda kind: kind != "wave")
    kinds = [each for kind in kinds for each in (("bow", kind) if kind == "arc" else (kind,))]
    first = next((i for i, kind in enumerate(kinds) if kind in _LENSES), len(kinds))
    return [*kinds[: first + 1], *(["lens"] if first < len(kinds) else []), *kinds[first + 1 :]]


def _beyond_chance(fit: Fit) -> float:
    return fit.score - _BY_CHANCE.get(fit.kind, 0.0)


def bends(told: Explanation, image: Pixels) -> bool:
    """Whether an explanation says more than that a picture was resized, cropped or turned."""
    return told.kind not in NEVER and _off_a_plane(told.warp, (image.shape[1], image.shape[0]))


def _off_a_plane(warp: Warp, size: tuple[int, int]) -> bool:
    told = _plane(warp, size)
    return told is None or told[1] > _STRAIGHT * size[0]


def _plane(warp: Warp, size: tuple[int, int]) -> tuple[Floats, float] | None:
    """The affine map (3, 2) that a warp is nearest to, from a picture's points to their sources,
    and by how many pixels points lie off it; None of what loses most of a picture: nothing affine
    does.
    """
    points = spread(size, _POINTS)
    sources = warp.inverse(points)
    known = np.isfinite(sources).all(1)
    if known.sum() < _POINTS:
        return None
    flat = np.column_stack([points[known], np.ones(known.sum())])
    fitted = np.linalg.lstsq(flat, sources[known], rcond=None)[0]
    return fitted, float(np.linalg.norm(flat @ fitted - sources[known], axis=1).mean())


def _is_plane(evidence: Evidence, best: Fit) -> bool:
    """Whether fringes speak for a perspective more than for a warp that is nearly one: resized
    photos are explained by a part of a large bulge, too.
    """
    told = _plane(best.warp(evidence.size), evidence.size)
    if told is None or told[1] > _NEARLY * evidence.size[0]:
        return False
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * evidence.size - 0.5
    try:
        moves = (corners - told[0][2]) @ np.linalg.inv(told[0][:2]) - corners
        begun = encode(Perspective(evidence.size, *moves.tolist()), evidence.size)
    except (np.linalg.LinAlgError, WarpError):  # no quadrangle is left
        return False
    return fine(evidence, Fit("perspective", "", begun)).score >= best.score


def _directed(judge: Engine, image: Pixels, evidence: Evidence, best: Fit) -> Fit:
    """The fit or an opposite of it that leaves the same fringes, whichever undoes to the cleaner
    picture and has its finest detail where nothing was enlarged: the wrong one doubles what it
    should undo.
    """
    turned = [fine(evidence, each) for each in opposites(best)]
    most = max(best.score, *(each.score for each in turned), _WORTH)
    rivals = [each for each in (best, *turned) if each.score >= _RIVAL * most]
    if len(rivals) == 1:
        return rivals[0]
    warps = [each.warp(evidence.size) for each in rivals]
    return rivals[_cleanest(judge, image, evidence.middles, warps)]


def _cleanest(judge: Engine, image: Pixels, middles: Points, warps: Sequence[Warp]) -> int:
    """Which warp undoes to the cleanest picture, with its finest detail about points (N, 2) where
    nothing was enlarged. The judge does not tell one bent picture from another that is more so: of
    two effects one is left in either.
    """
    bench = Bench(image)
    clean = cleanness(judge, np.stack([bench.pictures((each,)) for each in warps]))
    crisp = agreement(image, middles, warps)
    return int(np.argmax(np.maximum(clean, _EITHER_WAY) + _CRISP * crisp))
