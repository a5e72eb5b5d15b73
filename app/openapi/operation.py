"""What a route takes and answers, written at the route itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
MARK = "__operation__"


@dataclass(frozen=True)
class Answer:
    """One answer: its type (None: no body), media type and headers (a TypedDict)."""

    shape: Any = None
    words: str = "As asked."
    media: str = "application/json"
    headers: Any = None


@dataclass(frozen=True)
class Operation:
    """What one route takes and gives.

    `query` and `headers` are TypedDicts whose fields are the parameters, `body` is a TypedDict, or
    bytes for a body of type `media`. `answers` and `errors` go by status.
    """

    query: tuple[Any, ...] = ()
    headers: Any = None
    body: Any = None
    optional_body: bool = False
    media: str = "application/json"
    answers: Mapping[int, Answer] = field(default_factory=dict)
    errors: tuple[int, ...] = ()


def describe(
    answer: Any = None, *, answers: Mapping[int, Answer] | None = None, **given: Any
) -> Callable[[View], View]:
    """Describe a view: `answer` is the type of its 200, or `answers` holds one for each status.

    The other arguments are Operation's.
    """
    told = answers or {200: Answer(answer)}

    def mark(view: View) -> View:
        setattr(view, MARK, Operation(answers=told, **given))
        return view

    return mark


def of(view: Callable[..., Any]) -> Operation | None:
    """What was written at a view."""
    return getattr(view, MARK, None)
