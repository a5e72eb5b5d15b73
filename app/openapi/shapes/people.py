"""People, their faces, and stacks of faces that look alike."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import (
    Address,
    After,
    Count,
    FoundFace,
    Id,
    Limit,
    Named,
    Sure,
    refine,
)

Order = Annotated[
    Literal["most", "least", "teach"],
    Meta(description="teach: the least certain first, of those that are learned from."),
]
Faces = Annotated[list[Id], Meta(description="Faces.", max_length=20_000)]
Stack = Annotated[int, Meta(ge=0, description="In place of faces: all of this stack.")]


class Person(TypedDict):
    """Somebody with a name; of people who are private nothing is written into files."""

    id: Id
    name: str
    private: bool
    named: Count
    suggested: Count
    cover: Address | None


class PeopleQuery(TypedDict, total=False):
    """Which people: those with a word in the name that begins like `q`."""

    q: str
    limit: Limit


class People(TypedDict):
    """People by name; how many faces are too blurred or small to be sorted; whether any face was
    found, faces are off, answers are being learned.
    """

    people: list[Person]
    poor: Count
    faces: bool
    off: bool
    learning: bool


class KnownPerson(TypedDict):
    """One person; `rejected` counts the faces said not to be theirs."""

    person: Person
    rejected: Count
    learning: bool


class Face(FoundFace):
    """A face in a list; `twice` says that the name stands on the photo twice."""

    photo: Id
    twice: bool


class FaceQuery(TypedDict, total=False):
    """Which faces of a person, and in what order."""

    tab: Literal["suggested", "named", "rejected"]
    order: Order
    after: After
    limit: Limit


class FacePage(TypedDict):
    """A page of faces."""

    faces: list[Face]
    next: str | None


class StateQuery(TypedDict, total=False):
    """Which faces of a library, and in what order."""

    state: Literal["suggested", "unsure", "stranger", "not_face", "poor"]
    order: Order
    after: After
    limit: Limit


class StatePage(FacePage):
    """A page of faces of one state; `total` of them in all."""

    total: Count
    learning: bool


class StackOfFaces(TypedDict):
    """Faces that look alike, the best of them."""

    stack: Count
    count: Count
    faces: list[Face]


class StackQuery(TypedDict, total=False):
    """A page of stacks."""

    after: After
    limit: Limit


class Stacks(TypedDict):
    """Stacks of unnamed faces, the largest first."""

    stacks: list[StackOfFaces]
    next: str | None


class Change(TypedDict):
    """What to change; a name that somebody has merges the two."""

    name: NotRequired[Named]
    private: NotRequired[bool]
    cover: NotRequired[Id]


class Forgotten(TypedDict):
    """How many faces were deleted, with their vectors and pictures."""

    faces: Count


class Forget(TypedDict):
    """Says that it is meant: it cannot be taken back."""

    forget: Literal[True]


class Name(TypedDict):
    """Faces, or a stack, and who they are."""

    faces: NotRequired[Faces]
    stack: NotRequired[Stack]
    name: Named


class Answer(TypedDict):
    """Faces, or a stack, and what they are; open takes a word back."""

    faces: NotRequired[Faces]
    stack: NotRequired[Stack]
    state: Literal["open", "unsure", "stranger", "not_face"]


FACES_OR_STACK = [{"required": ["faces"]}, {"required": ["stack"]}]
refine(Name, anyOf=FACES_OR_STACK)
refine(Answer, anyOf=FACES_OR_STACK)


class Confirm(TypedDict):
    """Faces whose proposal is right, or all of a person's from a confidence on."""

    faces: NotRequired[Faces]
    person: NotRequired[Id]
    above: NotRequired[Sure]


refine(Confirm, anyOf=[{"required": ["faces"]}, {"required": ["person"]}])


class Reject(TypedDict):
    """Faces, and who they are not."""

    faces: Faces
    person: Id
