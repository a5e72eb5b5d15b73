"""How tags are written into files; stacks."""

from typing import Literal, NotRequired, TypedDict

from app.openapi.shapes.values import After, Count, Id, Limit, Named, refine

Write = Literal["write", "as", "never"]


class WordQuery(TypedDict, total=False):
    """Which tags: those that hold `q`, by name."""

    q: str
    after: After
    limit: Limit


# "as" is a word of Python's own.
Word = TypedDict(
    "Word",
    {
        "id": Id,
        "name": str,
        "kind": Literal["object", "category", "keyword"],
        "count": Count,
        "write": Write,
        "as": str | None,
    },
)
Word.__doc__ = 'A tag; with "as" the keyword that is written in its place.'


class Words(TypedDict):
    """A page of tags by name."""

    tags: list[Word]
    next: str | None


Writing = TypedDict("Writing", {"write": Write, "as": NotRequired[Named]})
Writing.__doc__ = 'How a tag is written: as it is, as the keyword in "as", or never.'
refine(
    Writing,
    anyOf=[{"properties": {"write": {"enum": ["write", "never"]}}}, {"required": ["as"]}],
)
