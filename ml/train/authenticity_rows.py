"""Rows beside the figures of authenticity: parts alone, simple baselines, people apart."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.authenticity.frozen import PARTS
from ml.authenticity.metadata import said
from ml.authenticity.patches import VIEW
from ml.authenticity.statistics import SPECTRUM
from ml.evaluate.authenticity import area
from ml.faces.detect import detect
from ml.image import Picture
from ml.train.authenticity_features import Measured
from ml.train.authenticity_heads import Cell, Heads, Values
from ml.train.authenticity_sources import Sources

_FACE = 0.06  # of the long side, at least: smaller ones are not what a picture is of
FEW = 5  # pictures of a side, at least


def alone(sources: Sources, seen: Measured, fitted: int) -> dict[str, float]:
    """Mean area over all cells by one part alone, and by the spectrum alone."""
    found = dict[str, float]()
    for part in PARTS:
        cells = list(Heads(sources, seen.parts, fitted, (part,)).cells())
        found[part] = mean_area(cells)
    spectrum = {**seen.parts, "statistics": seen.parts["statistics"][:, :, :SPECTRUM]}
    found["spectrum"] = mean_area(list(Heads(sources, spectrum, fitted, ("statistics",)).cells()))
    return found


def by_metadata(sources: Sources, data: Path, cells: list[Cell]) -> float:
    """Mean area over all cells by what files say, which needs no training."""
    told = np.zeros(len(sources), np.float32)
    for i, source in enumerate(sources.told):
        picture = Picture.open(data / source.name)
        told[i] = said(picture, picture.view(VIEW)).generated
    areas = [between(told[cell.generated_places], told[cell.real_places]) for cell in cells]
    return float(np.mean(areas))


def people(sources: Sources, folder: Path) -> NDArray[np.bool_]:
    """Which pictures show somebody's face large enough to be looked at; kept in the folder."""
    path = folder / f"people_{sources.key}.npy"
    if not path.exists():
        np.save(path, np.array([_face(sources, i) for i in range(len(sources))]))
    return np.asarray(np.load(path), bool)


def _face(sources: Sources, i: int) -> bool:
    picture = sources.picture(i)
    faces = detect(np.ascontiguousarray(picture), (640,))
    widths = [each.corners[2] - each.corners[0] for each in faces]
    return bool(max(widths, default=0.0) >= _FACE * max(picture.shape[:2]))


def of_people(cells: list[Cell], shown: NDArray[np.bool_]) -> dict[str, Any]:
    """Areas of the cells among pictures of people alone, where both sides have some."""
    found = dict[str, list[float]]()
    for cell in cells:
        made = cell.generated[0][shown[cell.generated_places]]
        taken = cell.real[0][shown[cell.real_places]]
        if min(len(made), len(taken)) >= FEW:
            found.setdefault(cell.generator, []).append(between(made, taken))
    whole = [value for values in found.values() for value in values]
    by = {name: float(np.mean(values)) for name, values in found.items()}
    return {"mean": float(np.mean(whole)), "cells": len(whole), "generator": by}


def mean_area(cells: list[Cell], variant: int = 0) -> float:
    """Mean over cells of how often a generated picture stands above a photograph."""
    return float(np.mean([between(each.generated[variant], each.real[variant]) for each in cells]))


def between(made: Values, taken: Values) -> float:
    """How often a generated picture stands above a photograph, of those that have a score."""
    made, taken = made[~np.isnan(made)], taken[~np.isnan(taken)]
    true = np.repeat([True, False], [len(made), len(taken)])
    return area(true, np.concatenate([made, taken]).astype(np.float64))
