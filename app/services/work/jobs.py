"""Job rows: asked for, claimed, finished, taken up again. The database is the truth about work."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Export, Job, Library, Upload, now
from app.services.rows import batches, changed
from app.services.work.dispatch import publish

NOT_LOOKED_AT = "Its first look was cancelled. Press Retry on the page of jobs."


def ask(
    session: Session,
    library_id: int,
    kind: str,
    *,
    photo_ids: Iterable[int] = (),
    export_id: int | None = None,
    tag_id: int | None = None,
    subject: str | None = None,
    params: dict[str, Any] | None = None,
    again: bool = False,
) -> int:
    """Make job rows, or wake those that failed or were cancelled; the caller commits.

    `again` wakes finished ones too. Returns how many rows are newly waiting.
    """
    params = params or {}
    same = {
        "library_id": library_id,
        "kind": kind,
        "params": params,
        "params_hash": hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16],
    }
    rows = list(_subjects(photo_ids, export_id, subject or (f"tag:{tag_id}" if tag_id else None)))
    asleep = ["failed", "cancelled", "done"] if again else ["failed", "cancelled"]
    count = 0
    for some in batches(rows):
        these = (
            Job.subject.in_([row["subject"] for row in some]),
            Job.kind == kind,
            Job.params_hash == same["params_hash"],
        )
        known = set(session.scalars(select(Job.subject).where(*these)))
        waking = update(Job).where(*these, Job.state.in_(asleep))
        count += changed(session, waking.values(**_fresh()))
        fresh = [same | row for row in some if row["subject"] not in known]
        if fresh:
            session.execute(insert(Job), fresh)
        count += len(fresh)
    return count


def _subjects(
    photo_ids: Iterable[int], export_id: int | None, other: str | None
) -> Iterator[dict[str, Any]]:
    """Yield what jobs are about: photos, a download, or something else by its name."""
    for photo_id in photo_ids:
        yield {"photo_id": photo_id, "export_id": None, "subject": f"photo:{photo_id}"}
    if export_id is not None:
        yield {"photo_id": None, "export_id": export_id, "subject": f"export:{export_id}"}
    if other is not None:
        yield {"photo_id": None, "export_id": None, "subject": other}


def set_paused(session: Session, core: Core, library_id: int, paused: bool) -> None:
    """Pause or resume a library's work; what runs at this moment is finished."""
    session.execute(update(Library).where(Library.id == library_id).values(paused=paused))
    session.commit()
    if not paused:
        session.execute(
            update(Job)
            .where(Job.library_id == library_id, Job.state == "queued")
            .values(published_at=None)
        )
        session.commit()
        publish(core)


def cancel(session: Session, library_id: int, ids: Sequence[int] | None = None) -> int:
    """Cancel waiting and running jobs (all of them without `ids`); their results are not kept."""
    count = 0
    for some in _chosen(ids):
        chosen = [Job.library_id == library_id, Job.state.in_(["queued", "running"]), *some]
        exports = select(Job.export_id).where(*chosen, Job.export_id.is_not(None))
        session.execute(update(Export).where(Export.id.in_(exports)).values(state="cancelled"))
        _turn_uploads(session, chosen, "waiting", "cancelled", NOT_LOOKED_AT)
        count += changed(
            session, update(Job).where(*chosen).values(state="cancelled", finished_at=now())
        )
    session.commit()
    return count


def retry(session: Session, core: Core, library_id: int, ids: Sequence[int] | None = None) -> int:
    """Queue failed and cancelled jobs again (all of them without `ids`).

    A download that was cancelled stays so: its copies are gone.
    """
    asleep = or_(Job.state == "failed", and_(Job.state == "cancelled", Job.export_id.is_(None)))
    count = 0
    for some in _chosen(ids):
        chosen = [Job.library_id == library_id, asleep, *some]
        _turn_uploads(session, chosen, "cancelled", "waiting", None)
        count += changed(session, update(Job).where(*chosen).values(**_fresh()))
    session.commit()
    publish(core)
    return count


def _turn_uploads(
    session: Session, chosen: list[ColumnElement[bool]], old: str, new: str, reason: str | None
) -> None:
    """Let uploads go the way of the jobs that take the first look at their photos."""
    photos = select(Job.photo_id).where(*chosen, Job.kind == "prepare")
    session.execute(
        update(Upload)
        .where(Upload.photo_id.in_(photos), Upload.state == old)
        .values(state=new, reason=reason)
        .execution_options(synchronize_session=False)
    )


def counts(session: Session, library_id: int) -> dict[str, int]:
    """Count photo jobs by state; learning people again and again is nobody's progress."""
    query = (
        select(Job.kind, Job.state, func.count())
        .where(Job.library_id == library_id)
        .group_by(Job.kind, Job.state)
    )
    found = dict.fromkeys(("queued", "running", "done", "failed", "cancelled"), 0)
    for kind, state, n in session.execute(query):
        found[state] += n if kind != "people" else 0
    return found


def rate(session: Session, library_id: int, window_s: float = 60.0) -> float:
    """Return finished jobs a second over the last `window_s` seconds."""
    start = now() - timedelta(seconds=window_s)
    n, first = session.execute(
        select(func.count(), func.min(Job.finished_at)).where(
            Job.library_id == library_id, Job.state == "done", Job.finished_at >= start
        )
    ).one()
    if not n or first is None:
        return 0.0
    first = first if first.tzinfo else first.replace(tzinfo=now().tzinfo)
    return float(n) / max((now() - first).total_seconds(), 1.0)


def listing(
    session: Session, library_id: int, state: str | None, after: int | None, limit: int
) -> list[Job]:
    """List jobs, running first, then the newest; `after` is the last id seen."""
    query = select(Job).where(Job.library_id == library_id)
    if state:
        query = query.where(Job.state == state)
    running = Job.state == "running"
    if after is not None:
        last = session.get(Job, after)
        if last is not None and last.state == "running":
            query = query.where(or_(and_(running, Job.id < after), ~running))
        else:
            query = query.where(~running, Job.id < after)
    order = case((running, 0), else_=1)
    return list(session.scalars(query.order_by(order, Job.id.desc()).limit(limit)))


def _chosen(ids: Sequence[int] | None) -> Iterator[list[ColumnElement[bool]]]:
    """Yield the condition on a job's id: none for all of them, else one for each batch."""
    if ids is None:
        yield []
    for some in batches(ids or []):
        yield [Job.id.in_(some)]


def _fresh() -> dict[str, Any]:
    return {
        "state": "queued",
        "tries": 0,
        "reason": None,
        "published_at": None,
        "lease_until": None,
        "finished_at": None,
        "created_at": now(),
    }
