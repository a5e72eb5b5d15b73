"""From which probability on a photo is called distorted, so that clean ones are left alone."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ml.errors import WeightsError

FILE = Path(__file__).parents[1] / "data" / "distortion_gate.json"


@dataclass(frozen=True)
class Gate:
    """The network's logits are divided by `temperature`, which makes probabilities honest.

    A whole photo counts as distorted from a probability of `whole` on that it is not clean; a part
    of one from a probability `part` of a local effect on, by logits as they are. From `sure` on it
    may be repaired without asking. `network` is the sha256 of the weights it was fitted to.
    """

    temperature: float
    whole: float
    part: float
    sure: float
    network: str


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
    return Gate(told["temperature"], told["whole"], told["part"], told["sure"], told["network"])


def gate_of(network: str) -> Gate:
    """The gate of weights with that sha256; WeightsError where it belongs to others."""
    found = fitted()
    if found.network != network:
        raise WeightsError(
            f"the gate was fitted to a network {found.network[:8]}, this one is {network[:8]}; "
            "python -m ml train distortion-gate --data DIR fits it anew"
        )
    return found
