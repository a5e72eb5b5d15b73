"""Whatever is done to a file, reading it ends in a picture or in ImageError, soon."""

import random
import time
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ImageError
from ml.image import Picture
from tests.unit.ml.samples import SAMPLES

MUTANTS = 30
TIME_LIMIT_S = 5.0


def truncated(content: bytearray, rng: random.Random) -> bytearray:
    return content[: rng.randrange(len(content))]


def flipped(content: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.randint(1, 20)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def overwritten(content: bytearray, rng: random.Random) -> bytearray:
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.randint(1, 200))
    content[start:end] = rng.randbytes(end - start)
    return content


def lying_header(content: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.randint(1, 6)):
        content[rng.randrange(min(len(content), 120))] = rng.choice([0, 255, 127, 128, 7])
    return content


def cut_out(content: bytearray, rng: random.Random) -> bytearray:
    start = rng.randrange(len(content))
    del content[start : start + rng.randint(1, 64)]
    return content


def stuffed(content: bytearray, rng: random.Random) -> bytearray:
    start = rng.randrange(len(content))
    content[start:start] = rng.randbytes(rng.randint(1, 64))
    return content


MUTATIONS = (truncated, flipped, overwritten, lying_header, cut_out, stuffed)


@pytest.mark.parametrize("name", SAMPLES)
def test_mutants_are_read_or_refused(name: str, tmp_path: Path, samples: dict[str, bytes]):
    rng = random.Random(name)
    path = tmp_path / "mutant"
    for _ in range(MUTANTS):
        path.write_bytes(rng.choice(MUTATIONS)(bytearray(samples[name]), rng))
        started = time.monotonic()
        try:
            view = Picture.open(path, max_pixels=4e6).view(rng.choice([16, 64, 1600]))
        except ImageError:
            pass
        else:
            assert view.ndim == 3
            assert view.shape[2] == 3
            assert view.dtype == np.uint8
        assert time.monotonic() - started < TIME_LIMIT_S
