"""The one shape of every evaluation's figures."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its 95 % interval and the number of photos or people behind it."""

    value: float
    lo: float
    hi: float
    n: int


@dataclass(slots=True)
class Report:
    """What `python -m ml evaluate TASK` prints; a metric that cannot be had here is None."""

    task: str
    n: int
    seen_in_training: int
    metrics: dict[str, Metric | None]
    baselines: dict[str, Any] = field(default_factory=dict)
    oracle: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, figures rounded to five places."""
        plain: dict[str, Any] = _rounded(asdict(self))
        return plain


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 5) if isinstance(value, float) else value
