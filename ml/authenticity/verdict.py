"""All evidence weighed: probabilities, an outcome that is only told where it is sure, reasons."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity import copies
from ml.authenticity.metadata import Said
from ml.authenticity.patches import NETWORK, Look
from ml.errors import WeightsError
from ml.results import Authenticity, Box, Evidence
from ml.weights.manifest import entry

OUTCOMES = ("photograph", "generated", "edited", "inconclusive")
GATE = Path(__file__).parents[1] / "data" / "authenticity_gate.json"
WORST = 50  # JPEG quality below which traces are gone
_COPIED = 3.0  # log odds of an edit where a piece repeats its own grain
_HALF = 128
_STRONG, _WEAK = 2.0, 0.7


@dataclass(frozen=True)
class Gate:
    """What scores become log odds by, and from which probability on an outcome is told; `network`
    is the sha256 of the weights it was fitted to.
    """

    traces: float
    statistics: float
    generated: float  # added
    edit: float
    edited: float  # added
    sure: dict[str, float]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    weights: NDArray[np.float32]
    network: str

    def odds(self, look: Look, measured: NDArray[np.float32]) -> "Odds":
        """Log odds of one photo from what was seen and measured."""
        values = np.clip((measured - self.mean) / self.spread, -5, 5)
        return Odds(
            self.traces * look.traces,
            self.statistics * float(values @ self.weights),
            self.generated,
            self.edit * look.edit + self.edited,
        )


@dataclass(frozen=True)
class Odds:
    """Log odds of generated, in parts, and of edited, both against a photograph."""

    traces: float
    statistics: float
    base: float
    edited: float

    @property
    def generated(self) -> float:
        return self.traces + self.statistics + self.base


@cache
def gate(path: Path = GATE) -> Gate:
    """Read the committed gate; WeightsError where it is missing or belongs to other weights."""
    if not path.is_file():
        raise WeightsError(f"{path.name} is missing; run: python -m ml train authenticity-gate")
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for key in ("mean", "spread", "weights"):
        told[key] = np.array(told[key], np.float32)
    if told.setdefault("network", "") != entry(NETWORK).sha256:
        raise WeightsError(
            f"{path.name} was fitted to a network {told['network'][:8]}, this one is "
            f"{entry(NETWORK).sha256[:8]}; python -m ml train authenticity-gate fits it anew"
        )
    return Gate(**told)


def probabilities(generated: float, edited: float) -> dict[str, float]:
    """Of the three from log odds against a photograph."""
    likely = np.exp(np.clip([0.0, generated, edited], -20, 20))
    photograph, made, changed = (float(each) for each in likely / likely.sum())
    return {"photograph": photograph, "generated": made, "edited": changed}


def outcome(likely: dict[str, float], sure: dict[str, float]) -> str:
    """The one that is sure enough, else inconclusive."""
    best = max(likely, key=lambda name: likely[name])
    return best if likely[best] >= sure[best] else "inconclusive"


def weigh(  # noqa: PLR0917
    look: Look,
    odds: Odds,
    said: Said,
    copied: copies.Copy | None,
    size: tuple[int, int],
    sure: dict[str, float],
) -> Authenticity:
    """Put together what is known of a photo of `size` pixels."""
    edit = odds.edited + said.edited + (_COPIED if copied else 0.0)
    likely = probabilities(odds.generated + said.generated, edit)
    told = outcome(likely, sure)
    evidence = [*_seen(odds), *_compared(odds, copied), *said.evidence]
    if said.quality is not None and said.quality < WORST:
        told = "inconclusive"
        text = f"Saved as JPEG {said.quality}: what is left of fine traces cannot be trusted."
        evidence.insert(0, Evidence("compression", text, 0.0))
    shown = look.edited if likely["edited"] > likely["generated"] else look.generated
    region = _region(look, copied, size) if told == "edited" else None
    evidence.sort(key=lambda each: -abs(each.weight))
    return Authenticity(told, likely, region, tuple(evidence), _as_bytes(look.over_photo(shown)))


def too_small(said: Said, least: int) -> Authenticity:
    """The verdict on a picture of which too little is there."""
    return _untold(
        said, f"The picture has less than {least} pixels a side: too little to tell anything by."
    )


def too_narrow(said: Said) -> Authenticity:
    """The verdict on a strip."""
    return _untold(said, "The picture is a narrow strip: too little to tell anything by.")


def _untold(said: Said, text: str) -> Authenticity:
    evidence = (Evidence("size", text, 0.0), *said.evidence)
    likely = probabilities(said.generated, said.edited)
    return Authenticity("inconclusive", likely, None, evidence)


def _seen(odds: Odds) -> list[Evidence]:
    texts = {
        "traces": (
            "Fine texture looks {} like that of image generators.",
            "Fine texture looks {} like that of photographs.",
        ),
        "statistics": (
            "Noise, colour and frequencies go together {} as in generated pictures.",
            "Noise, colour and frequencies go together {} as in photographs.",
        ),
    }
    shift = odds.base / 2
    found = []
    for kind, (against, speaking) in texts.items():
        value = -(getattr(odds, kind) + shift)
        text = (speaking if value > 0 else against).format(_how(abs(value)))
        found.append(Evidence(kind, text, round(value, 2)))
    return found


def _compared(odds: Odds, copied: copies.Copy | None) -> list[Evidence]:
    text = (
        "One part differs {} from the rest in grain, sharpness or compression."
        if odds.edited > 0
        else "No part differs from the rest in grain, sharpness or compression."
    ).format(_how(abs(odds.edited)))
    found = [Evidence("splice", text, round(-odds.edited, 2))]
    if copied:
        text = "One piece stands in the picture twice, down to its grain."
        found.append(Evidence("copy", text, -_COPIED))
    return found


def _how(value: float) -> str:
    return "clearly" if value >= _STRONG else "somewhat" if value >= _WEAK else "slightly"


def _as_bytes(logits: NDArray[np.float32]) -> NDArray[np.uint8]:
    likely = 1 / (1 + np.exp(-np.clip(logits, -20, 20)))
    return np.asarray(np.rint(255 * likely), np.uint8)


def _region(look: Look, copied: copies.Copy | None, size: tuple[int, int]) -> Box:
    """The box of the largest suspicious part, in pixels of the upright photo."""
    mask = edited_mask(look)
    if copied is not None:
        height, width = (
            max(1, round(side * share))
            for side, share in zip(copied.mask.shape, look.covered, strict=True)
        )
        seen = copied.mask[:height, :width].astype(np.uint8)
        mask = mask | cv2.resize(seen, mask.shape[::-1]).astype(bool)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return (0.0, 0.0, float(size[0]), float(size[1]))
    x, y, width, height, _ = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    across = look.covered[1] * size[0] / mask.shape[1]
    down = look.covered[0] * size[1] / mask.shape[0]
    return (float(x * across), float(y * down), float(width * across), float(height * down))


def edited_mask(look: Look) -> NDArray[np.bool_]:
    """Patches (h, w) that look edited: above a half, or the most suspicious where none is."""
    likely: NDArray[Any] = cv2.blur(_as_bytes(look.edited), (3, 3))
    return np.asarray(likely >= min(_HALF, int(likely.max())))
