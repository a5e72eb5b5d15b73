"""Whether a picture is a photograph, with reasons."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Box, Selected, Sure

Outcome = Literal["photograph", "generated", "edited", "inconclusive"]


class Look(Selected):
    """What to look at."""


class Said(TypedDict):
    """What a person says; null takes it back."""

    outcome: Outcome | None


class Probabilities(TypedDict):
    """They sum to 1."""

    photograph: Sure
    generated: Sure
    edited: Sure


class Reason(TypedDict):
    """One thing that speaks for a photograph (weight above 0) or against one, in log odds."""

    kind: str
    text: str
    weight: float


Across = Annotated[int, Meta(ge=0, description="Columns of `traces`; 0: there are none.")]
Traces = Annotated[
    list[Annotated[int, Meta(ge=0, le=255)]],
    Meta(description="Row by row, how much each part speaks against a photograph."),
]


class JudgedPerson(TypedDict):
    """What the machine found on one person, looked at as a picture of its own."""

    box: Annotated[Box, Meta(description="The face.")]
    place: Annotated[Box, Meta(description="What was looked at, which `traces` lie over.")]
    outcome: Outcome
    probabilities: Probabilities
    evidence: list[Reason]
    across: Across
    traces: Traces


class Verdict(TypedDict):
    """What holds, what the machine found, what a person said; evidence, not proof."""

    outcome: Outcome
    found: Outcome
    said: Outcome | None
    probabilities: Probabilities
    region: Box | None
    evidence: list[Reason]
    across: Across
    traces: Traces
    people: Annotated[
        list[JudgedPerson], Meta(description="Those large enough, the largest face first.")
    ]
