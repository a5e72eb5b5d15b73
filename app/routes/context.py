"""What a request works with: the installation's parts, its own library, its JSON body."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g, request
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError
from app.models import Library
from app.services import settings


def core() -> Core:
    """Return the installation's parts."""
    found: Core = current_app.extensions["core"]
    return found


def library() -> Library:
    """Return the library of whoever asks: on loopback the owner's."""
    if "library" not in g:
        with core().db.write() as session:
            g.library = settings.owner(session)
    found: Library = g.library
    return found


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


def body() -> dict[str, Any]:
    """Return the request's JSON object; AppError when it is none."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise AppError("The request's body must be a JSON object.")
    return found


def field(values: dict[str, Any], name: str, kind: type, default: Any = ...) -> Any:
    """Return one value of a JSON object, checked for its type; AppError names it."""
    value = values.get(name, default)
    if value is ...:
        raise AppError(f"“{name}” is missing.")
    if value is not default and type(value) is not kind:
        raise AppError(f"“{name}” has the wrong type.")
    return value


def whole(name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query string, kept within bounds."""
    text = request.args.get(name, "")
    try:
        return min(max(int(text), low), high) if text else default
    except ValueError:
        raise AppError(f"“{name}” must be a whole number.") from None


def selection(values: dict[str, Any]) -> dict[str, Any]:
    """Return the selection of a body: {"ids": [...]} or {"filter": {...}, "except": [...]}."""
    found = field(values, "selection", dict)
    numbers = found.get("ids", found.get("except", []))
    if not isinstance(numbers, list) or not all(type(i) is int and 0 < i < 2**62 for i in numbers):
        raise AppError("A selection's ids are whole numbers.")
    if "ids" not in found and "filter" not in found:
        raise AppError("A selection has ids or a filter.")
    return dict(found)
