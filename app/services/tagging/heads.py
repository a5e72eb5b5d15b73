"""The rows of own tags: what has been answered, whether the machine has learned it, ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, delete, func, select
from sqlalchemy.orm import Session

from app.models import Concept, Embedding, Job, Library, PhotoTag, Tag
from app.services.tagging import tags
from app.services.work import jobs
from ml import pipeline
from ml.errors import WeightsError

KIND = "concept"  # of job
STAGE = "categories"  # the stage whose network makes the embeddings
SAID = ("confirmed", "rejected")


@dataclass(frozen=True)
class Examples:
    """What a person, or a file of theirs, has said about a tag.

    `name` changes with every answer about a photo that has an embedding.
    """

    yes: int = 0
    no: int = 0
    name: str = ""


def network() -> str:
    """Return the network whose embeddings are learned from; "" where it is missing."""
    try:
        return pipeline.provenance(STAGE)
    except WeightsError:
        return ""


def examples(session: Session, tag_ids: Select[int]) -> dict[int, Examples]:
    """Count what has been answered about tags; one without an answer is left out."""
    seen = cast(Embedding.photo_id, BigInteger)
    query = (
        select(
            PhotoTag.tag_id,
            PhotoTag.state,
            func.count(),
            func.count(seen),
            func.sum(seen),
            func.max(seen),
        )
        .outerjoin(
            Embedding,
            and_(Embedding.photo_id == PhotoTag.photo_id, Embedding.network == network()),
        )
        .where(PhotoTag.tag_id.in_(tag_ids), PhotoTag.state.in_(SAID))
        .group_by(PhotoTag.tag_id, PhotoTag.state)
    )
    found: dict[int, dict[str, tuple[int, str]]] = {}
    for tag_id, state, count, *what in session.execute(query):
        found.setdefault(tag_id, {})[state] = (count, ":".join(str(n or 0) for n in what))
    return {tag_id: _examples(said) for tag_id, said in found.items()}


def _examples(said: dict[str, tuple[int, str]]) -> Examples:
    (yes, first), (no, second) = (said.get(state, (0, "0:0:0")) for state in SAID)
    return Examples(yes, no, f"{network()} {first} {second}")


def of_one(session: Session, tag_id: int) -> Examples:
    """Count what has been answered about one tag."""
    found = examples(session, select(Tag.id).where(Tag.id == tag_id))
    return found.get(tag_id, _examples({}))


def ask(session: Session, library_id: int, tag_id: int) -> None:
    """Ask for a head's training; the caller commits.

    A job that runs at this moment looks, when it ends, whether anything was said meanwhile: that
    look waits for this transaction because the job's row is held here.
    """
    row = select(Job.id).where(Job.subject == f"tag:{tag_id}", Job.kind == KIND)
    session.execute(row.with_for_update())
    jobs.ask(session, library_id, KIND, tag_id=tag_id, params={"tag": tag_id}, again=True)


def failure(session: Session, tag_id: int) -> str | None:
    """Return why the last training of a head failed, or None."""
    row = select(Job.reason).where(
        Job.subject == f"tag:{tag_id}", Job.kind == KIND, Job.state == "failed"
    )
    return session.scalar(row)


def sweep(session: Session) -> int:
    """Ask for the training of every head that does not know the latest answers; commits.

    One whose training failed waits for the next answer on its page, or for "retry".
    """
    said = examples(session, select(Concept.tag_id))
    query = select(Concept.tag_id, Concept.library_id, Concept.learned)
    stale = [
        (tag_id, library_id)
        for tag_id, library_id, learned in session.execute(query)
        if learned != said.get(tag_id, _examples({})).name
    ]
    subjects = [f"tag:{tag_id}" for tag_id, _ in stale]
    busy = select(Job.subject).where(
        Job.subject.in_(subjects), Job.kind == KIND, Job.state != "done"
    )
    waiting = set(session.scalars(busy)) if stale else set()
    stale = [(tag_id, library_id) for tag_id, library_id in stale if f"tag:{tag_id}" not in waiting]
    for tag_id, library_id in stale:
        ask(session, library_id, tag_id)
    session.commit()
    return len(stale)


def begin(session: Session, library_id: int, tag_id: int) -> None:
    """Make a head's row and ask for its training; the caller commits."""
    session.add(Concept(tag_id=tag_id, library_id=library_id))
    session.flush()
    ask(session, library_id, tag_id)


def forget(session: Session, tag_id: int) -> None:
    """Remove a head and its open proposals; answers stay. The caller commits."""
    session.execute(delete(Concept).where(Concept.tag_id == tag_id))
    withdraw(session, tag_id)


def withdraw(session: Session, tag_id: int, keep: Sequence[int] = ()) -> None:
    """Take back the open proposals of a tag but those on photos to `keep`; the caller commits."""
    open_ = select(PhotoTag.photo_id).where(PhotoTag.tag_id == tag_id, *tags.OPEN)
    gone = sorted(set(session.scalars(open_)) - set(keep))
    for photo_id in gone:
        session.execute(
            delete(PhotoTag).where(PhotoTag.tag_id == tag_id, PhotoTag.photo_id == photo_id)
        )
    tags.refresh(session, gone)


def restore(session: Session, library: Library, entries: Sequence[list[Any]]) -> None:
    """Undo beginning or ending to teach: [tag id, whether it was taught before]."""
    for tag_id, taught in entries:
        tag = session.get(Tag, tag_id)
        if tag is None or tag.library_id != library.id:
            continue
        known = session.get(Concept, tag_id) is not None
        if taught and not known:
            begin(session, library.id, tag_id)
        elif known and not taught:
            forget(session, tag_id)
