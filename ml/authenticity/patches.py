"""The patch network's look at a photo: a map of what an edit leaves."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, helper, numpy_helper

from ml import engine
from ml.engine import Engine
from ml.errors import WeightsError
from ml.graph import needed_only
from ml.image import Picture
from ml.image.picture import shrink

NETWORK = "authenticity"
_RESIDUAL = "/network/residual/Conv_output_0"
EDITED = "edited"  # the output
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIDE, LEAST = 704, 256  # px of the long side that is looked at, and below which nothing is told
NARROWEST = 128  # px of the short side that is looked at, below which nothing is told
CELL = 16  # px of a patch
VIEW = 1600
_SHRUNK = 0.95  # as in training: no grid of an earlier compression stays
SURE = 0.03  # share of patches that an edit is judged by


@dataclass(frozen=True)
class Look:
    """`picture` is what was looked at; `edited` (h, w) are its patches' logits;
    `covered`: what shares of the photo's height and width they cover, from the top and the left.
    """

    picture: Pixels
    edited: Floats
    covered: tuple[float, float] = (1.0, 1.0)

    @property
    def edit(self) -> float:
        """How much speaks for an edit: the mean of the most suspicious patches, which hang
        together after smoothing.
        """
        soft = cv2.blur(self.edited, (3, 3)).ravel()
        count = max(4, round(SURE * soft.size))
        return float(np.sort(soft)[-count:].mean())

    def over_photo(self, logits: Floats) -> Floats:
        """A map (h, w) stretched over the whole photo; what no patch covers is as its nearest."""
        places = [
            ((np.arange(count) + 0.5) / share - 0.5).astype(np.float32)
            for count, share in zip(logits.shape, self.covered, strict=True)
        ]
        across, down = np.meshgrid(places[1], places[0])
        stretched = cv2.remap(
            logits, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(stretched, np.float32)


def prepared(picture: Pixels) -> Pixels:
    """A picture as the network sees it: smaller than it was, sides multiples of a patch."""
    height, width = _shrunk(picture)
    small = cv2.resize(shrink(picture, SIDE), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[: height // CELL * CELL, : width // CELL * CELL], np.uint8)


def _shrunk(picture: Pixels) -> tuple[int, int]:
    height, width = picture.shape[:2]
    factor = min(_SHRUNK, SIDE / max(height, width))
    return max(CELL, round(height * factor)), max(CELL, round(width * factor))


def look(photo: Picture) -> Look:
    """Look at a photo; raises WeightsError when the network is missing."""
    return judge(network(), photo.view(VIEW))


def judge(judged_by: Engine, view: Pixels) -> Look:
    """Look at a photo's view (H, W, 3), prepared."""
    return judge_prepared(judged_by, prepared(view), view)


def judge_prepared(judged_by: Engine, picture: Pixels, view: Pixels) -> Look:
    """Look at what was prepared of a view."""
    batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
    found = judged_by.run(batch)
    down, across = (seen / whole for seen, whole in zip(picture.shape, _shrunk(view), strict=False))
    return Look(picture, found[EDITED][0], (down, across))


def network() -> Engine:
    """The engine of the committed network; WeightsError where one was made by another recipe."""
    try:
        return engine.load(NETWORK, wide)
    except KeyError as error:
        raise WeightsError(f"{NETWORK} was made by another recipe: it has no {error}") from error


def wide(model: ModelProto) -> None:
    """Let the convolution of the residual see 6 × 6 pixels where it sees 3 × 3 of half size in 12
    channels: the same sums, and nothing has to be moved about before.
    """
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    joined = made[_RESIDUAL]
    source, kernel = joined.input[:2]
    while made[source].op_type in ("Squeeze", "Reshape", "Transpose", "Unsqueeze"):
        source = made[source].input[0]
    small = weights[f"{kernel}.bytes"] * weights[f"{kernel}.scale"]
    count = len(small)
    large = small.reshape(count, 3, 2, 2, 3, 3).transpose(0, 1, 4, 2, 5, 3)
    large = large.reshape(count, 3, 6, 6).astype(np.float32)
    graph.initializer.append(numpy_helper.from_array(large, "wide"))
    joined.input[0], joined.input[1] = source, "wide"
    del joined.attribute[:]
    told = {"kernel_shape": [6, 6], "pads": [2] * 4, "strides": [2, 2]}
    joined.attribute.extend(helper.make_attribute(name, value) for name, value in told.items())
    needed_only(model)
