"""What swirls are judged by, many in one go."""

from collections.abc import Callable, Sequence

import numpy as np

from ml.estimators.swirls import turns
from ml.estimators.swirls.climb import Score
from ml.estimators.swirls.detail import Blocks, Floats, Spectra, at_once, fringes
from ml.estimators.swirls.turns import Rows


def loud(blocks: Blocks, rings: Sequence[float]) -> Score:
    """How loud blocks are at the frequency that swirls give them."""
    spectra = Spectra(blocks)

    def score(rows: Rows) -> Floats:
        shares = _counted(rows, blocks, rings)
        return spectra.score(turns.slopes(rows, blocks), shares)

    return _in_parts(score, at_once(blocks, whole=False))


def unbent(
    blocks: Blocks,
    rings: Sequence[float],
    *,
    power: bool = True,
    together: bool = False,
) -> Score:
    """How loud blocks are once they are unbent, and how coherent all of them together."""

    def score(rows: Rows) -> Floats:
        shares = _counted(rows, blocks, rings)
        loud, coherent = fringes(blocks, turns.sources(rows, blocks), shares)
        return np.asarray(power * loud + together * coherent)

    return _in_parts(score, at_once(blocks, whole=True))


def coherent(blocks: Blocks, rings: Sequence[float]) -> Score:
    """How coherent unbent blocks are outside the last of some inner radii."""
    return unbent(blocks, rings, power=False, together=True)


def _counted(rows: Rows, blocks: Blocks, rings: Sequence[float]) -> Floats:
    """Which blocks (P, K, N) count, ring by ring, the last the widest."""
    radii = turns.radii(rows, blocks)
    return np.stack([(radii < 1) & (radii >= ring) for ring in rings]).astype(np.float32)


def _in_parts(score: Callable[[Rows], Floats], count: int) -> Score:
    return lambda rows: np.concatenate(
        [score(rows[i : i + count]) for i in range(0, len(rows), count)]
    )
