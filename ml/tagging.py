"""From confidence to trust: how sure the machine must be before a tag is written unreviewed."""

import json
from functools import lru_cache
from pathlib import Path

_CURVES = Path(__file__).with_name("precision.json")


def thresholds(precision: float = 0.95) -> dict[str, float]:
    """Return, by tag or category, the confidence from which on at least `precision` of them are
    right.

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
def _curves() -> dict[str, list[tuple[float, float]]]:
    """Precision over confidence by name, as fitted; see `python -m ml evaluate tags`."""
    table = json.loads(_CURVES.read_text(encoding="utf-8"))
    return {
        name: [(float(confidence), float(reached)) for confidence, reached in curve]
        for kind in ("objects", "categories")
        for name, curve in table[kind].items()
    }
