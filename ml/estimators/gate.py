"""From which probability on a photo is called distorted, so that clean ones are left alone."""

import json
import math
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from ml.errors import WeightsError
from ml.estimators.reading import Numbers, Reading

FILE = Path(__file__).parents[1] / "data" / "distortion_gate.json"


@dataclass(frozen=True)
class Gate:
    """The judge's logits are divided by `temperature`, and the lattice's logarithms of
    probabilities, times `lattice`, added to its own: that makes probabilities honest.

    From a probability `suspected` on that a photo is not clean, its lattice is searched; a warp
    whose fringes are `coherent` deviations coherent is believed, with a probability `certain`.
    A whole photo counts as distorted from a probability of `whole` on that it is not clean; a part
    of one from a probability `part` of a local effect on, by logits as they are; from `alone` on
    the lattice about it is searched. From `sure` on it
    may be repaired without asking. `network` is the sha256 of the weights it was fitted to.
    """

    temperature: float
    whole: float
    part: float
    sure: float
    network: str
    lattice: float = 0.0
    suspected: float = 1.0
    coherent: float = math.inf
    certain: float = 1.0
    alone: float = 1.0

    def fused(self, judge: Reading, lattice: Reading) -> Numbers:
        """Logits (kinds,) of what both networks say together."""
        said = lattice.kinds - np.logaddexp.reduce(lattice.kinds)
        return np.asarray(judge.kinds / self.temperature + self.lattice * said)


@lru_cache(maxsize=1)
def fitted() -> Gate:
    """The gate of the committed file; WeightsError where none has been fitted."""
    try:
        told = json.loads(FILE.read_text("utf-8"))
    except FileNotFoundError:
        raise WeightsError(
            "from when on a photo counts as distorted has not been fitted; "
            "python -m ml train distortion-gate --data DIR does it"
        ) from None
    names = {field.name for field in fields(Gate)}
    return Gate(**{name: value for name, value in told.items() if name in names})


def gate_of(network: str) -> Gate:
    """The gate of weights with that sha256; WeightsError where it belongs to others."""
    found = fitted()
    if found.network != network:
        raise WeightsError(
            f"the gate was fitted to a network {found.network[:8]}, this one is {network[:8]}; "
            "python -m ml train distortion-gate --data DIR fits it anew"
        )
    return found
