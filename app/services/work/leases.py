"""Leases: one worker at a time has a job, and publishes only while the job is still its own."""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Job, Library, Photo, now
from app.services.intake import refusals
from app.services.rows import changed

_EARLY = 10  # times in a lease, work that goes on renews it
MAX_TRIES = 3  # a photo that took its worker down three times is not tried again by itself


@dataclass(frozen=True)
class Claim:
    """The right to do a job: valid while the row still has this attempt number."""

    job_id: int
    attempt: int
    kind: str
    library_id: int
    photo_id: int | None
    export_id: int | None
    params: dict[str, Any]


def worker_name() -> str:
    """Name this process, so that others on this machine can see whether it still lives.

    The time of its start is part of the name: after a restart, of a container above all, another
    process soon has the same number.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def claim(session: Session, job_id: int, lease_s: float) -> Claim | None:
    """Take a job by one UPDATE; None when it is not to be had (done, paused, somebody else's)."""
    moment = now()
    free = or_(Job.state == "queued", and_(Job.state == "running", Job.lease_until < moment))
    running = select(Library.id).where(Library.paused.is_(False)).scalar_subquery()
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, free, Job.tries < MAX_TRIES, Job.library_id.in_(running))
        .values(
            state="running",
            attempt=Job.attempt + 1,
            tries=Job.tries + 1,
            claimed_by=worker_name(),
            lease_until=moment + timedelta(seconds=lease_s),
            started_at=moment,
            reason=None,
        )
        .returning(Job.attempt, Job.kind, Job.library_id, Job.photo_id, Job.export_id, Job.params)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    session.commit()
    return Claim(job_id, *row) if row else None


def renew(session: Session, claimed: Claim, lease_s: float) -> bool:
    """Prolong a long job's lease; False when it was cancelled or taken over. Commits."""
    alive = changed(session, _mine(claimed).values(lease_until=now() + timedelta(seconds=lease_s)))
    session.commit()
    return alive == 1


class Lost(Exception):
    """The job was cancelled, or another worker has it."""


class Holder:
    """Keeps the lease of work that may take longer than it lasts: called now and then, it raises
    Lost where the job is no longer this worker's.
    """

    def __init__(self, core: Core, claimed: Claim) -> None:
        self._core, self._claimed = core, claimed
        self._until = time.monotonic() + core.config.lease_s / _EARLY

    def __call__(self, share: float) -> None:
        """Renew the lease when a part of it has passed."""
        del share
        if time.monotonic() < self._until:
            return
        lease_s = self._core.config.lease_s
        with self._core.db.write() as session:
            if not renew(session, self._claimed, lease_s):
                raise Lost
        self._until = time.monotonic() + lease_s / _EARLY


def finish(session: Session, claimed: Claim) -> bool:
    """Mark a job done within the transaction that writes its result; the caller commits if True."""
    return (
        changed(session, _mine(claimed).values(state="done", finished_at=now(), reason=None)) == 1
    )


def fail(session: Session, claimed: Claim, reason: str) -> bool:
    """Mark a job failed with a reason for the photographer; the caller commits if True."""
    values = {"state": "failed", "finished_at": now(), "reason": reason}
    if changed(session, _mine(claimed).values(**values)) != 1:
        return False
    _note_failed(session, {claimed.kind: [claimed.photo_id]}, reason)
    return True


def give_back(session: Session, claimed: Claim) -> None:
    """Return a claimed job to the queue, such as when its worker is told to stop; commits."""
    changed(session, _mine(claimed).values(state="queued", lease_until=None, published_at=None))
    session.commit()


def again(session: Session, claimed: Claim) -> None:
    """Return a job to the queue whose next piece is still to be done; commits."""
    values = {"state": "queued", "tries": 0, "lease_until": None, "published_at": None}
    changed(session, _mine(claimed).values(values))
    session.commit()


def recover(session: Session) -> int:
    """Requeue jobs whose worker is gone; fail those that took it down too often. Commits."""
    moment = now()
    running = session.execute(
        select(Job.id, Job.attempt, Job.claimed_by, Job.lease_until).where(Job.state == "running")
    ).all()
    lost = [
        (job_id, attempt)
        for job_id, attempt, worker, lease in running
        if lease is None or lease < moment or not _alive(worker)
    ]
    for job_id, attempt in lost:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.attempt == attempt, Job.state == "running")
            .values(state="queued", lease_until=None, published_at=None)
        )
    _give_up(session)
    session.commit()
    return len(lost)


def _give_up(session: Session) -> None:
    reason = (
        f"The worker stopped {MAX_TRIES} times while working on this file. "
        "The file may be damaged; you can try again."
    )
    hopeless = session.execute(
        update(Job)
        .where(Job.state == "queued", Job.tries >= MAX_TRIES)
        .values(state="failed", finished_at=now(), reason=reason)
        .returning(Job.kind, Job.photo_id)
    ).all()
    kinds = {kind: [photo for k, photo in hopeless if k == kind] for kind, _ in hopeless}
    _note_failed(session, kinds, reason)


def _note_failed(session: Session, kinds: Mapping[str, Sequence[int | None]], reason: str) -> None:
    """Tell on the photo and on its upload why it could not be prepared.

    Where a further file of a photo could not be read, the photo stays as it was.
    """
    refusals.refuse(session, kinds.get("metadata", ()), reason, states=("waiting",))
    if photo_ids := kinds.get("prepare"):
        session.execute(
            update(Photo).where(Photo.id.in_(photo_ids)).values(state="failed", reason=reason)
        )
        refusals.refuse(session, photo_ids, reason)


def _mine(claimed: Claim) -> Any:
    return update(Job).where(
        Job.id == claimed.job_id, Job.attempt == claimed.attempt, Job.state == "running"
    )


def _alive(worker: str | None) -> bool:
    """Tell whether a worker process lives; one on another machine does until its lease ends."""
    host, _, rest = (worker or "").partition(":")
    pid, _, started = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return bool(host)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """Return when a process began, in the system's ticks; "" where /proc does not tell.

    A zombie, whose parent has not noticed its end, counts as one that never began.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if state in "ZX" else fields[18]
