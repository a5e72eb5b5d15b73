"""Small pieces of SQL that several services share."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Boolean, ColumnElement, CursorResult, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.models import Base

T = TypeVar("T")
BATCH = 500  # ids in one statement: well under every database's limit of parameters


class _Among(FunctionElement[bool]):
    """A column has one of the numbers of a JSON list: one parameter, however many there are."""

    inherit_cache = True
    type = Boolean()


@compiles(_Among, "sqlite")
def _each(element: _Among, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 (compiled)


@compiles(_Among, "postgresql")
def _elements(element: _Among, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    values = f"json_array_elements_text(CAST({numbers} AS json))"
    return f"{column} IN (SELECT CAST(value AS integer) FROM {values})"  # noqa: S608 (compiled)


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """A condition: the column is one of these ids, of which there may be half a million."""
    return _Among(column, literal(json.dumps(list(ids))))


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
