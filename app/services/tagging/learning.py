"""Training own tags: a head from the answers, a look at the whole library, proposals for review."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from app.core import Core
from app.models import Concept, Embedding, Photo, PhotoTag, Tag, now
from app.services.library.listed import HERE
from app.services.rows import among
from app.services.tagging import heads, tags
from app.services.work import leases
from app.services.work.leases import Claim
from ml.concepts import MOST_EXAMPLES, SAMPLE, Background, Head, Vectors, fit

RANKED = 400  # photos whose probability is kept for the page
PROPOSED = 200  # of them at most become proposals in the review
CHUNK = 4096  # vectors in memory at a time


@dataclass(frozen=True)
class Lesson:
    """What was learned: the head, and unanswered photos (n,) with probabilities, surest first."""

    head: Head | None
    photos: list[int]
    sure: list[float]


def train(core: Core, claim: Claim) -> None:
    """Learn a tag from its answers and propose it on the photos where it is likely."""
    tag_id = int(claim.params["tag"])
    with core.db.read() as session:
        concept = session.get(Concept, tag_id)
        said = heads.of_one(session, tag_id)
        known = concept is not None and concept.learned == said.name
        lesson = None if concept is None or known else learn(session, claim.library_id, tag_id)
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        concept = session.get(Concept, tag_id, with_for_update=True)
        if concept is not None and lesson is not None:
            _keep(session, concept, lesson, said)
        if concept is not None and concept.learned != heads.of_one(session, tag_id).name:
            heads.ask(session, claim.library_id, tag_id)  # something was said meanwhile
        session.commit()


def learn(session: Session, library_id: int, tag_id: int) -> Lesson:
    """Train on a tag's answers and judge every photo of the library that has none."""
    network = heads.network()
    yes, no = (_examples(session, tag_id, network, state) for state in heads.SAID)
    background = _background(session, library_id, tag_id, network)
    if not len(yes) or background is None:
        return Lesson(None, [], [])
    head = fit(background, yes, no)
    answered = select(PhotoTag.photo_id).where(
        PhotoTag.tag_id == tag_id, PhotoTag.state.in_(heads.SAID)
    )
    taken = set(session.scalars(answered))
    ids, sure = [], []
    with ThreadPoolExecutor(1) as beside:  # reading takes as long as judging: a core for each
        for some, vectors in _vectors(session, _of(network, _shown(library_id))):
            ids.append(some)
            sure.append(beside.submit(head.probabilities, vectors))
    every, probabilities = np.concatenate(ids), np.concatenate([one.result() for one in sure])
    best = np.argsort(-probabilities, kind="stable")[: RANKED + len(taken)]
    kept = [i for i in best if int(every[i]) not in taken][:RANKED]
    return Lesson(
        head, [int(every[i]) for i in kept], [round(float(probabilities[i]), 4) for i in kept]
    )


def look(session: Session, photo: Photo, vector: Vectors, network: str) -> None:
    """Propose the library's own tags on a photo that has just been analysed; the caller commits."""
    query = select(Concept).where(
        Concept.library_id == photo.library_id,
        Concept.network == network,
        Concept.head.is_not(None),
    )
    for concept in session.scalars(query).all():
        sure = float(Head.from_bytes(concept.head or b"").probabilities(vector[None])[0])
        row = session.get(PhotoTag, (photo.id, concept.tag_id))
        if row is not None and not tags.is_open(row):
            continue
        if sure < tags.SUGGEST:
            if row is not None:
                session.delete(row)
            continue
        _propose(session, concept, photo.id, sure, row)
    session.flush()


def _keep(session: Session, concept: Concept, lesson: Lesson, said: heads.Examples) -> None:
    concept.network = heads.network()
    concept.head = lesson.head.to_bytes() if lesson.head else None
    concept.learned, concept.yes, concept.no = said.name, said.yes, said.no
    concept.ranked = [list(pair) for pair in zip(lesson.photos, lesson.sure, strict=True)]
    concept.trained_at = now()
    likely = {
        photo_id: sure for photo_id, sure in concept.ranked[:PROPOSED] if sure >= tags.SUGGEST
    }
    heads.withdraw(session, concept.tag_id, keep=list(likely))
    there = select(Photo.id).where(Photo.library_id == concept.library_id, among(Photo.id, likely))
    rows = {
        row.photo_id: row
        for row in session.scalars(
            select(PhotoTag).where(
                PhotoTag.tag_id == concept.tag_id, among(PhotoTag.photo_id, likely)
            )
        )
    }
    for photo_id in session.scalars(there).all():
        row = rows.get(photo_id)
        if row is None or tags.is_open(row):
            _propose(session, concept, photo_id, likely[photo_id], row)
    session.flush()
    tags.refresh(session, list(likely))


def _propose(
    session: Session, concept: Concept, photo_id: int, sure: float, row: PhotoTag | None
) -> None:
    if row is None:
        row = PhotoTag(
            photo_id=photo_id,
            tag_id=concept.tag_id,
            library_id=concept.library_id,
            source="machine",
            state="suggested",
        )
        session.add(row)
    name = session.get_one(Tag, concept.tag_id).name
    row.confidence = sure
    row.network = f"own:{name[:60]}@{(concept.network or '').rpartition('@')[2][:8]}"


def _examples(session: Session, tag_id: int, network: str, state: str) -> Vectors:
    """Return the vectors (n, d) of a tag's latest answers of one kind."""
    said = select(PhotoTag.photo_id).where(PhotoTag.tag_id == tag_id, PhotoTag.state == state)
    latest = _of(network, said).order_by(Embedding.photo_id.desc()).limit(MOST_EXAMPLES)
    return _all(session, latest)


def _background(session: Session, library_id: int, tag_id: int, network: str) -> Background | None:
    """Measure a sample of the library without the yes examples, spread evenly over its photos."""
    yes = select(PhotoTag.photo_id).where(
        PhotoTag.tag_id == tag_id, PhotoTag.state == heads.SAID[0]
    )
    others = _of(network, _shown(library_id)).where(Embedding.photo_id.not_in(yes))
    ids = session.scalars(
        others.with_only_columns(Embedding.photo_id).order_by(Embedding.photo_id)
    ).all()
    sample = ids[:: max(1, -(-len(ids) // SAMPLE))]
    vectors = _all(session, _of(network, among(Embedding.photo_id, sample)))
    return Background.of(vectors) if len(vectors) > 1 else None


def _shown(library_id: int) -> Select[int]:
    return select(Photo.id).where(Photo.library_id == library_id, *HERE)


def _of(network: str, photos: Select[int] | ColumnElement[bool]) -> Select[int, bytes]:
    """The query for ids and vectors; as they are stored, for there may be 100,000 of them."""
    chosen = Embedding.photo_id.in_(photos) if isinstance(photos, Select) else photos
    vector = cast("ColumnElement[bytes]", type_coerce(Embedding.vector, NullType()))
    return select(Embedding.photo_id, vector).where(Embedding.network == network, chosen)


def _all(session: Session, query: Select[int, bytes]) -> Vectors:
    found = [vectors for _, vectors in _vectors(session, query)]
    return np.concatenate(found).astype(np.float32) if found else np.empty((0, 0), np.float32)


def _vectors(
    session: Session, query: Select[int, bytes]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
    """Read ids (n,) and vectors (n, d), a chunk at a time, past the mapping of rows to objects."""
    found = session.connection().execute(query.execution_options(yield_per=CHUNK))
    for rows in found.partitions():
        ids = np.array([row[0] for row in rows], np.int64)
        joined = b"".join([row[1] for row in rows])
        yield ids, np.frombuffer(joined, "<f2").reshape(len(rows), -1)
