"""Rows as text and back, the same for SQLite and PostgreSQL."""

import base64
import json
import tempfile
import warnings
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SAWarning

from app.models import Base

# Downloads, enlarged photos and sensors' patterns: they are made again when asked for.
LEFT_OUT = ("export", "export_item", "enlargement", "sensor")
BATCH = 500


def dump(engine: Engine) -> Generator[tuple[str, int, BinaryIO]]:
    """Give every table as it is at one moment: its name, its number of rows, a file of them.

    The files have no names: they vanish with the process.
    """
    given = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.execution_options(**given).connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in LEFT_OUT:
                with tempfile.TemporaryFile() as file:
                    count = _dump_table(connection, table, file)
                    file.seek(0)
                    yield table.name, count, file


def _dump_table(connection: Connection, table: Table, file: BinaryIO) -> int:
    query = select(table)
    if table.name == "job":
        query = query.where(table.c.export_id.is_(None), table.c.kind.not_in(("enlarge", "sensor")))
    if table.name == "upload":  # half of a file is nothing to keep
        query = query.where(table.c.state != "receiving")
    count = 0
    found = connection.execution_options(stream_results=True, max_row_buffer=BATCH).execute(query)
    file.write(_line([column.name for column in table.columns]))
    for row in found:
        file.write(_line([_told(value) for value in row]))
        count += 1
    return count


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()  # all of ours are UTC or the camera's time
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def load(engine: Engine, folder: Path) -> dict[str, int]:
    """Fill the tables of an empty database from the files of `dump`; gives the rows of each.

    The tables are taken as the database has them: they may be older than this program.
    """
    names = [file.stem for file in folder.glob("*.jsonl")]
    known = MetaData()
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # indexes over expressions are of no concern
        known.reflect(connection, only=names)
    for column in (column for table in known.sorted_tables for column in table.columns):
        if isinstance(column.type, JSON):
            column.type.none_as_null = True
    counts = {}
    with engine.begin() as connection:
        tables = [table for table in known.sorted_tables if table.name in names]
        for table in reversed(tables):
            connection.execute(delete(table))  # a migration may have begun it
        for table in tables:
            counts[table.name] = _load_table(connection, table, folder / f"{table.name}.jsonl")
        if engine.dialect.name == "postgresql":
            _go_on_counting(connection, tables)
    return counts


def _load_table(connection: Connection, table: Table, file: Path) -> int:
    """Insert a table's rows; what points at rows of the same table is filled in at the end."""
    inner = {k.parent.name for k in table.foreign_keys if k.column.table is table}
    later: list[dict[str, Any]] = []
    count = 0
    for some in batched(_read(table, file), BATCH):
        for row in some:
            links = {name: row[name] for name in inner if row[name] is not None}
            if links:
                later.append({"of_" + c.name: row[c.name] for c in table.primary_key} | links)
                row.update(dict.fromkeys(links))
        connection.execute(insert(table), some)
        count += len(some)
    for name in inner:
        keys = [column == bindparam("of_" + column.name) for column in table.primary_key]
        query = update(table).where(*keys).values({name: bindparam(name)})
        for some in batched((row for row in later if name in row), BATCH):
            connection.execute(query, some)
    return count


def batched(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into lists of at most `size`."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _read(table: Table, file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        names = json.loads(next(lines))
        columns = [table.c[name] for name in names]
        for line in lines:
            values = zip(columns, json.loads(line), strict=True)
            yield {column.name: _value(column.type, value) for column, value in values}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value


def _go_on_counting(connection: Connection, tables: list[Table]) -> None:
    """Let PostgreSQL's sequences go on behind the highest id."""
    for table in tables:
        if "id" in table.c and table.c.id.type.python_type is int:
            quoted = connection.dialect.identifier_preparer.quote(table.name)
            name = connection.scalar(text("SELECT pg_get_serial_sequence(:t, 'id')"), {"t": quoted})
            highest = connection.scalar(select(func.max(table.c.id)))
            if name and highest:
                connection.execute(text("SELECT setval(:s, :n)"), {"s": name, "n": highest})
