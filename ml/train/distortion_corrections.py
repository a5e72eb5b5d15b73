"""Examples of answers that are a little wrong: a picture undone by them, and what they lack."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings import WIDTH, choice_of, decode, encode, kind_of
from ml.estimators.encodings.table import ENCODINGS
from ml.estimators.kinds import KINDS
from ml.estimators.undone import told, undone
from ml.train.distortion_examples import Example, Level, Size, bent, effect, saved
from ml.train.distortion_sources import Sources
from ml.warps import Warp

LEAST, MOST = 0.2, 6.0  # mean displacement by which answers are wrong, in hundredths of the width
_WILDEST = 0.6  # of one number
_NEVER = ("polar", "rotation")  # a seam has no derivative; rotation is another stage's


def correction(sources: Sources, size: Size, level: Level, rng: np.random.Generator) -> Example:
    """One random example: `image` (H, W, 5) is the picture undone by a wrong answer with that
    answer's displacements, `vector` what is to be added to the answer's numbers.
    """
    level = replace(level, clean=0.0)
    while True:
        image, warp = bent(sources, size, level, rng)
        if warp is not None and kind_of(warp, size) not in _NEVER:
            break
    fine = saved(image, (size[0] * 2, size[1] * 2), rng)
    kind, choice = kind_of(warp, size), choice_of(warp)
    true = encode(warp, size)
    moved = effect(kind, true, size, choice)
    answer = true + _wrong(kind, moved, rng)
    wrong: Warp = decode(kind, answer, size, choice)
    # What would have folded was weakened: the answer is what it became.
    answer = encode(wrong, size) if kind_of(wrong, size) == kind else answer
    picture = np.concatenate([undone(fine, wrong.forward, size), told(wrong.forward, size)], 2)
    lacks = (true - answer).astype(np.float32)
    return Example(picture, KINDS.index(kind), -1, lacks, moved, warp)


def _wrong(kind: str, moved: NDArray[np.float32], rng: np.random.Generator) -> NDArray[Any]:
    """An error of the numbers that moves points by a share of the width, in a random direction."""
    length = ENCODINGS[kind].length
    each = np.linalg.norm(moved.reshape(-1, 2, WIDTH), axis=1).mean(0)[:length]
    far = math.exp(rng.uniform(math.log(LEAST), math.log(MOST)))
    weights = rng.normal(0, 1, length) * (rng.random(length) < 0.7)
    if not weights.any():
        weights[rng.integers(length)] = 1.0
    weights /= np.linalg.norm(weights)
    error = np.zeros(WIDTH)
    error[:length] = np.clip(weights * far / np.maximum(each, 0.05), -_WILDEST, _WILDEST)
    return error
