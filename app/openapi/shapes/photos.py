"""Photos, lists of them, what one can filter by."""

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.authenticity import Verdict
from app.openapi.shapes.repairs import Repair, Version
from app.openapi.shapes.values import (
    Address,
    Count,
    FoundFace,
    Id,
    Limit,
    Moment,
    Source,
    State,
    Sure,
    TagState,
)
from app.openapi.shapes.work import Job

Order = Literal["asc", "desc"]
Sort = Annotated[
    Literal["date", "name", "uncertain"],
    Meta(description="Sections are days, first letters, or bands of confidence."),
]


class Card(TypedDict):
    """A photo as the grid shows it; `w` and `h` in pixels, 3 and 2 while they are unknown."""

    id: Id
    name: str
    folder: str
    w: Annotated[int, Meta(ge=1)]
    h: Annotated[int, Meta(ge=1)]
    thumb: Annotated[Address | None, Meta(description="null while it is being made")]
    placeholder: Annotated[str | None, Meta(description="A blurred stand-in as a data URI.")]
    state: State
    taken: Annotated[str | None, Meta(description="ISO 8601, the camera's local time.")]
    day: str
    to_review: Count
    people: Annotated[int | None, Meta(description="Faces found; null: not yet looked for.")]
    stack: Annotated[int, Meta(ge=0, description="Files that lie in its stack, RAW mostly.")]
    reason: Annotated[str | None, Meta(description="Why it failed.")]


class PhotoTag(TypedDict):
    """What is said about a tag on a photo."""

    id: Id
    name: str
    kind: Literal["object", "category", "keyword"]
    source: Source
    state: TagState
    confidence: Sure | None
    boxes: Annotated[list[Any], Meta(description="[x, y, width, height, confidence] each")]
    network: str | None
    in_file: bool


class Face(FoundFace):
    """A face on a photo; `score` is how much the network takes it for one."""

    score: float


class File(TypedDict):
    """One file of a photo: the first, another program's, or a copy that was delivered.

    kept: managed in our storage, referenced where it lies, known: its bytes are not with us.
    """

    sha256: str
    size: Annotated[int, Meta(ge=0, description="Bytes.")]
    kept: Literal["managed", "referenced", "known"]
    added: Moment | None
    current: bool


class Stacked(TypedDict):
    """Another file of the same picture that lies in its stack, RAW mostly."""

    id: Id
    name: str
    format: str | None
    size: Annotated[int, Meta(ge=0, description="Bytes.")]
    original: Address


class Detail(Card):
    """Everything known about a photo."""

    tags: list[PhotoTag]
    faces: list[Face]
    locations: Annotated[list[str], Meta(description="Paths under which it was dropped.")]
    metadata: Annotated[list[tuple[str, str]], Meta(description="[label, value] in order")]
    problems: list[str]
    preview: Address
    original: Address
    size: Annotated[int, Meta(ge=0, description="Bytes.")]
    format: str | None
    mime: str | None
    jobs: list[Job]
    edited: Annotated[Moment | None, Meta(description="Another program changed it, unseen yet.")]
    files: Annotated[list[File], Meta(description="The newest first, 50 at most.")]
    source: Annotated[str | None, Meta(description="Where a file that is not copied lies.")]
    trouble: Annotated[str | None, Meta(description="Why that file cannot be read.")]
    stacked: list[Stacked]
    stackable: Annotated[
        bool, Meta(description="RAW or JPEG of its name lie beside it, unstacked.")
    ]
    width: Annotated[int | None, Meta(description="Of the original, upright.")]
    height: int | None
    before: Annotated[Address, Meta(description="The original's preview.")]
    repairs: list[Repair]
    authenticity: Annotated[Verdict | None, Meta(description="None: not looked at.")]
    versions: Annotated[list[Version], Meta(description="The newest first.")]


class PreviewQuery(TypedDict, total=False):
    """Which picture of a photo."""

    original: Annotated[str, Meta(description="If there: not the repaired version.")]


class ListQuery(TypedDict, total=False):
    """How a list is sorted."""

    sort: Sort
    order: Annotated[Order, Meta(description="desc for date, asc otherwise, if not given")]


class PageQuery(ListQuery, total=False):
    """Which page of a list."""

    section: Annotated[str, Meta(description="Only this section: its `key`.")]
    first: Annotated[int, Meta(ge=0, le=2**31 - 1, description="From this photo of a part on.")]
    after: Annotated[int, Meta(description="`next` of the page before.")]
    limit: Limit


class PhotoPage(TypedDict):
    """A page of a list."""

    photos: list[Card]
    next: Id | None


class Section(TypedDict):
    """Photos of a list under one heading; `aspect` is the sum of width/height over them.

    A section of very many comes in parts, each with its `first` photo; else that is null.
    """

    key: str
    label: str
    count: Count
    aspect: float
    first: Id | None


class Sections(TypedDict):
    """A list as its sections."""

    total: Count
    sections: list[Section]


class Choice(TypedDict):
    """One thing to filter by, and how many photos it leaves."""

    value: str
    label: str
    count: Count


class Facets(TypedDict):
    """What one can filter by."""

    folders: list[Choice]
    categories: list[Choice]
    tags: list[Choice]
    people: list[Choice]
    persons: list[Choice]
    cameras: list[Choice]
    ratings: list[Choice]
    years: list[Choice]
    states: list[Choice]


class TypedQuery(TypedDict, total=False):
    """What has been typed."""

    q: str


class Suggestion(TypedDict):
    """A completion; `query` is what to search for."""

    text: str
    kind: str
    query: str


class Suggestions(TypedDict):
    """Completions of what has been typed."""

    suggestions: list[Suggestion]


class Queued(TypedDict):
    """How many photos are queued."""

    queued: Count


class Added(TypedDict):
    """How many photos were added."""

    added: Count
