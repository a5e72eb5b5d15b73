"""Fitting from when on a photo counts as distorted, and how likely the network's words are true."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from ml import engine, weights
from ml.errors import MLError
from ml.estimators.diagnosis import alone
from ml.estimators.distortion import NETWORK, reading
from ml.estimators.encodings import kind_of
from ml.estimators.explanation import bends, explain
from ml.estimators.gate import FILE, Gate
from ml.estimators.kinds import GROUP_OF, KINDS
from ml.estimators.lattice.network import read
from ml.estimators.reading import Numbers, Reading, shares
from ml.estimators.refinement import Networks, key
from ml.estimators.refinement import networks as committed
from ml.estimators.windows import likeliest
from ml.evaluate.distortion import UNFINISHED
from ml.evaluate.distortion_trials import HONEST, SIDE, Trial, trials
from ml.image import Picture
from ml.image.picture import shrink
from ml.train.distortion_sources import held_out
from ml.weights.store import sha256

ALARMS = 0.0025  # of clean views, half of what is allowed in all
PART_ALARMS = 0.0015
_TEMPERATURES = np.geomspace(0.4, 4.0, 24)
_WEIGHTS = np.linspace(0, 2, 21)  # of what the lattice says
_LEAST = 0.3  # below this nothing is called distorted, however clean the clean ones look
_SUSPECTED = 0.06  # of clean views are searched, which takes seconds
_ALONE = 0.05  # and about a part of them
_COHERENT, _BEYOND = 7.0, 1.0  # deviations at least, and above what any clean view reaches
_SEED = 3


@dataclass(frozen=True)
class Seen:
    """What the networks made of a clean view, or of the true group of a bent one: the `trial`-th of
    a photo.
    """

    photo: int
    trial: int
    clean: bool
    judge: Numbers  # logits (kinds,)
    lattice: Numbers
    true: str  # group
    part: float = 0.0  # the likeliest local effect in a part
    suspected: bool = False
    alone: bool = False
    coherent: float = 0.0  # of the warp that explains a suspected clean view best


def main(data: Path) -> None:
    """Fit on the held-out photos below `data` and write ml/data/distortion_gate.json.

    Runs without torch. Raises MLError where none of the photos is there.
    """
    paths = [data / name for name in sorted(held_out()) if (data / name).is_file()]
    if not paths:
        raise MLError(f"none of the held-out photos is below {data}")
    networks, digest = chosen()
    seen = [one for number, path in enumerate(paths) for one in looked_at(networks, path, number)]
    seen = [searched(networks, paths[one.photo], one) for one in suspicious(seen)]
    gate, told = fit(seen, digest)
    whole = asdict(gate) | {"photos": len(paths), **told}
    FILE.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    print(json.dumps(whole, indent=2), flush=True)


def chosen() -> tuple[Networks, str]:
    """The committed networks, the judge in training where there is none, with its sha256."""
    if NETWORK in weights.manifest():
        return committed(), key()
    return Networks(engine.load_file(UNFINISHED)), sha256(UNFINISHED)


def looked_at(networks: Networks, path: Path, number: int) -> list[Seen]:
    """Every clean view of a photo, and its judged distortions, as the networks see them."""
    return [
        _seen(networks, trial, number, index)
        for index, trial in enumerate(_trials(path, number))
        if trial.condition in ("clean", "plain", "jpeg75") and trial.row not in HONEST
    ]


def suspicious(seen: Sequence[Seen]) -> list[Seen]:
    """The same, the clean views that are bent at the likeliest marked as suspected, or in part."""
    temperature, weight = _honest(seen)
    bent = _bent(seen, temperature, weight)
    limit = _above([b for one, b in zip(seen, bent, strict=True) if one.clean], _SUSPECTED, 0.0)
    nearby = _above([one.part for one in seen if one.clean], _ALONE, _LEAST)
    return [
        replace(one, suspected=one.clean and b >= limit, alone=one.clean and one.part >= nearby)
        for one, b in zip(seen, bent, strict=True)
    ]


def searched(networks: Networks, path: Path, one: Seen) -> Seen:
    """How coherent a warp is that explains a suspected clean view best."""
    if networks.lattice is None or not (one.suspected or one.alone):
        return one
    image = next(islice(_trials(path, one.photo), one.trial, None)).image
    nearby = 0.0
    if one.alone and networks.windows is not None:
        part = likeliest(networks.windows, networks.judge, image)
        found = alone(networks, image, image, part) if part else None
        nearby = found.coherence if found else 0.0
    if not one.suspected:
        return replace(one, coherent=nearby)
    readings = [reading(networks.judge, image), read(networks.lattice, image)]
    kinds = shares(np.mean([_said(each) for each in readings], axis=0))
    told = explain(networks.judge, image, readings, kinds)
    coherent = told.coherence if told is not None and bends(told, image) else 0.0
    return replace(one, coherent=max(coherent, nearby))


def _trials(path: Path, number: int) -> Iterator[Trial]:
    photo = shrink(Picture.open(path).view(SIDE), SIDE)
    return trials(str(path), photo, number, _SEED)


def _seen(networks: Networks, trial: Trial, number: int, index: int) -> Seen:
    judge = reading(networks.judge, trial.image)
    readings = [judge]
    if networks.lattice is not None:
        readings.append(read(networks.lattice, trial.image))
    logits = judge.kinds, _said(readings[1]) if readings[1:] else np.zeros(len(KINDS))
    if trial.warps:
        return Seen(number, index, False, *logits, _group(trial))
    part = likeliest(networks.windows, networks.judge, trial.image) if networks.windows else None
    return Seen(number, index, True, *logits, "none", part.probability if part else 0.0)


def _said(told: Reading) -> Numbers:
    return np.asarray(told.kinds - np.logaddexp.reduce(told.kinds))


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
        explained = np.array([one.coherent for one in mine]) >= other.coherent
        called = (_bent(mine, other.temperature, other.lattice) >= other.whole) | explained
        clean = np.array([one.clean for one in mine])
        alarms += called[clean].tolist()
        found += called[~clean].tolist()
    return gate, {
        "views": len(alarms),
        "false_alarm_rate_other_half": float(np.mean(alarms)),
        "found_other_half": float(np.mean(found)),
    }


def _fitted(seen: Sequence[Seen], network: str) -> Gate:
    temperature, weight = _honest(seen)
    clean = [one for one in seen if one.clean]
    bent = _bent(clean, temperature, weight)
    whole = _above(bent, ALARMS)
    part = _above(np.array([one.part for one in clean]), PART_ALARMS)
    sure = max(_above(bent, 0.0), part, whole)
    coherent = max(_COHERENT, max((one.coherent for one in clean), default=0.0) + _BEYOND)
    return Gate(
        round(temperature, 4),
        whole,
        max(part, whole),
        sure,
        network,
        round(weight, 4),
        _above(bent, _SUSPECTED, 0.0),
        round(coherent, 2),
        sure,
        _above([one.part for one in clean], _ALONE, _LEAST),
    )


def _honest(seen: Sequence[Seen]) -> tuple[float, float]:
    """The temperature and the lattice's weight by which the truth is likeliest."""
    tried = [(float(t), float(w)) for t in _TEMPERATURES for w in _WEIGHTS]
    return min(tried, key=lambda pair: _loss(seen, *pair))


def _loss(seen: Sequence[Seen], temperature: float, weight: float) -> float:
    logits = _fused(seen, temperature, weight)
    own = np.array([[GROUP_OF[kind] == one.true for kind in KINDS] for one in seen])
    true = np.logaddexp.reduce(np.where(own, logits, -np.inf), axis=1)
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - true))


def _bent(seen: Sequence[Seen], temperature: float, weight: float) -> Numbers:
    """How likely each (N,) is not clean; the first kind is "none"."""
    logits = _fused(seen, temperature, weight)
    return np.asarray(1 - np.exp(logits[:, 0] - np.logaddexp.reduce(logits, axis=1)))


def _fused(seen: Sequence[Seen], temperature: float, weight: float) -> Numbers:
    judge = np.array([one.judge for one in seen]) / temperature
    return np.asarray(judge + weight * np.array([one.lattice for one in seen]))


def _above(clean: Numbers | Sequence[float], share: float, least: float = _LEAST) -> float:
    """A threshold that at most this share of clean values reaches."""
    order = np.sort(clean)[::-1]
    most = float(order[min(int(share * len(order)), len(order) - 1)])
    return round(min(max(most + 1e-4, least), 0.9999), 5)
