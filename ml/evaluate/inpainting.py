"""Parts of photographs filled by somebody else's network, to be compared with, found, and learned
from.
"""

from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ml import weights
from ml.engine import threads

NETWORK = "migan"
Pixels = NDArray[np.uint8]


def filled(photo: Pixels, mask: NDArray[np.bool_]) -> Pixels:
    """A photo (H, W, 3) filled where a mask (H, W) is true, by MI-GAN (Sargsyan et al., ICCV
    2023); what is not masked may change a little near by. Raises WeightsError without it.
    """
    told = {
        "image": np.ascontiguousarray(photo.transpose(2, 0, 1)[None]),
        "mask": np.uint8(255) * (~mask)[None, None].astype(np.uint8),
    }
    return np.ascontiguousarray(_session().run(None, told)[0][0].transpose(1, 2, 0))


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    file = str(weights.locate(NETWORK))
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
