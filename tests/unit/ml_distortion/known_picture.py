"""A network that knows one picture: the more a photo looks like it, the cleaner it says it is."""

from collections.abc import Mapping

import cv2
import numpy as np
import skimage

from ml.engine import Tensor
from ml.estimators.distortion import Pixels, fit
from ml.estimators.encodings import WIDTH, encode
from ml.estimators.kinds import CHOICES, KINDS
from ml.warps import Warp


def photo(width: int = 320, height: int = 240) -> Pixels:
    """A clean photo of that size."""
    return np.asarray(cv2.resize(skimage.data.astronaut(), (width, height)), np.uint8)


class KnowsOne:
    """Says of everything that is not the picture what it was told to say, with its numbers.

    A fake of ml.engine.Engine: honest about likeness, and wrong by what `guess` is wrong.
    """

    inputs: Mapping[str, tuple[int | str | None, ...]] = {}
    outputs = ("kinds", "choices", "mean", "log_variance")
    metadata: Mapping[str, str] = {}

    def __init__(self, clean: Pixels, guess: Warp, deviation: float = 0.1) -> None:
        self.clean = fit(clean).astype(np.float32)
        self.size = (clean.shape[1], clean.shape[0])
        self.guess, self.deviation = guess, deviation
        self.runs = 0

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        self.runs += 1
        n = len(batch)
        kinds = np.full((n, len(KINDS)), -20.0, np.float32)
        difference = batch.transpose(0, 2, 3, 1) - self.clean
        kinds[:, 0] = 6 - np.abs(difference).mean((1, 2, 3))
        kinds[:, KINDS.index(self.guess.kind)] = 0
        mean = np.zeros((n, len(KINDS) - 1, WIDTH), np.float32)
        mean[:, KINDS.index(self.guess.kind) - 1] = encode(self.guess, self.size)
        spread = np.full_like(mean, 2 * np.log(self.deviation))
        choices = np.zeros((n, len(CHOICES)), np.float32)
        return {"kinds": kinds, "choices": choices, "mean": mean, "log_variance": spread}


class KnowsSome:
    """Says of a photo what is true of the picture it knows that is most like it."""

    inputs: Mapping[str, tuple[int | str | None, ...]] = {}
    outputs = KnowsOne.outputs
    metadata: Mapping[str, str] = {}

    def __init__(self, *known: tuple[Pixels, Warp | None]) -> None:
        self.known = [(fit(picture).astype(np.float32), warp) for picture, warp in known]
        self.size = (known[0][0].shape[1], known[0][0].shape[0])

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        n = len(batch)
        kinds = np.full((n, len(KINDS)), -9.0, np.float32)
        mean = np.zeros((n, len(KINDS) - 1, WIDTH), np.float32)
        for i, photo_ in enumerate(batch.transpose(0, 2, 3, 1)):
            unlike = [np.abs(photo_ - picture).mean() for picture, _ in self.known]
            warp = self.known[int(np.argmin(unlike))][1]
            kinds[i, KINDS.index(warp.kind) if warp else 0] = 0
            if warp:
                mean[i, KINDS.index(warp.kind) - 1] = encode(warp, self.size)
        choices = np.zeros((n, len(CHOICES)), np.float32)
        return {
            "kinds": kinds,
            "choices": choices,
            "mean": mean,
            "log_variance": np.full_like(mean, -4),
        }


class KnowsTheWay:
    """Says of every answer about a warp a share of what it lacks, answer after answer."""

    inputs: Mapping[str, tuple[int | str | None, ...]] = {}
    outputs = ("correction",)
    metadata: Mapping[str, str] = {}

    def __init__(
        self, true: Warp, first: Warp, size: tuple[int, int] = (320, 240), share: float = 0.6
    ) -> None:
        self.true, self.share = encode(true, size), share
        self.now = encode(first, size)
        self.row = KINDS.index(true.kind) - 1

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        assert batch.shape[1] == 5
        lacks = np.zeros((len(batch), len(KINDS) - 1, WIDTH), np.float32)
        lacks[:, self.row] = step = self.share * (self.true - self.now)
        self.now = self.now + step
        return {"correction": lacks}
