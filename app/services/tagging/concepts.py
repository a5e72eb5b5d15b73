"""Own tags: what a person answers teaches the machine, which proposes and never decides."""

from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Concept, Library, Photo, PhotoTag, Tag
from app.services import actions
from app.services.rows import among
from app.services.tagging import heads, tags

MOST = 100  # own tags of one library
WANTED = 10  # answers of each kind that teach a tag well
ANSWERS = {"yes": "confirmed", "no": "rejected"}
ORDERS = ("certain", "mixed")


@dataclass(frozen=True)
class Taught:
    """An own tag, what has been answered about it, and why its last training failed, if it did."""

    tag: Tag
    concept: Concept
    said: heads.Examples
    proposed: int
    failed: str | None

    @property
    def settled(self) -> bool:
        """Whether the machine has learned every answer."""
        return self.concept.learned == self.said.name


def listing(session: Session, library: Library) -> list[Taught]:
    """List a library's own tags by name."""
    query = select(Concept.tag_id).where(Concept.library_id == library.id)
    found = [get(session, library, tag_id) for tag_id in session.scalars(query)]
    return sorted(found, key=lambda taught: taught.tag.key)


def get(session: Session, library: Library, tag_id: int) -> Taught:
    """Find an own tag; NotFound where this tag is not being taught in this library."""
    tag, concept = session.get(Tag, tag_id), session.get(Concept, tag_id)
    if tag is None or concept is None or {tag.library_id, concept.library_id} != {library.id}:
        raise NotFound("This tag is not being taught.")
    proposed = select(func.count()).where(PhotoTag.tag_id == tag_id, *tags.OPEN)
    said, failed = heads.of_one(session, tag_id), heads.failure(session, tag_id)
    return Taught(tag, concept, said, session.scalar(proposed) or 0, failed)


def teach(session: Session, library: Library, name: str) -> tuple[Action | None, int]:
    """Begin to teach a tag, made where it is missing; commits. Returns the action and its id."""
    name = tags.checked(name)
    tag = tags.named(session, library.id, [name])[name]
    if tag.kind != "keyword":
        raise AppError(f"“{tag.name}” is found by a network already. Choose another name.")
    action = None
    if session.get(Concept, tag.id) is None:
        count = session.scalar(select(func.count()).where(Concept.library_id == library.id)) or 0
        if count >= MOST:
            raise AppError(f"A library has at most {MOST} own tags. Stop teaching one first.")
        label = f"Began to teach “{tag.name}”"
        action = actions.begin(session, library, label, concepts=[[tag.id, False]])
        heads.begin(session, library.id, tag.id)
    session.commit()
    return action, tag.id


def stop(session: Session, library: Library, tag_id: int) -> Action:
    """Forget what was learned and take its open proposals back; answers stay. Commits."""
    found = get(session, library, tag_id)
    label = f"Stopped teaching “{found.tag.name}”"
    action = actions.begin(session, library, label, concepts=[[tag_id, True]])
    heads.forget(session, tag_id)
    session.commit()
    return action


def answer(
    session: Session, library: Library, tag_id: int, photo_ids: list[int], said: str
) -> Action:
    """Keep a person's yes or no about photos, proposed or not; commits."""
    if said not in ANSWERS:
        raise AppError("Answer yes or no.")
    found, state, wanted = get(session, library, tag_id), ANSWERS[said], set(photo_ids)
    mine = select(Photo.id).where(Photo.library_id == library.id, among(Photo.id, wanted))
    if not wanted or set(session.scalars(mine)) != wanted:
        raise NotFound("This photo is not in your library.")
    about = select(PhotoTag).where(PhotoTag.tag_id == tag_id, among(PhotoTag.photo_id, wanted))
    rows = session.scalars(about).all()
    fresh = sorted(wanted - {row.photo_id for row in rows})
    where = f" about {len(wanted)} photos" if len(wanted) > 1 else ""
    label = f"Said {said} to “{found.tag.name}”{where}"
    action = actions.record(session, library, label, rows, [(i, tag_id) for i in fresh])
    for row in rows:
        row.state = state
        if state == "confirmed" and row.source == "file":
            row.source = "person"  # said here too: it stays when the file no longer says it
    session.add_all(
        PhotoTag(photo_id=i, tag_id=tag_id, library_id=library.id, source="person", state=state)
        for i in fresh
    )
    session.flush()
    tags.refresh(session, sorted(wanted))
    heads.ask(session, library.id, tag_id)
    session.commit()
    return action


def questions(
    session: Session, library: Library, tag_id: int, order: str, limit: int
) -> list[tuple[Photo, float]]:
    """List photos that nobody has answered with their probabilities.

    `certain`: the surest first. `mixed`: in turn the surest and the one whose answer tells most,
    the nearest to one half.
    """
    if order not in ORDERS:
        raise AppError("Photos go by the most certain, or mixed.")
    concept = get(session, library, tag_id).concept
    known = {int(photo_id): float(p) for photo_id, p in concept.ranked}
    open_ = select(PhotoTag.photo_id, PhotoTag.confidence)
    open_ = open_.where(PhotoTag.tag_id == tag_id, *tags.OPEN)
    known |= {photo_id: p or 0.0 for photo_id, p in session.execute(open_)}
    answered = select(PhotoTag.photo_id).where(
        PhotoTag.tag_id == tag_id, PhotoTag.state.in_(heads.SAID)
    )
    photos = {
        photo.id: photo
        for photo in session.scalars(
            select(Photo).where(
                Photo.library_id == library.id,
                Photo.trashed_at.is_(None),
                Photo.stack_id.is_(None),
                Photo.id.not_in(answered),
                among(Photo.id, known),
            )
        )
    }
    surest = sorted(photos, key=lambda i: (-known[i], i))
    chosen = surest if order == "certain" else _mixed(surest, known)
    return [(photos[i], known[i]) for i in chosen[:limit]]


def _mixed(surest: list[int], known: dict[int, float]) -> list[int]:
    telling = sorted(surest, key=lambda i: abs(known[i] - 0.5))
    pairs = zip_longest(surest, telling)
    return list(dict.fromkeys(i for pair in pairs for i in pair if i is not None))
