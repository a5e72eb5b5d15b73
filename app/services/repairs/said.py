"""What is said of a repair, kept as a list that JSON holds, and put back by undo."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Library, Repair
from app.services.repairs import wanted
from app.services.rows import among, batches

Entry = Sequence[Any]
BY_HAND = "hand"
"""The “network” of repairs that a person added or painted."""
SEVERAL = ("distortion", "pixelation")
"""Stages of which a photo may have two repairs of one kind."""


def taken_back(row: Repair) -> bool:
    """Tell whether a person added a repair and undid that: this is no word on what is found."""
    return row.network == BY_HAND and row.state == "rejected"


def kept(row: Repair) -> list[Any]:
    """Return what is said of a repair, its id first."""
    return [row.id, row.state, row.source, row.changed, row.strength]


def restore(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    """Put back what was said of repairs, as `kept` has it. The caller commits."""
    photos = set[int]()
    for some in batches(entries):
        query = select(Repair).where(
            Repair.library_id == library.id, among(Repair.id, [entry[0] for entry in some])
        )
        there = {row.id: row for row in session.scalars(query)}
        for repair_id, *said in some:
            if row := there.get(repair_id):
                row.state, row.source, row.changed, row.strength = said
                photos.add(row.photo_id)
    session.flush()
    if photos:
        wanted.version(session, library.id, sorted(photos))
