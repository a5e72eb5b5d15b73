"""What is wrong with photos, its repair, and repaired versions."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import (
    Address,
    After,
    Box,
    Count,
    Id,
    Limit,
    Moment,
    Selected,
    Sure,
    Text,
)

RepairState = Literal["suggested", "accepted", "rejected"]
Strength = Annotated[float, Meta(gt=0, le=1, description="How much of it is undone.")]
Stage = Literal["pixelation", "marks", "damage", "light", "distortion", "rotation"]


class Repair(TypedDict):
    """A finding and its repair; lengths in pixels of the upright photo."""

    id: Id
    stage: Stage
    kind: str
    confidence: Sure
    found: Annotated[dict[str, Any], Meta(description="Parameters as the machine found them.")]
    params: Annotated[dict[str, Any], Meta(description="Those that are undone.")]
    strength: Strength
    region: Box
    reach: Annotated[
        float | None, Meta(description="How far points of the region move at most, in pixels.")
    ]
    network: str
    state: RepairState
    source: Literal["machine", "person"]


class Version(TypedDict):
    """A repaired file, and what made it."""

    id: Id
    shown: bool
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    format: str
    size: Annotated[int, Meta(ge=0, description="Bytes.")]
    made: Moment
    recipe: dict[str, Any]
    networks: dict[str, Any]
    file: Address


class Proposal(TypedDict):
    """An open repair, with its photo before and after."""

    repair: Repair
    photo: Annotated[dict[str, Any], Meta(description="As in a list, with width and height.")]
    before: Address
    after: Address


class KindCount(TypedDict):
    """How many repairs of a kind are open."""

    kind: str
    count: Count


class Proposals(TypedDict):
    """A page of open repairs."""

    items: list[Proposal]
    left: Count
    kinds: list[KindCount]
    next: str | None


class ProposalQuery(TypedDict, total=False):
    """Which proposals."""

    order: Literal["least", "most"]
    kind: Text
    after: After
    limit: Limit


class Find(Selected):
    """Photos to be looked at, by all stages unless named."""

    stages: NotRequired[Annotated[list[Stage], Meta(max_length=20)]]


class RepairAnswer(TypedDict):
    """A word about a repair; other parameters and another strength where given."""

    state: RepairState
    params: NotRequired[dict[str, Any]]
    strength: NotRequired[Strength]


Kind = Literal[
    "noise",
    "blur",
    "motion_blur",
    "jpeg",
    "faded",
    "varnish",
    "dark",
    "haze",
    "tilted",
    "turned",
    "swirl",
    "barrel",
    "pincushion",
    "fisheye",
    "lens",
    "bulge",
    "pinch",
    "wave",
    "ripple",
    "perspective",
    "shear",
    "rotation",
    "polar",
    "arc",
    "contour",
    "mosaic",
]
"""Kinds that a person may add, those of `ml.repair.by_hand`."""


class BeginQuery(TypedDict):
    """The kind of repair that begins."""

    kind: Kind


class Begun(TypedDict):
    """What a repair begins with, measured on the photo where that can be."""

    stage: Stage
    kind: Kind
    params: dict[str, Any]


class Added(TypedDict):
    """A repair that a person adds."""

    kind: Kind
    params: dict[str, Any]
    strength: NotRequired[Strength]


class AnswerAll(TypedDict):
    """A word about all open repairs of a kind that are at least so sure."""

    state: Literal["accepted", "rejected"]
    kind: Text
    least: NotRequired[Sure]


class Parameters(TypedDict):
    """A kind of repair with its parameters: names, types, units, ranges."""

    stage: Stage
    effect: str
    summary: str
    parameters: list[dict[str, Any]]


class Kinds(TypedDict):
    """What can be set by hand."""

    kinds: list[Parameters]


class RecipeQuery(TypedDict):
    """What is to be done to the picture, as JSON of a recipe."""

    recipe: Annotated[Text, Meta(description='{"steps": [{"stage", "kind", "params"}], "rim"}')]
