"""Two ways to see mosaics and the cascade of both: trees over steps, and a network over pixels."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.errors import WeightsError
from ml.pixelation import features
from ml.pixelation.grid import Grid
from ml.pixelation.grid import find as find_grid
from ml.pixelation.outline import outline
from ml.pixelation.profiles import CELL, Pixels
from ml.pixelation.score import BOTH, NETWORK, TREES, Logits, fitted, summary
from ml.pixelation.traces import reduced
from ml.weights.manifest import entry

Method = Literal["trees", "network", "cascade"]
Told = NDArray[np.float64]
METHODS: tuple[Method, ...] = ("trees", "network", "cascade")

NETWORK_CELL = 16
_LARGE = 1_000_000  # px from which on the trees look at every second cell
EVERY = 4  # rows and columns of pixels of such a photo, one of which is looked at
_SEEN = 800  # px; side of what the network sees of it in the cascade, as large as it learned from
_TILE = 1024  # px; side of what the network tells at once of a large photo
_MARGIN = 128
_CERTAIN, _COPY = 0.999, np.float32(2)  # probability, and logits, of what is enlarged by copies
_SEVERAL = 8  # mosaics of one photo that are told apart
_LEAST_AREA = 24 * 24  # px
_SQUARE = 8  # px, as JPEG has them; side of what parts are told apart by
_AROUND = 12  # squares about a part that are looked at with it
_APART = np.ones((9, 9), np.uint8)  # squares about a part that are no other part


@dataclass(frozen=True)
class Judgement:
    """How likely a photo has a mosaic, and logits (rows, columns) of its cells of `cell` px.

    `pixelated`: likely enough to be told. `method` is what had the last word, `told` what the
    probability was made of.
    """

    probability: float
    pixelated: bool
    logits: Logits
    cell: int
    method: str
    told: Told


@dataclass(frozen=True)
class Found:
    """One mosaic: where (H, W), and its grid, None where no grid could be told."""

    mask: NDArray[np.bool_]
    grid: Grid | None


def judge(image: Pixels, method: Method = "cascade") -> Judgement:
    """Judge a photo (H, W, 3) at its own resolution.

    Raises WeightsError where trees, network or their scores are missing or do not fit together.
    """
    if method == "network":
        return _by_network(image)
    first = _by_trees(image)
    scores = fitted()
    if method == "trees" or not scores.low <= first.probability < scores.high:
        return first
    return both(first, image) if NETWORK in weights.manifest() else first


def both(trees: Judgement, image: Pixels) -> Judgement:
    """What trees and network say of a photo together; of a large one the network sees the part that
    the trees find likeliest.
    """
    place = _likeliest(trees, image.shape[:2])
    network = _by_network(np.ascontiguousarray(image[place]))
    rows, columns = (-(-side // NETWORK_CELL) for side in image.shape[:2])
    logits = spread(trees, (columns, rows), NETWORK_CELL)
    top, left = (side.start // NETWORK_CELL for side in place)
    height, width = network.logits.shape
    seen = logits[top : top + height, left : left + width]
    seen += network.logits
    seen /= 2
    told = np.concatenate([trees.told, network.told])
    return _judgement(told, logits, NETWORK_CELL, BOTH)


def _likeliest(trees: Judgement, size: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of at most _SEEN px about the likeliest cells of a photo (height, width)."""
    around = cv2.blur(trees.logits, (3, 3))
    at = np.unravel_index(int(np.argmax(around)), around.shape)
    first = [
        min(max(0, int((one + 0.5) * trees.cell) - _SEEN // 2), max(0, side - _SEEN))
        for one, side in zip(at, size, strict=True)
    ]
    # On the grid of the network's cells, which is that of JPEG as well.
    down, across = (one - one % NETWORK_CELL for one in first)
    return slice(down, down + _SEEN), slice(across, across + _SEEN)


def locate(image: Pixels, judged: Judgement) -> list[Found]:
    """The mosaics of a photo that was judged pixelated, largest evidence first."""
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    rows, columns = (-(-side // _SQUARE) for side in luma.shape)
    logits = spread(judged, (columns, rows), _SQUARE)
    found: list[Found] = []
    for _ in range(_SEVERAL):
        part = _strongest(logits)
        if part is None:
            break
        one = _located(luma, part)
        if one.mask.sum() < _LEAST_AREA:
            break
        found.append(one)
        covered = reduced(one.mask.astype(np.uint8), _SQUARE) > 0
        logits[cv2.dilate(covered.astype(np.uint8), _APART) > 0] = -3
    return found


def _located(luma: Pixels, logits: Logits) -> Found:
    """The mosaic of the strongest part: looked for in its surroundings, which cost less to look at
    than the whole photo.
    """
    x, y, width, height = cv2.boundingRect((logits > 0).astype(np.uint8))
    left, top = max(0, x - _AROUND), max(0, y - _AROUND)
    part = logits[top : y + height + _AROUND, left : x + width + _AROUND]
    # JPEG's grid is told by where it lies in the photo: squares keep that.
    left, top = left * _SQUARE, top * _SQUARE
    here = np.s_[top : top + part.shape[0] * _SQUARE, left : left + part.shape[1] * _SQUARE]
    rough = np.kron(part > 0, np.ones((_SQUARE, _SQUARE), bool))
    grid = find_grid(luma[here], rough[: luma.shape[0] - top, : luma.shape[1] - left])
    small = outline(luma[here], part, grid, _SQUARE)
    grid = find_grid(luma[here], small) or grid
    mask = np.zeros(luma.shape, bool)
    mask[here] = small
    if grid is None:
        return Found(mask, None)
    phase = (grid.phase[0] + left) % grid.block, (grid.phase[1] + top) % grid.block
    return Found(mask, Grid(grid.block, phase, grid.fit))


def spread(judged: Judgement, size: tuple[int, int], side: int = 1) -> Logits:
    """Logits (H, W) between the cells' middles, for every pixel of a photo of (width, height), or
    for squares of `side` px.
    """
    rows, columns = judged.logits.shape
    times = judged.cell // side
    whole = cv2.resize(
        judged.logits, (columns * times, rows * times), interpolation=cv2.INTER_LINEAR
    )
    below, right = max(0, size[1] - whole.shape[0]), max(0, size[0] - whole.shape[1])
    whole = cv2.copyMakeBorder(whole, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(whole[: size[1], : size[0]], np.float32)


def _strongest(logits: Logits) -> Logits | None:
    """Logits of squares with all but the surroundings of the strongest connected part put down;
    None where nothing is left.
    """
    seen = (logits > 0).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=4)
    if count < 2:
        return None
    sums = np.bincount(labels.ravel(), np.clip(logits, -3, 3).ravel(), count)
    best = 1 + int(sums[1:].argmax())
    if stats[best, cv2.CC_STAT_AREA] * _SQUARE**2 < _LEAST_AREA:
        return None
    return np.where((labels == best) | (labels == 0), logits, np.float32(-3)).astype(np.float32)


def _by_trees(image: Pixels) -> Judgement:
    table, hop = look(image)
    logits = tree_logits(engine.load(TREES), table)
    judged = _judgement(tree_summary(logits, table, hop), logits, CELL * hop, TREES)
    if not features.enlarged(table):
        return judged
    # Copied rows and columns need no trees, which see little in dark or even parts.
    most = max(judged.probability, _CERTAIN)
    return replace(judged, probability=most, pixelated=True, logits=np.maximum(logits, _COPY))


def _by_network(image: Pixels) -> Judgement:
    logits = network_logits(engine.load(NETWORK), image)
    return _judgement(summary(logits, NETWORK_CELL), logits, NETWORK_CELL, NETWORK)


def look(image: Pixels) -> tuple[features.Table, int]:
    """Features of a photo (H, W, 3) as the trees see it, and how many cells lie between them."""
    large = image.shape[0] * image.shape[1] > _LARGE
    hop, every = (2, EVERY) if large else (1, 1)
    return features.cells(image, hop, every), hop


def tree_logits(trees: engine.Engine, table: features.Table) -> Logits:
    """What the trees say of cells (rows, columns, FEATURES)."""
    flat = np.ascontiguousarray(table.reshape(-1, table.shape[2]))
    return trees.run(flat)["logit"].reshape(table.shape[:2])


def tree_summary(logits: Logits, table: features.Table, hop: int = 1) -> Told:
    """What the trees' logits and the features of cells say of the photo."""
    return np.concatenate([summary(logits, CELL * hop), features.overall(table)])


def network_logits(network: engine.Engine, image: Pixels) -> Logits:
    """What the network says of every cell of NETWORK_CELL px of a photo (H, W, 3)."""
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = luma.shape
    luma = np.pad(luma, ((0, -height % NETWORK_CELL), (0, -width % NETWORK_CELL)), "symmetric")
    told = np.zeros([side // NETWORK_CELL for side in luma.shape], np.float32)
    for top, left in product(range(0, height, _TILE), range(0, width, _TILE)):
        above, before = min(top, _MARGIN), min(left, _MARGIN)
        tile = luma[top - above : top + _TILE + _MARGIN, left - before : left + _TILE + _MARGIN]
        logits = network.run(tile[None, None].astype(np.float32))["logits"][0, 0]
        down, across, side = (each // NETWORK_CELL for each in (above, before, _TILE))
        kept = logits[down : down + side, across : across + side]
        y, x = top // NETWORK_CELL, left // NETWORK_CELL
        told[y : y + kept.shape[0], x : x + kept.shape[1]] = kept
    return told


def _judgement(told: Told, logits: Logits, cell: int, name: str) -> Judgement:
    scores = fitted()
    score = scores.by.get(name)
    made_of = (TREES, NETWORK) if name == BOTH else (name,)
    if score is None or score.weights != "".join(entry(each).sha256 for each in made_of):
        raise WeightsError(
            f"scores were not fitted to {' and '.join(made_of)}; python -m ml train does it anew"
        )
    probability = score.probability(told)
    return Judgement(probability, probability >= scores.gate[name], logits, cell, name, told)
