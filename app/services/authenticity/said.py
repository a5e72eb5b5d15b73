"""What people say of verdicts, kept as a list that JSON holds, and put back by undo."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.models import Library, Verdict

Entry = Sequence[Any]


def kept(row: Verdict) -> list[Any]:
    """Return what is said of a photo, its id first."""
    return [row.photo_id, row.said]


def restore(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    """Put back what was said, as `kept` has it. The caller commits."""
    for photo_id, said in entries:
        row = session.get(Verdict, photo_id)
        if row is not None and row.library_id == library.id:
            row.said = said
