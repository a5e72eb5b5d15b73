"""Where marks are: what the networks of marks say of every pixel of a photo."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine
from ml.image.picture import within
from ml.marks.kinds import OUTPUT, STRIDE, Network

Pixels = NDArray[np.uint8]
Chances = Mapping[str, NDArray[np.float32]]
"""By kind the probability of a mark at every pixel of what a network sees, (h, w)."""


def chances(photo: Pixels, network: Network, loaded: Engine | None = None) -> Chances:
    """Look for a network's kinds of marks on a photo (H, W, 3), made smaller where it is larger
    than the network sees; `loaded` in the place of the committed weights.

    Raises WeightsError where these are missing.
    """
    small = within(photo, network.longest)
    height, width = small.shape[:2]
    rim = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
    padded = np.pad(small, rim, "symmetric" if min(height, width) >= STRIDE else "edge")
    batch = padded.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
    logits = (loaded or engine.load(network.name)).run(np.ascontiguousarray(batch))[OUTPUT][0]
    told = 1 / (1 + np.exp(-logits[:, :height, :width]))
    return {kind: np.asarray(told[i], np.float32) for i, kind in enumerate(network.kinds)}
