"""Photos made larger beside the library."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Address, Count, Id, Moment, Text

Factor = Literal[2, 3, 4]
Method = Literal["fast", "quality", "perceptual"]


class ToEnlarge(TypedDict):
    """A photo of the library, how many times as large, and by which network."""

    photo: Id
    factor: Factor
    method: Method


class FileToEnlarge(TypedDict):
    """The same of a file, whose bytes are the body and whose name is told."""

    name: Annotated[Text, Meta(min_length=1, max_length=1000)]
    factor: Factor
    method: Method


class Enlargement(TypedDict):
    """An enlarged photo; `width` and `height` are the result's, null until it has been opened."""

    id: Id
    name: str
    photo: Id | None
    factor: Factor
    method: Method
    state: Literal["waiting", "running", "ready", "failed", "cancelled"]
    reason: str | None
    share: Annotated[float, Meta(ge=0, le=1, description="How much of it is done.")]
    width: Count | None
    height: Count | None
    size: Annotated[Count | None, Meta(description="Bytes of the file, once it is ready.")]
    file: Address | None
    expires: Moment


class Enlargements(TypedDict):
    """All that are kept, the newest first, and what can be asked for."""

    enlargements: list[Enlargement]
    most: Annotated[Count, Meta(description="How many are kept at a time.")]
    most_bytes: Annotated[Count, Meta(description="Of a file that is sent.")]
    most_pixels: Annotated[Count, Meta(description="Of a result.")]


class LookQuery(TypedDict):
    """Which side, and which piece of 1,024 pixels of it, counted from 0; without: the whole."""

    of: Literal["bicubic", "enlarged"]
    x: NotRequired[Count]
    y: NotRequired[Count]
