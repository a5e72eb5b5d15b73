"""The network that reads warps from the lattice."""

import numpy as np

from ml import engine, weights
from ml.engine import Engine
from ml.errors import WeightsError
from ml.estimators.lattice.spectra import seen
from ml.estimators.lattice.tiles import Pixels, grid
from ml.estimators.reading import Reading

NETWORK = "distortion_lattice"


def network() -> Engine:
    """The committed network; WeightsError where this version has none, or it is damaged."""
    if NETWORK not in weights.manifest():
        raise WeightsError("the network that reads the lattice is not part of this version")
    return engine.load(NETWORK)


def read(network: Engine, image: Pixels) -> Reading:
    """What the lattice of a picture (H, W, 3) in its own pixels says; EstimationError when the
    network fails.
    """
    spectra = seen(image, grid((image.shape[1], image.shape[0])))
    batch = np.ascontiguousarray(spectra.transpose(2, 0, 1)[None], np.float32)
    return Reading.of(network.run(batch), 0)
