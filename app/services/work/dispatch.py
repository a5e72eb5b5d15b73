"""Sends waiting jobs to the broker, a window of them at a time.

The broker holds little: a window of each queue is topped up as it drains. When the broker has
nothing and the database says that messages should be there, they are sent again.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Job, Library, now
from app.queue import ANALYSE, FIRST, IDLE

# kind of work -> queue. Adding a kind is a line here and a handler in workers.tasks.
KINDS = {
    "prepare": FIRST,
    "metadata": FIRST,
    "export": FIRST,
    "concept": FIRST,
    "import": FIRST,
    "beside": FIRST,
    "repair": FIRST,
    "enlarge": FIRST,
    "analyse": ANALYSE,
    "diagnose": ANALYSE,
    "authenticity": ANALYSE,
    "sensor": IDLE,
    "people": IDLE,  # once for all photos that are analysed before
}
WINDOW = 400  # jobs of one queue that are with the broker at a time
LOST_AFTER = timedelta(seconds=15)


def publish(core: Core) -> int:
    """Top up every queue's window with waiting jobs. Returns how many were sent.

    The broker is spoken to between transactions: a slow one must not hold the database's lock.
    """
    return sum(_top_up(core, name) for name in dict.fromkeys(KINDS.values()))


def _top_up(core: Core, name: str) -> int:
    kinds = [kind for kind, where in KINDS.items() if where == name]
    waiting = (Job.state == "queued", Job.kind.in_(kinds))
    with core.db.read() as session:
        sent = session.scalar(select(func.count()).where(*waiting, Job.published_at.is_not(None)))
        fresh = _next(session, waiting, WINDOW - (sent or 0))
    if sent and core.queue.length(name) == 0:
        # lost, or in the hands of a worker, whose claim makes a second message harmless
        with core.db.write() as session:
            session.execute(
                update(Job)
                .where(*waiting, Job.published_at < now() - LOST_AFTER)
                .values(published_at=None)
            )
            session.commit()
            fresh = _next(session, waiting, WINDOW)
    if not fresh or not core.queue.publish(name, fresh):
        return 0
    with core.db.write() as session:
        session.execute(update(Job).where(Job.id.in_(fresh)).values(published_at=now()))
        session.commit()
    return len(fresh)


def _next(session: Session, waiting: tuple[ColumnElement[bool], ...], room: int) -> list[int]:
    query = (
        select(Job.id)
        .join(Library, Library.id == Job.library_id)
        .where(*waiting, Job.published_at.is_(None), Library.paused.is_(False))
        .order_by(Job.id)
        .limit(max(room, 0))
    )
    return list(session.scalars(query))
