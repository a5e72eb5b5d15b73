"""Mosaics looked for in the lab, where nothing is kept."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Box, Count, Id, Sure

Method = Literal["trees", "network", "cascade"]


class ToSearch(TypedDict):
    """A photo of the library, and how it is looked at."""

    photo: Id
    method: Method


class FileToSearch(TypedDict):
    """The same of a file, whose bytes are the body."""

    method: Method


class Mosaic(TypedDict):
    """One that was found; block and phase are null where its grid could not be told."""

    block: Annotated[float | None, Meta(description="Side of a block, in px.")]
    phase: Annotated[
        list[float] | None,
        Meta(description="Where the first line of each direction lies, in px from left and top."),
    ]
    region: Box


class Searched(TypedDict):
    """What was found, and how likely the photo has any."""

    found: list[Mosaic]
    probability: Sure
    told_by: Annotated[str, Meta(description="What had the last word: trees, network or both.")]
    width: Count
    height: Count
    picture: Annotated[str, Meta(description="A data URI of WebP, at most 1,600 px long.")]
    mask: Annotated[
        str | None, Meta(description="A data URI of PNG, whose alpha covers what was found.")
    ]
    ms: Count
