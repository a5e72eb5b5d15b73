"""Tags, answers about them, review, changes."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from app.openapi.shapes.photos import Card, Detail, PhotoTag
from app.openapi.shapes.values import (
    Action,
    Address,
    After,
    Count,
    Done,
    Id,
    Limit,
    Named,
    NamedPath,
    Selected,
    Sure,
    TagState,
)

Names = Annotated[list[Named], Meta(max_length=50)]


class TagQuery(TypedDict, total=False):
    """Which tags: those that hold `q`."""

    q: str
    limit: Limit


class Tag(TypedDict):
    """A word of the library; `threshold` is the confidence above which it is written unreviewed."""

    id: Id
    name: str
    kind: Literal["object", "category", "keyword"]
    count: Count
    threshold: float | None


class Tags(TypedDict):
    """Tags, the most used first."""

    tags: list[Tag]


class Rename(TypedDict):
    """A tag's new name; one that another tag has merges the two."""

    name: NamedPath


class Path(TypedDict):
    """A tag by its path, parts joined by " > "; all that lies under it is meant too."""

    path: Named


class Move(Path):
    """Where a branch of tags goes; a tag that is there already is merged with."""

    to: NamedPath


class AnswerMany(Selected):
    """A person's word about the open proposals of many photos, of one tag or of all."""

    state: Literal["confirmed", "rejected"]
    tag: NotRequired[Named]


class Apply(Selected, total=False):
    """Tags to add and to remove on photos."""

    add: Names
    remove: Names


class TagAnswer(TypedDict):
    """A person's word about a tag; "suggested" takes it back."""

    state: TagState


class Answered(Done):
    """A change with the photo as it is now."""

    photo: Detail


class Actions(TypedDict):
    """The latest changes, the newest first."""

    actions: list[Action]


class ReviewQuery(TypedDict, total=False):
    """Which proposals, and in which order."""

    order: Annotated[Literal["least", "most"], Meta(description="Certain; least by default.")]
    tag: str
    after: After
    limit: Limit


class ReviewPhoto(Card):
    """A photo for review."""

    preview: Address
    width: int | None
    height: int | None


class Question(TypedDict):
    """One proposal of the machine."""

    photo: ReviewPhoto
    tag: PhotoTag
    confidence: Sure | None
    boxes: list[list[float]]


class Questions(TypedDict):
    """Open proposals."""

    items: list[Question]
    left: Count
    next: str | None


class ReviewAnswer(TypedDict):
    """Yes or no about a proposal."""

    photo: Id
    tag: Id
    answer: Literal["yes", "no"]


class Reviewed(Done):
    """A change, and how many proposals are left; `settled` others followed from it."""

    left: Count
    settled: Count
