"""Analyse photos: objects, categories, faces; one JSON line per photo."""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ml import pipeline
from ml.commands.masks import Masks
from ml.commands.walk import Walk
from ml.errors import ImageError, MLError
from ml.image import Picture
from ml.pixelation.detector import METHODS
from ml.results import Authenticity, Result
from ml.stages.table import PLANNED, STAGES

_KNOWN = (*STAGES, *PLANNED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a photo, or a folder of photos")
    parser.add_argument("--json", action="store_true", help="JSON lines (the only output there is)")
    parser.add_argument("--stages", metavar="A,B", help=f"of {', '.join(_KNOWN)}; default all")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default=METHODS[-1],
        help="how pixelation is found: trees is quickest, network looks at every pixel, cascade "
        "asks it only where trees are not sure (default)",
    )
    parser.add_argument("--masks", metavar="DIR", type=Path, help="where masks of findings go")


def run(options: argparse.Namespace) -> int:
    """Analyse every photo; 2 if any failed."""
    asked = _stages(options.stages)
    runnable = tuple(stage for stage in asked if stage in STAGES)
    walk, failed, told, masks = Walk(options.paths), False, set[str](), Masks(options.masks)
    look = partial(pipeline.analyse, stages=runnable, method=options.method)
    for name, path in walk:
        try:
            line = _line(name, path, look, told, masks)
        except ImageError as error:
            print(f"{name}: {error}", file=sys.stderr)
            line, failed = {"path": name, "error": str(error)}, True
        print(json.dumps(line), flush=True)
    if walk.skipped:
        print(f"{walk.skipped} files of other types were skipped", file=sys.stderr)
    return 2 if failed else 0


def _stages(setting: str | None) -> tuple[str, ...]:
    """Return the stages asked for; what is not built yet is told when it was asked for by name."""
    if setting is None:
        return tuple(STAGES)
    asked = tuple(dict.fromkeys(part.strip() for part in setting.split(",") if part.strip()))
    unknown = [stage for stage in asked if stage not in _KNOWN]
    if unknown or not asked:
        raise MLError(
            f"no stage is called {', '.join(unknown) or setting!r}; known: {', '.join(_KNOWN)}"
        )
    planned = [stage for stage in asked if stage in PLANNED]
    if planned:
        print(f"not part of this version: {', '.join(planned)}; left null", file=sys.stderr)
    return asked


def _line(
    name: str, path: Path, look: Callable[[Picture], Result], told: set[str], masks: Masks
) -> dict[str, Any]:
    picture = Picture.open(path)
    result = look(picture)
    for stage, reason in result.missing.items():
        if reason not in told:
            told.add(reason)
            print(f"{stage}: {reason}", file=sys.stderr)
    return {
        "path": name,
        "width": picture.header.width,
        "height": picture.header.height,
        "findings": _findings(name, result, masks),
        "tags": _records(result.tags, "name", "confidence", "box"),
        "categories": _records(result.categories, "name", "confidence"),
        "faces": _records(result.faces, "box", "score"),
        "authenticity": _authenticity(result),
        "error": None,
    }


def _findings(name: str, result: Result, masks: Masks) -> list[dict[str, Any]] | None:
    told = _records(result.findings, "stage", "kind", "confidence", "params", "region")
    if told is None:
        return None
    written = [masks.write(name, one.kind, one.mask) for one in result.findings or ()]
    return [each | {"mask": mask} for each, mask in zip(told, written, strict=True)]


def _authenticity(result: Result) -> dict[str, Any] | None:
    told = result.authenticity
    if told is None:
        return None
    region = None if told.region is None else _plain(told.region)
    people = [{"box": _plain(one.face), **_verdict(one.verdict)} for one in told.people]
    return {**_verdict(told), "region": region, "people": people}


def _verdict(told: Authenticity) -> dict[str, Any]:
    return {
        "outcome": told.outcome,
        "probabilities": {name: _plain(chance) for name, chance in told.probabilities.items()},
        "evidence": _records(told.evidence, "kind", "text", "weight"),
    }


def _records(items: tuple[Any, ...] | None, *fields: str) -> list[dict[str, Any]] | None:
    if items is None:
        return None
    return [{field: _plain(getattr(item, field)) for field in fields} for item in items]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [float(number) for number in value]
    return round(float(value), 4) if isinstance(value, float) else value
