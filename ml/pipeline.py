"""The whole analysis of one photo: decoded once, each stage run on it, nothing lost when a model is
missing.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from ml.errors import EstimationError, WeightsError
from ml.faces import embed
from ml.image import Picture
from ml.results import Box, Category, Face, Result, Tag
from ml.stages import yolo_weights
from ml.stages.table import STAGES, VIEW_SIDE
from ml.tagging import calibrate

__all__ = [
    "DEFAULT_STAGES",
    "VIEW_SIDE",
    "Box",
    "Category",
    "Face",
    "Result",
    "Tag",
    "analyse",
    "provenance",
]

DEFAULT_STAGES = ("tags", "categories", "faces")


def analyse(
    picture: Picture, stages: Iterable[str] = DEFAULT_STAGES, method: str | None = None
) -> Result:
    """Run the named stages, and what they need, on a photo; those that know it, by a method other
    than their usual one.

    A stage whose model is missing is left None, and so is one that came to no result;
    `Result.missing` says why. Raises ImageError for damage that the header did not show, KeyError
    for an unknown stage.
    """
    asked = tuple(stages)
    picture.view(VIEW_SIDE)  # the largest first: every later view comes out of it
    result = Result()
    for stage in _in_order(asked):
        try:
            way = (method,) if method in STAGES[stage].methods else ()
            result = STAGES[stage].run(picture, result, *way)
        except (WeightsError, EstimationError) as error:
            result = replace(result, missing={**result.missing, stage: str(error)})
    return _only(result, asked)


def _in_order(asked: Iterable[str]) -> list[str]:
    wanted: set[str] = set()
    for name in asked:
        wanted |= {name, *STAGES[name].needs}
    return [name for name in STAGES if name in wanted]


def _calibrated(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Say of each object how likely it is there, surest first; stages see the detector's number."""
    found = (replace(tag, confidence=calibrate(tag.name, tag.confidence)) for tag in tags)
    return tuple(sorted(found, key=lambda tag: -tag.confidence))


def _only(result: Result, asked: tuple[str, ...]) -> Result:
    """Leave out what ran only because another stage needed it."""
    shown = None if result.tags is None else _calibrated(result.tags)
    return replace(
        result,
        tags=shown if "tags" in asked else None,
        faces=result.faces if "faces" in asked else None,
        missing={
            name: why for name, why in result.missing.items() if name in asked or name not in STAGES
        },
    )


def provenance(stage: str) -> str:
    """Return the networks of a stage with the first 8 hex digits of their weights' sha256:
    "yolo11n@c130b90b".

    Several are joined by "+". Raises KeyError for an unknown stage, WeightsError when its weights
    are unknown.
    """
    settings = {"tags": yolo_weights.chosen, "faces": _embedder}
    return _provenance(stage, settings[stage]() if stage in settings else "")


def _embedder() -> str:
    return embed.chosen().name


@lru_cache(maxsize=16)
def _provenance(stage: str, _setting: str) -> str:
    return "+".join(f"{name}@{digest[:8]}" for name, digest in STAGES[stage].networks())
