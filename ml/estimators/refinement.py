"""Analysis by synthesis: a distortion's numbers are improved until what is undone looks clean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.engine import Engine
from ml.estimators.distortion import Estimate, Pixels, run, seen_size
from ml.estimators.encodings import WIDTH, decode, encode, kind_of
from ml.estimators.encodings.table import ENCODINGS, choice_of
from ml.warps import Points, Warp, compose
from ml.warps.sampling import lookup, sample

TRIES = 36  # pictures undone and judged at most
_SHARES = (1.0, 0.5, 0.25)  # of Newton's step
_NARROWER = 0.5
_LEAST, _MOST = 0.01, 0.3  # deviation of a number, in the unit of the encodings
_MARGIN = 0.02  # by which the logarithm of the probability must grow
_HELD = 0.1  # how strongly numbers are held to where the network saw them


Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Critic:
    """The network as a judge of pictures that were undone: how likely each is clean now."""

    engine: Engine
    image: Pixels

    def judge(self, undone: Sequence[tuple[Warp, ...]]) -> Numbers:
        """Logarithms (N,) of the probability that the picture is clean without those warps."""
        height, width = self.image.shape[:2]
        seen = seen_size((width, height))
        # Twice what the network sees: undoing reads finer detail than it leaves.
        source = np.asarray(
            cv2.resize(self.image, (seen[0] * 2, seen[1] * 2), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
        fine, coarse = np.array([width, height]) / seen / 2, np.array([width, height]) / seen

        def places(warps: tuple[Warp, ...], points: Points) -> Points:
            moved = compose.forward(warps, (points + 0.5) * coarse - 0.5)
            return np.asarray((moved + 0.5) / fine - 0.5)

        pictures = [
            sample(source, lookup(partial(places, warps), seen), "mirror", "linear")
            for warps in undone
        ]
        logits = run(self.engine, np.stack(pictures))["kinds"].astype(np.float64)
        return np.asarray(logits[:, 0] - np.logaddexp.reduce(logits, axis=1))


@dataclass(frozen=True)
class _Space:
    """The numbers of one kind of warp about where the network saw them, and their worth."""

    critic: Critic
    kind: str
    choice: str
    first: Numbers
    spread: Numbers

    def judged(self, tries: Numbers) -> tuple[list[Warp], Numbers]:
        """The warps of numbers (N, D), and what they are worth."""
        height, width = self.critic.image.shape[:2]
        padded = np.pad(tries, ((0, 0), (0, WIDTH - len(self.first))))
        warps = [decode(self.kind, each, (width, height), self.choice) for each in padded]
        far = (((tries - self.first) / self.spread) ** 2).mean(1)
        return warps, self.critic.judge([(warp,) for warp in warps]) - _HELD * far


def refine(engine: Engine, image: Pixels, estimate: Estimate) -> Estimate:
    """The estimate with better numbers, or itself where none were found; same kind and model.

    Newton's method without derivatives: every number is moved to and fro by its deviation, a
    parabola through the three tells where to go, and the steps halve from round to round.
    """
    if estimate.warp is None:
        return estimate
    size = (image.shape[1], image.shape[0])
    kind, critic = kind_of(estimate.warp, size), Critic(engine, image)
    first = encode(estimate.warp, size)[: ENCODINGS[kind].length]
    reach = np.clip(estimate.deviation[: len(first)], _LEAST, _MOST)
    space = _Space(critic, kind, choice_of(estimate.warp), first, reach)
    middle, best, left = first, estimate.warp, TRIES
    begun = most = float(critic.judge([(best,)])[0])
    while left >= 2 * len(first) + len(_SHARES):
        sides = middle + np.concatenate([np.diag(reach), -np.diag(reach)])
        warps, worths = space.judged(sides)
        ahead = middle + np.outer(_SHARES, _newton(worths, most) * reach)
        more, more_worth = space.judged(ahead)
        tries, warps = np.concatenate([sides, ahead]), [*warps, *more]
        worths = np.concatenate([worths, more_worth])
        top = int(np.argmax(worths))
        if worths[top] > most:
            middle, best, most = tries[top], warps[top], float(worths[top])
        reach, left = reach * _NARROWER, left - len(tries)
    return replace(estimate, warp=best) if most > begun + _MARGIN else estimate


def _newton(sides: Numbers, middle: float) -> Numbers:
    """Where each number should go, in multiples of its reach, by what both sides are worth."""
    up, down = sides[: len(sides) // 2], sides[len(sides) // 2 :]
    slope, bend = (up - down) / 2, up + down - 2 * middle
    peak = np.where(bend < 0, -slope / np.minimum(bend, -1e-9), np.sign(slope))
    return np.asarray(np.clip(peak, -2, 2))
