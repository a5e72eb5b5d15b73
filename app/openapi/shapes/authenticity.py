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


class Verdict(TypedDict):
    """What holds, what the machine found, what a person said; evidence, not proof."""

    outcome: Outcome
    found: Outcome
    said: Outcome | None
    probabilities: Probabilities
    region: Box | None
    evidence: list[Reason]
    across: Annotated[int, Meta(ge=0, description="Columns of `traces`; 0: there are none.")]
    traces: Annotated[
        list[Annotated[int, Meta(ge=0, le=255)]],
        Meta(description="Row by row, how much each part speaks against a photograph."),
    ]
