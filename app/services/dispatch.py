"""Sends waiting jobs to the broker, a window of them at a time.

The broker holds little: a window of each queue is topped up as it drains. When the broker has
nothing and the database says that messages should be there, they are sent again.
"""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.models import Job, Library, now
from app.queue import ANALYSE, FIRST, Queue

# kind of work -> queue. Adding a kind is a line here and a handler in workers.tasks.
KINDS = {"prepare": FIRST, "metadata": FIRST, "export": FIRST, "analyse": ANALYSE}
WINDOW = 400  # jobs of one queue that are with the broker at a time
LOST_AFTER = timedelta(seconds=15)


def publish(session: Session, queue: Queue) -> int:
    """Top up every queue's window with waiting jobs; commits. Returns how many were sent."""
    return sum(_top_up(session, queue, name) for name in dict.fromkeys(KINDS.values()))


def _top_up(session: Session, queue: Queue, name: str) -> int:
    kinds = [kind for kind, where in KINDS.items() if where == name]
    waiting = [Job.state == "queued", Job.kind.in_(kinds)]
    sent = session.scalar(select(func.count()).where(*waiting, Job.published_at.is_not(None)))
    room = WINDOW - (sent or 0)
    if sent:
        length = queue.length(name)
        if length is None:
            return 0
        if (
            length == 0
        ):  # lost, or in the hands of a worker, whose claim makes a second one harmless
            session.execute(
                update(Job)
                .where(*waiting, Job.published_at < now() - LOST_AFTER)
                .values(published_at=None)
            )
            room = WINDOW
    chosen = list(
        session.scalars(
            select(Job.id)
            .join(Library, Library.id == Job.library_id)
            .where(*waiting, Job.published_at.is_(None), Library.paused.is_(False))
            .order_by(Job.id)
            .limit(max(room, 0))
        )
    )
    if chosen and queue.publish(name, chosen):
        session.execute(update(Job).where(Job.id.in_(chosen)).values(published_at=now()))
    else:
        chosen = []
    session.commit()
    return len(chosen)
