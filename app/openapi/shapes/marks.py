"""Damage that is marked by hand."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.photos import Detail
from app.openapi.shapes.repairs import Repair


class Begin(TypedDict):
    """What is marked."""

    kind: Literal["scratch", "tear", "stain", "loss", "craquelure"]


class Begun(TypedDict):
    """The repair whose mask is painted; `sought`: whether that kind can be looked for."""

    repair: Repair
    sought: bool


class Making(TypedDict):
    """The photo whose version is being made."""

    photo: Detail


class Painted(TypedDict):
    """A mask."""

    mask: Annotated[
        str,
        Meta(
            max_length=180_000,
            description="A grey PNG of 1024 pixels a side at most in base64, white is damage.",
        ),
    ]


class Found(TypedDict):
    """Where a kind of damage is found."""

    mask: Annotated[str, Meta(description="A grey PNG in base64, white is damage.")]
