"""Face embedding by SFace (Zhong et al., SFace: Sigmoid-constrained Hypersphere Loss, 2021)."""

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import EstimationError
from ml.graph import constant_weights, free_batch, split_prelu

NETWORK = "sface"
DIMENSIONS = 128
_FACES_AT_ONCE = 1  # with its mirror image; larger batches fall out of the processor's cache


def embed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the embeddings of aligned (N, 112, 112, 3) uint8 RGB crops: (N, 128), of length 1.

    Each crop and its mirror image are averaged, which makes the vector steadier. Raises
    WeightsError when the network is missing, EstimationError when it gives no direction.
    """
    network = engine.load(NETWORK, constant_weights, split_prelu, free_batch)
    vectors = np.zeros((len(crops), DIMENSIONS), np.float32)
    for start in range(0, len(crops), _FACES_AT_ONCE):
        some = crops[start : start + _FACES_AT_ONCE]
        both = np.concatenate([some, some[:, :, ::-1]]).transpose(0, 3, 1, 2)
        output = next(iter(network.run(np.ascontiguousarray(both, np.float32)).values()))
        output /= np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-9)
        vectors[start : start + len(some)] = output[: len(some)] + output[len(some) :]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
        raise EstimationError("the face embedder gave no direction")
    unit: NDArray[np.float32] = vectors / lengths
    return unit
