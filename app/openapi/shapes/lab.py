"""The lab: a picture that was bent, and what the network makes of it."""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Box, Count, Sure, Text


class Effect(TypedDict):
    """A warp of ml/warps with its parameters, in pixels of the picture."""

    effect: Text
    parameters: dict[str, Any]


class ToJudge(TypedDict):
    """A picture (JPEG, PNG or WebP), and what is true of it where that is known."""

    image: Annotated[Text, Meta(description="base64, at most 4 MB and 4 megapixels.")]
    effects: NotRequired[
        Annotated[list[Effect], Meta(max_length=4, description="The first is applied first.")]
    ]


class Found(TypedDict):
    """An effect that was found."""

    kind: str
    confidence: Sure
    parameters: dict[str, Any]
    region: Box


class Judged(TypedDict):
    """What was found, in the order in which it is undone, and the picture without it."""

    found: list[Found]
    undone: Annotated[str | None, Meta(description="A data URI of WebP.")]
    error_px: Annotated[
        float | None,
        Meta(description="Mean end-point error at a long side of 512 px; null without the truth."),
    ]
    error_nothing_px: Annotated[float | None, Meta(description="The same of doing nothing.")]
    network: str
    ms: Count
