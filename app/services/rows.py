"""Small pieces of SQL that several services share."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

T = TypeVar("T")
BATCH = 500  # ids in one statement: well under every database's limit of parameters


def changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE and return how many rows it met."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
