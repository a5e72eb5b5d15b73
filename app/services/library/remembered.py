"""Answers that were counted once and hold until something is written.

Each process remembers its own, by what the database says of its generation: a number that every
commit raises (SQLite), or the snapshot that a session sees (PostgreSQL). An answer that is
remembered is exactly what counting again would give.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Generation

T = TypeVar("T")
MOST = 64  # answers of one process
_known: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
_lock = Lock()


def remembered(session: Session, key: Hashable, count: Callable[[], T]) -> T:
    """Return what `count` returns, or what it returned in this state of the database.

    The answer is shared: nobody may change it.
    """
    if session.new or session.dirty or session.deleted or _writes(session):
        return count()  # what this session wrote, no other sees yet
    place = (str(session.get_bind().engine.url), key)
    now = _generation(session)
    with _lock:
        if place in _known and _known[place][0] == now:
            _known.move_to_end(place)
            return cast("T", _known[place][1])
    answer = count()
    with _lock:
        _known[place] = (now, answer)
        _known.move_to_end(place)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return answer


def _writes(session: Session) -> bool:
    return bool(session.get_bind().get_execution_options().get("write"))


def _generation(session: Session) -> Hashable:
    """Return what changes with every commit; the session sees the state that it names.

    The first statement of a transaction fixes what it sees (SQLite). PostgreSQL fixes that for each
    statement anew: what is counted right after may be newer than its name says, and is then counted
    again by the next who asks.
    """
    if session.get_bind().dialect.name == "postgresql":
        return str(session.scalar(select(func.pg_current_snapshot())))
    return session.scalar(select(Generation.n))
