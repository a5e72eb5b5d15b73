"""What a request works with: the installation's parts, its own library, its JSON body."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, request
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError, NotFound, TooLarge
from app.models import MAX_ID, Library
from app.routes.identity import known_visitor

MOST_JSON = 8 * 2**20  # bytes: half a million ids


def core() -> Core:
    """Return the installation's parts."""
    found: Core = current_app.extensions["core"]
    return found


def library() -> Library:
    """Return the library of whoever asks; SignedOut where nobody is signed in."""
    return known_visitor().library


@contextmanager
def reading() -> Iterator[tuple[Session, Library]]:
    """Give a session for reading and the library."""
    mine = library()
    with core().db.read() as session:
        yield session, mine


@contextmanager
def writing() -> Iterator[tuple[Session, Library]]:
    """Give a session for a service that writes, and the library."""
    mine = library()
    with core().db.write() as session:
        yield session, mine


def body(*, optional: bool = False) -> dict[str, Any]:
    """Return the request's JSON object, {} for none where it is optional; AppError otherwise."""
    data = request.get_data()
    if optional and not data:
        return {}
    if len(data) > MOST_JSON:
        raise TooLarge(f"A request of this kind holds {MOST_JSON >> 20} MB at most.")
    if data and not request.is_json:
        raise AppError("The request's body must be application/json.", status=415)
    try:
        found = json.loads(data, parse_float=_number)
    except (ValueError, RecursionError):  # thousands of nested brackets
        found = None
    if not isinstance(found, dict):
        raise AppError("The request's body must be a JSON object.")
    check_text(found)
    return found


def _number(text: str) -> int | float:
    """Read a number with a point; 3.0 is a whole number in JSON Schema."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def check_text(value: Any) -> None:
    """AppError where a string anywhere in `value` has characters that a database cannot keep."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            if "\0" in item or any("\ud800" <= c <= "\udfff" for c in item):
                raise AppError("The request holds characters that no text has.")
        elif isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            left += item


def check_address() -> None:
    """Before each request: an address with a NUL in it leads nowhere, nor is it searched for."""
    if "\0" in request.path:
        raise NotFound("There is nothing at this address.")
    check_text(request.args.to_dict(flat=False))


def field(values: dict[str, Any], name: str, kind: type, default: Any = ...) -> Any:
    """Return one value of a JSON object, checked for its type; AppError names it."""
    value = values.get(name, default)
    if value is ...:
        raise AppError(f"“{name}” is missing.")
    if kind is int and type(value) is float and value.is_integer():
        value = int(value)  # JSON knows one kind of number: 3.0 is as whole as 3
    if value is not default and type(value) is not kind:
        raise AppError(f"“{name}” has the wrong type.")
    return value


def whole(name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query string, kept within bounds."""
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,4000}", text):
        raise AppError(f"“{name}” must be a whole number.")
    return min(max(int(text), low), high)


def one_of(name: str, *words: str) -> str | None:
    """Return a word of the query string, None where it is not given; AppError for any other."""
    text = request.args.get(name) or None
    if text is not None and text not in words:
        raise AppError(f"“{name}” is one of {', '.join(words)}.")
    return text


def selection(values: dict[str, Any]) -> dict[str, Any]:
    """Return the selection of a body: {"ids": [...]} or {"filter": {...}, "except": [...]}."""
    found = field(values, "selection", dict)
    check_ids(found.get("ids", []), "A selection's ids")
    check_ids(found.get("except", []), "A selection's exceptions")
    if ("ids" in found) == ("filter" in found):
        raise AppError("A selection has ids or a filter.")
    if "filter" in found:
        field(found, "filter", dict)
    return dict(found)


def check_ids(numbers: Any, what: str) -> None:
    """AppError unless this is a list of ids."""
    if not isinstance(numbers, list) or not all(
        type(i) is int and 0 < i <= MAX_ID for i in numbers
    ):
        raise AppError(f"{what} are whole numbers.")
