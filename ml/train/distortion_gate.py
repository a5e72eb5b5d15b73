"""Fitting from when on a photo counts as distorted, and how likely the network's words are true."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.engine import Engine
from ml.errors import MLError
from ml.estimators.diagnosis import local_probability, parts
from ml.estimators.distortion import NETWORK, estimate, run
from ml.estimators.distortion import fit as fit_to_network
from ml.estimators.encodings import kind_of
from ml.estimators.gate import FILE, Gate
from ml.estimators.kinds import GROUP_OF, KINDS
from ml.evaluate.distortion import UNFINISHED
from ml.evaluate.distortion_trials import HONEST, SIDE, Trial, trials
from ml.image import Picture
from ml.image.picture import shrink
from ml.train.distortion_sources import held_out
from ml.weights.store import sha256

ALARMS = 0.0025  # of clean views, half of what is allowed in all
PART_ALARMS = 0.0015
_TEMPERATURES = np.geomspace(0.4, 4.0, 47)
_LEAST = 0.3  # below this nothing is called distorted, however clean the clean ones look
_SEED = 3


@dataclass(frozen=True)
class Seen:
    """What the network made of a clean view, or of the true group of a bent one."""

    photo: int
    clean: bool
    logits: tuple[float, ...]  # of all kinds
    true: str  # group
    part: float = 0.0  # the likeliest local effect in a part


def main(data: Path) -> None:
    """Fit on the held-out photos below `data` and write ml/data/distortion_gate.json.

    Runs without torch. Raises MLError where none of the photos is there.
    """
    paths = [data / name for name in sorted(held_out()) if (data / name).is_file()]
    if not paths:
        raise MLError(f"none of the held-out photos is below {data}")
    network, digest = chosen()
    seen = [one for number, path in enumerate(paths) for one in looked_at(network, path, number)]
    gate, told = fit(seen, digest)
    whole = asdict(gate) | {"photos": len(paths), **told}
    FILE.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    print(json.dumps(whole, indent=2), flush=True)


def chosen() -> tuple[Engine, str]:
    """The committed network, or the one in training, with its sha256."""
    committed = NETWORK in weights.manifest()
    path = weights.locate(NETWORK) if committed else UNFINISHED
    return engine.load_file(path), sha256(path)


def looked_at(network: Engine, path: Path, number: int) -> list[Seen]:
    """Every clean view of a photo, and its judged distortions, as the network sees them."""
    photo = shrink(Picture.open(path).view(SIDE), SIDE)
    chosen = [
        trial
        for trial in trials(str(path), photo, number, _SEED)
        if trial.condition in ("clean", "plain", "jpeg75") and trial.row not in HONEST
    ]
    return [_seen(network, trial, number) for trial in chosen]


def _seen(network: Engine, trial: Trial, number: int) -> Seen:
    answer = run(network, fit_to_network(trial.image)[None])
    logits = tuple(answer["kinds"][0].tolist())
    if trial.warps:
        return Seen(number, False, logits, _group(trial))
    boxes, pictures = zip(*parts(trial.image), strict=True)
    size = (int(boxes[0][2]), int(boxes[0][3]))
    local = max(local_probability(one, size) for one in estimate(network, list(pictures)))
    return Seen(number, True, logits, "none", local)


def _group(trial: Trial) -> str:
    height, width = trial.image.shape[:2]
    return GROUP_OF[kind_of(trial.warps[0], (width, height))]


def fit(seen: Sequence[Seen], network: str) -> tuple[Gate, dict[str, float]]:
    """The gate, and what it does to photos it was not fitted on (by two halves of the photos)."""
    gate = _fitted(seen, network)
    alarms, found = [], []
    for half in (0, 1):
        other = _fitted([one for one in seen if one.photo % 2 != half], network)
        mine = [one for one in seen if one.photo % 2 == half]
        called = _bent(mine, other.temperature) >= other.whole
        clean = np.array([one.clean for one in mine])
        alarms += called[clean].tolist()
        found += called[~clean].tolist()
    return gate, {
        "views": len(alarms),
        "false_alarm_rate_other_half": float(np.mean(alarms)),
        "found_other_half": float(np.mean(found)),
    }


def _fitted(seen: Sequence[Seen], network: str) -> Gate:
    losses = [_loss(seen, temperature) for temperature in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    clean = [one for one in seen if one.clean]
    whole = _above(_bent(clean, temperature), ALARMS)
    part = _above(np.array([one.part for one in clean]), PART_ALARMS)
    sure = _above(_bent(clean, temperature), 0.0)
    return Gate(round(temperature, 4), whole, max(part, whole), max(sure, part), network)


def _loss(seen: Sequence[Seen], temperature: float) -> float:
    logits = np.array([one.logits for one in seen]) / temperature
    own = np.array([[GROUP_OF[kind] == one.true for kind in KINDS] for one in seen])
    true = np.logaddexp.reduce(np.where(own, logits, -np.inf), axis=1)
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - true))


def _bent(seen: Sequence[Seen], temperature: float) -> NDArray[np.float64]:
    """How likely each (N,) is not clean; the first kind is "none"."""
    logits = np.array([one.logits for one in seen]) / temperature
    return np.asarray(1 - np.exp(logits[:, 0] - np.logaddexp.reduce(logits, axis=1)))


def _above(clean: NDArray[np.float64], share: float) -> float:
    """A threshold that at most this share of clean values reaches."""
    order = np.sort(clean)[::-1]
    most = float(order[min(int(share * len(order)), len(order) - 1)])
    return round(min(max(most + 1e-4, _LEAST), 0.9999), 5)
