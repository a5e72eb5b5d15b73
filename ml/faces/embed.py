"""Face embedding by SFace (Zhong et al., SFace: Sigmoid-constrained Hypersphere Loss, 2021)."""

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import EstimationError

NETWORK = "sface"
DIMENSIONS = 128


def embed(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the embedding of an aligned (112, 112, 3) uint8 RGB crop: (128,) float32 of length 1.

    The crop and its mirror image are averaged, which makes the vector steadier. Raises WeightsError
    when the network is missing, EstimationError when it gives no direction.
    """
    network = engine.load(NETWORK)
    total = np.zeros(DIMENSIONS, dtype=np.float32)
    for side in (crop, crop[:, ::-1]):
        batch = np.ascontiguousarray(side.transpose(2, 0, 1)[None], dtype=np.float32)
        vector = next(iter(network.run(batch).values()))[0]
        total += vector / max(float(np.linalg.norm(vector)), 1e-9)
    length = float(np.linalg.norm(total))
    if not np.isfinite(length) or length < 1e-6:
        raise EstimationError("the face embedder gave no direction")
    return (total / np.float32(length)).astype(np.float32)
