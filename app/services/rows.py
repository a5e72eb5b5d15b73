"""Small pieces of SQL that several services share."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Base

T = TypeVar("T")
BATCH = 500  # ids in one statement: well under every database's limit of parameters


def changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE and return how many rows it met."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def insert_missing(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> None:
    """Insert rows whose `keys` are not there yet; another process may do the same meanwhile."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for some in batches(rows):
        statement = dialect.insert(model).values(some)
        session.execute(statement.on_conflict_do_nothing(index_elements=keys))


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
