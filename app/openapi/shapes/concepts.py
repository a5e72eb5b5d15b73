"""Own tags: what is taught, what the machine asks back."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.photos import Card
from app.openapi.shapes.values import Action, Count, Done, Id, Limit, Moment, Named, Sure


class Concept(TypedDict):
    """An own tag: answers so far, open proposals, whether the newest answers are learned yet."""

    id: Id
    name: str
    yes: Count
    no: Count
    wanted: Annotated[int, Meta(description="Answers of each kind that teach it well.")]
    proposed: Count
    learning: bool
    failed: Annotated[str | None, Meta(description="Why the last training failed.")]
    trained: Moment | None


class Concepts(TypedDict):
    """Every own tag, by name."""

    concepts: list[Concept]


class Teach(TypedDict):
    """A tag to teach; made where there is none of the name."""

    name: Named


class Begun(TypedDict):
    """An own tag; `action` is null where it was being taught already."""

    action: Action | None
    concept: Concept


class PhotosQuery(TypedDict, total=False):
    """In which order, and how many."""

    order: Annotated[
        Literal["certain", "mixed"],
        Meta(description="The surest first, or in turn with those whose answer tells most."),
    ]
    limit: Limit


class Likely(Card):
    """A photo that nobody has answered, and how likely the tag is right for it."""

    preview: str
    confidence: Sure


class Asked(TypedDict):
    """What the machine asks back."""

    concept: Concept
    photos: list[Likely]


class Answer(TypedDict):
    """Yes or no about photos."""

    photos: Annotated[list[Id], Meta(min_length=1, max_length=500)]
    answer: Literal["yes", "no"]


class Answered(Done):
    """A change, and the own tag after it."""

    concept: Concept
