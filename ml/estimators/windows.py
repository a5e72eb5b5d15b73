"""Where in a photo something alone may have been swirled, swollen or shrunk.

The judge's trunk sees the photo once, larger than the judge does; its heads read windows of that
map as if each were a photo. They have context there that no photo has, and cry wolf: so the
likeliest are cut out and looked at again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import ModelProto
from onnx.shape_inference import infer_shapes
from onnx.utils import Extractor

from ml import engine
from ml.engine import Engine, Tensor
from ml.estimators.distortion import NETWORK, STRIDE, Estimate, Pixels, estimate, judged, seen_size
from ml.estimators.reading import Reading
from ml.results import Box

LOCAL = ("swirl", "bulge", "pinch")  # kinds that may lie in a part of the picture alone
_LARGER = 2  # times as large as the judge sees a photo
_LIKELY = 0.25  # probability of a local effect in a window that is worth a second look
_MOST = 4  # second looks
_APART = 0.5  # of a radius between their middles
_REACH = 1.05  # half a side of what is cut out, in radii as windows tell them, which are too large
_SMALLEST = 64  # pixels a side that are cut out
_FINE, _COARSE = 12, 6  # cells a side of the two maps, as the network was trained
_ANSWERS = ("kinds", "choices", "mean", "log_variance")


class Look(NamedTuple):
    """A part of a view that was cut out, and what the judge takes it for, in pixels of the view."""

    part: Box
    told: Estimate

    @property
    def probability(self) -> float:
        """How likely an effect lies within the part: its middle does."""
        warp: Any = self.told.warp
        if warp is None or self.told.kind not in LOCAL:
            return 0.0
        middle = (np.asarray(warp.center) - self.part[:2]) / self.part[2:]
        return float(self.told.confidence) if ((middle > 0) & (middle < 1)).all() else 0.0


@dataclass(frozen=True)
class Windows:
    """The judge in two: its trunk's maps of a photo, and its heads on the cells of windows."""

    trunk: Engine
    heads: Engine

    def read(self, view: Pixels) -> list[tuple[Box, Reading]]:
        """What the heads say of every window of half the sides of a view (H, W, 3)."""
        across, down = seen_size((view.shape[1], view.shape[0]))
        size = (across * _LARGER, down * _LARGER)
        large = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
        batch = np.ascontiguousarray(large.transpose(2, 0, 1)[None], np.float32)
        fine, coarse = self.trunk.run(batch).values()
        window = (down // STRIDE, across // STRIDE)
        coarse_windows = sliding_window_view(coarse[0], window, axis=(1, 2))
        double = (2 * window[0], 2 * window[1])
        fine_windows = sliding_window_view(fine[0], double, axis=(1, 2))[:, ::2, ::2]
        rows, columns = coarse_windows.shape[1:3]
        cells = [_cells(fine_windows, _FINE), _cells(coarse_windows, _COARSE)]
        said = self.heads.run(np.ascontiguousarray(np.concatenate(cells, 1)))
        wide, high = view.shape[1] / size[0], view.shape[0] / size[1]
        boxes = [
            (x * STRIDE * wide, y * STRIDE * high, across * wide, down * high)
            for y in range(rows)
            for x in range(columns)
        ]
        return [(box, Reading.of(said, row)) for row, box in enumerate(boxes)]


def committed() -> Windows:
    """The halves of the committed judge; WeightsError where it is missing or damaged."""
    return Windows(engine.load(NETWORK, trunk_of), engine.load(NETWORK, heads_of))


def trunk_of(model: ModelProto) -> None:
    """Keep what makes the two maps, the fine one first, that the judge cuts into cells."""
    maps = [node.input[0] for node in model.graph.node if node.op_type == "Resize"]
    _keep(model, [model.graph.input[0].name], maps)


def heads_of(model: ModelProto) -> None:
    """Keep what follows once the cells are rows of numbers."""
    first = next(node for node in model.graph.node if node.op_type == "Gemm")
    _keep(model, [first.input[0]], list(_ANSWERS))


def _keep(model: ModelProto, inputs: list[str], outputs: list[str]) -> None:
    model.CopyFrom(Extractor(infer_shapes(model)).extract_model(inputs, outputs))


def _cells(windows: Tensor, side: int) -> Tensor:
    """Windows (C, rows, columns, H, W) of a map as rows of C · side² numbers."""
    each: NDArray[Any] = windows.transpose(1, 2, 0, 3, 4)
    if each.shape[3:] != (side, side):
        down, across = (_linear(length, side) for length in each.shape[3:])
        each = down @ each @ across.T
    return np.asarray(each.reshape(windows.shape[1] * windows.shape[2], -1))


@cache
def _linear(length: int, side: int) -> Tensor:
    """What linear interpolation (side, length) makes of rows of numbers, as OpenCV's does."""
    return np.asarray(cv2.resize(np.eye(length, dtype=np.float32), (length, side)))


def likeliest(windows: Windows, judge: Engine, view: Pixels) -> Look | None:
    """The likeliest look at a part of a view (H, W, 3) with an effect of its own; None where no
    window is worth one. Raises EstimationError when a network fails.
    """
    looks = list(_looks(windows, judge, view))
    return max(looks, key=lambda look: look.probability, default=None)


def _looks(windows: Windows, judge: Engine, view: Pixels) -> Iterator[Look]:
    for part in _parts(windows, view):
        yield look(judge, view, part)


def look(judge: Engine, view: Pixels, part: Box) -> Look:
    """What the judge takes a part of a view for."""
    x, y, width, height = (int(v) for v in part)
    [told] = estimate(judge, [np.ascontiguousarray(view[y : y + height, x : x + width])])
    warp: Any = told.warp
    if warp is not None and told.kind in LOCAL:
        there = replace(warp, center=(warp.center[0] + x, warp.center[1] + y))
        told = replace(told, warp=there)
    return Look(part, told)


def _parts(windows: Windows, view: Pixels) -> list[Box]:
    """Squares about what the likeliest windows hold, the likeliest first."""
    size = (view.shape[1], view.shape[0])
    told = [(judged(said, _sides(box)), box) for box, said in windows.read(view)]
    found: list[tuple[NDArray[np.float64], float]] = []
    for one, box in sorted(told, key=lambda each: -_share(each[0])):
        if _share(one) < _LIKELY or len(found) == _MOST:
            break
        warp: Any = one.warp
        middle = np.asarray(warp.center) + box[:2]
        radius = warp.radius * float(np.sqrt(warp.stretch))
        if all(np.abs(middle - other).max() > _APART * reach for other, reach in found):
            found.append((middle, radius))
    return [square(middle, _REACH * radius, size) for middle, radius in found]


def _share(one: Estimate) -> float:
    return one.confidence if one.warp is not None and one.kind in LOCAL else 0.0


def _sides(box: Box) -> tuple[int, int]:
    return round(box[2]), round(box[3])


def square(middle: NDArray[np.float64], reach: float, size: tuple[int, int]) -> Box:
    """The part of a picture of (width, height) within `reach` of a point, in whole pixels."""
    reach = max(reach, _SMALLEST / 2)
    least = np.minimum(_SMALLEST // 2, size)
    low = np.clip(np.floor(middle - reach), 0, size - least)
    high = np.clip(np.ceil(middle + reach), low + least, size)
    return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
