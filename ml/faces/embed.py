"""Face embedding: SFace by default, another network by an explicit choice."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Tensor
from ml.errors import EstimationError, WeightsError
from ml.graph import Rewrite, constant_weights, free_batch, split_prelu
from ml.weights.manifest import Weights, entry

SETTING = "PROOFSHEET_EMBEDDER"
DEFAULT = "sface"
_FACES_AT_ONCE = 1  # with its mirror image; larger batches fall out of the processor's cache


@dataclass(frozen=True, slots=True)
class Embedder:
    """A network for aligned faces: its name in the manifest, the length of its vectors, what it
    wants of pixels from 0 to 255 (taken off, divided by), how its graph is rewritten.
    """

    name: str
    dimensions: int
    mean: float
    scale: float
    rewrites: tuple[Rewrite, ...]

    @property
    def weights(self) -> Weights:
        """Return its entry of the manifest, with licence and origin."""
        return entry(self.name)


# SFace: Zhong et al., SFace: Sigmoid-constrained Hypersphere Loss, 2021. w600k_mbf: InsightFace's
# MobileFaceNet, for non-commercial research alone.
EMBEDDERS = {
    one.name: one
    for one in (
        Embedder("sface", 128, 0.0, 1.0, (constant_weights, split_prelu, free_batch)),
        Embedder("w600k_mbf", 512, 127.5, 127.5, (split_prelu,)),
    )
}


def chosen() -> Embedder:
    """Return the embedder of the setting PROOFSHEET_EMBEDDER, by default SFace.

    Raises WeightsError for an unknown name.
    """
    name = os.environ.get(SETTING) or DEFAULT
    if name not in EMBEDDERS:
        raise WeightsError(f"{SETTING} is {name!r}; known are {', '.join(EMBEDDERS)}")
    return EMBEDDERS[name]


def embed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the embeddings of aligned (N, 112, 112, 3) uint8 RGB crops: (N, D), of length 1.

    Each crop and its mirror image are averaged, which makes the vector steadier. Raises
    WeightsError when the network is missing, EstimationError when it gives no direction.
    """
    embedder = chosen()
    network = engine.load(embedder.name, *embedder.rewrites)
    vectors = np.zeros((len(crops), embedder.dimensions), np.float32)
    for start in range(0, len(crops), _FACES_AT_ONCE):
        some = crops[start : start + _FACES_AT_ONCE]
        both = np.concatenate([some, some[:, :, ::-1]]).transpose(0, 3, 1, 2)
        output = next(iter(network.run(_input(both, embedder)).values()))
        output /= np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-9)
        vectors[start : start + len(some)] = output[: len(some)] + output[len(some) :]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
        raise EstimationError("the face embedder gave no direction")
    unit: NDArray[np.float32] = vectors / lengths
    return unit


def _input(pixels: NDArray[np.uint8], embedder: Embedder) -> Tensor:
    batch = np.ascontiguousarray(pixels, np.float32)
    return batch if embedder.scale == 1.0 else (batch - embedder.mean) / np.float32(embedder.scale)
