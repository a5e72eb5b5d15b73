"""Values that many shapes share."""

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

MAX_ID = 2**31 - 1

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Count = Annotated[int, Meta(ge=0)]
Moment = Annotated[str, Meta(description="ISO 8601.", extra_json_schema={"format": "date-time"})]
Sure = Annotated[float, Meta(ge=0, le=1, description="Probability that it is right.")]
Box = Annotated[list[float], Meta(description="x, y, width, height in pixels of the upright photo")]
Address = Annotated[str, Meta(description="A path on this server.")]
Limit = Annotated[int, Meta(description="How many at most; taken into the range that is allowed.")]
After = Annotated[str, Meta(description="`next` of the page before.")]
Day = Annotated[
    str,
    Meta(
        description="YYYY-MM-DD, or empty for any day",
        extra_json_schema={"anyOf": [{"format": "date"}, {"maxLength": 0}]},
    ),
]
# Text that the database can keep: neither a NUL nor half of a surrogate pair.
Text = Annotated[str, Meta(extra_json_schema={"pattern": "^[^\\u0000]*$"})]
# A name: at least one character that can be seen.
Named = Annotated[
    str, Meta(max_length=200, pattern="^[^\\u0000]*[^\\s\\u0000-\\u001f\\u007f-\\u009f]")
]

# A path of names with > between them, none empty.
_PART = "[^\\u0000>]*[^\\s\\u0000-\\u001f\\u007f-\\u009f>][^\\u0000>]*"
NamedPath = Annotated[str, Meta(max_length=200, pattern=f"^{_PART}(>{_PART})*$")]

State = Literal["new", "review", "tagged", "failed", "trash"]
Chosen = Literal[
    "",
    "new",
    "review",
    "tagged",
    "edited",
    "missing",
    "repairs",
    "photograph",
    "generated",
    "altered",
    "undecided",
    "failed",
    "trash",
]
TagState = Literal["suggested", "confirmed", "rejected"]
Source = Literal["machine", "person", "file"]


# What JSON Schema can say of a TypedDict and Python cannot: (TypedDict, keywords).
REFINEMENTS: list[tuple[Any, dict[str, Any]]] = []


def refine(kind: Any, **keywords: Any) -> None:
    """Add keywords to the schema of a TypedDict."""
    REFINEMENTS.append((kind, keywords))


# "from" is a word of Python's own.
FilterQuery = TypedDict(
    "FilterQuery",
    {
        "q": Annotated[
            str,
            Meta(description="Words, tag:, person:, folder:, camera:, rating:, before:, after:"),
        ],
        "tag": Annotated[list[str], Meta(description="Repeatable: photos that have all of them.")],
        "category": str,
        "folder": Annotated[str, Meta(description="With the folders below it.")],
        "people": Literal["", "0", "1", "2", "3+"],
        "person": Annotated[str, Meta(description="The name of somebody who is on the photos.")],
        "from": Day,
        "to": Day,
        "state": Chosen,
        "camera": str,
        "rating": Annotated[
            str,
            Meta(
                description="Stars: 0 to 5, or 4+ for four and more.", pattern="^([0-5]|[1-5]\\+|)$"
            ),
        ],
        "id": Annotated[list[Id], Meta(description="Repeatable.", max_length=500)],
    },
    total=False,
)


class FoundFace(TypedDict):
    """A face that was found, and what is said of it; `poor` ones teach nothing."""

    id: Id
    box: Box
    crop: Address
    quality: Sure
    poor: bool
    person: Id | None
    name: str | None
    state: Literal["open", "suggested", "named", "unsure", "stranger", "not_face"]
    source: Source | None
    confidence: Sure | None


class Filter(FilterQuery, total=False):
    """What to show; the keys are those of the query string."""


Selection = TypedDict(
    "Selection", {"ids": list[Id], "filter": Filter, "except": list[Id]}, total=False
)
Selection.__doc__ = "Photos: by `ids`, or all of a `filter` `except` some."
refine(Selection, oneOf=[{"required": ["ids"]}, {"required": ["filter"]}])


class Selected(TypedDict):
    """A selection of photos: {"ids": [...]} or {"filter": {...}, "except": [...]}."""

    selection: Selection


class Changed(TypedDict):
    """How many things a request changed."""

    changed: Count


class Action(TypedDict):
    """A change that can be undone."""

    id: Id
    label: str
    at: Moment | None
    undone: bool


class Done(TypedDict):
    """A change, by which it can be undone."""

    action: Action


class DoneMany(Done):
    """A change of many photos."""

    changed: Count
