"""Errors as every route gives them."""

from typing import Annotated, TypedDict

from msgspec import Meta

from app.errors import CODES


class Trouble(TypedDict):
    """What went wrong."""

    message: Annotated[str, Meta(description="For a person: what is wrong and what to do.")]
    code: Annotated[
        str,
        Meta(
            description="For programs; a code keeps its meaning. "
            + " ".join(f"{code}: {meaning}" for code, meaning in CODES.items()),
            extra_json_schema={"enum": list(CODES)},
        ),
    ]


class Failure(TypedDict):
    """The body of every error."""

    error: Trouble
