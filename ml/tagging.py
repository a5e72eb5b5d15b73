"""From confidence to trust: what a detector's number is worth, and what may be written
unreviewed.
"""

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"
_OBJECTS, _CATEGORIES = _DATA / "tag_calibration.json", _DATA / "scene_fusion.json"
_TINY = 1e-4


def calibrate(name: str, raw: float) -> float:
    """Return how likely a photo has an object, given its best detection there.

    `raw` is the detector's own confidence from 0 to 1. A beta calibration with an offset by class,
    fitted on judged detections; see `python -m ml train tag-calibration`. Rises with `raw` for
    every name.
    """
    curve = _calibration()
    c = min(max(raw, _TINY), 1 - _TINY)
    odds = curve["rise"] * math.log(c) - curve["fall"] * math.log1p(-c)
    return 1 / (1 + math.exp(-(odds + curve["base"] + curve["offsets"].get(name, 0.0))))


def thresholds(precision: float = 0.95) -> dict[str, float]:
    """Return, by tag or category, the calibrated confidence from which on at least `precision` of
    them are right.

    `precision` runs from 0 to 1. Names that never get there, or that too few photos showed, are
    left out: nothing is written for them unreviewed. Raises ValueError outside that range.
    """
    if not 0 <= precision <= 1:
        raise ValueError(f"a precision of {precision}; it must lie between 0 and 1")
    return {
        name: found
        for name, curve in _curves().items()
        if (found := _first(curve, precision)) is not None
    }


def _first(curve: list[tuple[float, float]], precision: float) -> float | None:
    """Return the lowest confidence from which on the curve stays at or above the precision."""
    found = None
    for confidence, reached in sorted(curve, reverse=True):
        if reached < precision:
            break
        found = confidence
    return found


@lru_cache(maxsize=1)
def _calibration() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(_OBJECTS.read_text(encoding="utf-8"))
    return stored


@lru_cache(maxsize=1)
def _curves() -> dict[str, list[tuple[float, float]]]:
    """Precision over confidence by name: objects, then categories, whose word prevails where both
    have one.
    """
    categories = json.loads(_CATEGORIES.read_text(encoding="utf-8"))["categories"]
    tables = _calibration()["curves"] | {name: row["curve"] for name, row in categories.items()}
    return {
        name: [(float(confidence), float(reached)) for confidence, reached in curve]
        for name, curve in tables.items()
    }
