"""What analysis says of a photo. Boxes are (x, y, width, height) in pixels of the upright photo at
full size.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tag:
    """An object seen in the photo; confidence from 0 to 1."""

    name: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Category:
    """What the whole photo is of; confidence from 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Face:
    """A face.

    `score` from 0 to 1 is the detector's. `landmarks` is (5, 2) float32, x and y of the eyes, nose
    and mouth corners as they lie from left to right in the photo. `quality` from 0 to 1 says how
    far its embedding can be trusted. `embedding` is (128,) float32 of length 1, or None when
    the embedder is missing or the face is smaller than 14 px.
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    quality: float
    embedding: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the photo; confidence from 0 to 1.

    `params` are plain values, lengths in pixels of the upright photo; `region` is where it is, and
    `mask`, (H, W) at full size, where exactly; None: the whole region.
    """

    stage: str
    kind: str
    confidence: float
    params: dict[str, Any]
    region: Box
    mask: NDArray[np.bool_] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against a photo, in plain words.

    `weight` is in log odds of a photograph: above 0 it speaks for one, below 0 against.
    """

    kind: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Authenticity:
    """Whether a picture is a photograph, generated, edited, or nobody can tell (`outcome`
    inconclusive).

    `probabilities` of photograph, generated and edited sum to 1. `region` is where it was edited.
    `traces` (h, w) from 0 to 255 is how much each part speaks against a photograph, over the
    whole photo; None where nothing could be looked at. `people` are the people in it that were
    looked at by themselves, the largest face first.
    """

    outcome: str
    probabilities: dict[str, float]
    region: Box | None
    evidence: tuple[Evidence, ...]
    traces: NDArray[np.uint8] | None = field(default=None, compare=False)
    people: tuple["JudgedPerson", ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedPerson:
    """The verdict on one person of a picture: `face` is where, `place` what was cut out about it
    and judged as a picture of its own, which the verdict's `traces` lie over.
    """

    face: Box
    place: Box
    verdict: Authenticity


@dataclass(frozen=True, slots=True)
class Result:
    """What the stages that were asked for found.

    None: the stage was not asked for, or its model is missing, and then `missing` says why. Empty:
    ran, found nothing. `embedding` is the scene network's float32 vector of the photo, for search
    by likeness.
    """

    tags: tuple[Tag, ...] | None = None
    categories: tuple[Category, ...] | None = None
    faces: tuple[Face, ...] | None = None
    embedding: NDArray[np.float32] | None = None
    findings: tuple[Finding, ...] | None = None
    authenticity: Authenticity | None = None
    missing: dict[str, str] = field(default_factory=dict)
