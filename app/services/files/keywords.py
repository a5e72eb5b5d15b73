"""Keywords of files and tags of photos: what files bring, and what their copies are given.

Three ways meet. What was read last stands in `Photo.metadata_["keywords"]`, what the photographer
says in the tags; a copy is made of the file as it is by then. So only what the photographer changed
since the reading is added or taken out, and what another program did meanwhile stays.
"""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.metadata import Edits, Keyword
from app.metadata.model import names_person
from app.models import Library, Photo, PhotoTag, Tag
from app.services import settings
from app.services.files.writing import Writing, key, name_of
from app.services.tagging import tags
from app.services.tagging.tags import JOINER


def take_from_file(session: Session, photo: Photo, found: Iterable[Sequence[str]]) -> None:
    """Keep what a file says and bring the tags in line with it. The caller commits."""
    said = [list(path) for path in found]
    photo.metadata_ = photo.metadata_ | {"keywords": said}
    session.flush()
    reconcile(session, photo.stack_id or photo.id)


def of_file(photo: Photo) -> list[Keyword]:
    """Return the keywords that were read from a photo's own file and sidecar."""
    return [tuple(path) for path in photo.metadata_.get("keywords", [])]


def elsewhere(session: Session, photo: Photo) -> frozenset[str]:
    """Return the keys of keywords that the other files of a photo's stack have."""
    lead = photo.stack_id or photo.id
    query = select(Photo).where(or_(Photo.id == lead, Photo.stack_id == lead), Photo.id != photo.id)
    return frozenset(key(path) for other in session.scalars(query) for path in of_file(other))


def writing_of(session: Session, library_id: int) -> Writing:
    """Return how a library writes its tags."""
    return Writing.of(settings.values(session.get_one(Library, library_id)))


def reconcile(session: Session, photo_id: int) -> None:
    """Make the keywords of a photo's files its tags: a person's word, given in another program.
    Names below “People” are people, and no tags.

    The files of a whole stack count. A tag that no file has any more goes where it was only a
    file's; the machine's proposal stands again where it had one. The caller commits.
    """
    query = select(Photo).where(or_(Photo.id == photo_id, Photo.stack_id == photo_id))
    stack = session.scalars(query).all()
    photo = next(photo for photo in stack if photo.id == photo_id)
    named = {
        key(path): path for member in stack for path in of_file(member) if not names_person(path)
    }
    there = frozenset(filter(None, named))
    writing = writing_of(session, photo.library_id)
    rows = {row.tag_id: (row, tag) for row, tag in tags.of_photo(session, photo_id)}
    meant = {tag_id: writing.says(tag, there) for tag_id, (_, tag) in rows.items()}
    known = frozenset[str]().union(*meant.values())
    wanted = {tag_id for tag_id, said in meant.items() if said}
    wanted |= _tags_for(session, photo, writing, [named[name] for name in sorted(there - known)])
    for tag_id in wanted:
        if tag_id not in rows:
            session.add(
                tags.statement(photo, tag_id, source="file", state="confirmed", in_file=True)
            )
            continue
        row, _ = rows[tag_id]
        row.in_file = True
        tags.settle(row)
    for tag_id, (row, _) in rows.items():
        if tag_id not in wanted and row.in_file:
            row.in_file = False
            if row.source == "file" and row.state == "confirmed":
                tags.take_back(session, row)
    session.flush()
    tags.refresh(session, [photo_id])


def _tags_for(
    session: Session, photo: Photo, writing: Writing, found: Sequence[Keyword]
) -> set[int]:
    """Return the tags that keywords mean which no tag of the photo explains, made where missing."""
    if not found:
        return set()
    choice = select(Tag).where(Tag.library_id == photo.library_id, Tag.write == "as")
    aliases = {name: tag for tag in session.scalars(choice) for name in writing.keys(tag)}
    wanted = {aliases[key(path)].id for path in found if key(path) in aliases}
    names = {name_of(writing.bare(path)) for path in found if key(path) not in aliases}
    return wanted | {tag.id for tag in tags.named(session, photo.library_id, names).values()}


def edits(
    said: Sequence[tuple[PhotoTag, Tag]],
    base: Sequence[Keyword],
    writing: Writing,
    sure: Callable[[PhotoTag, Tag], bool],
) -> Edits:
    """Return what to change in a copy whose file had the keywords `base` when it was read.

    Confirmed tags are written, and open proposals that are `sure`; keywords whose tag was rejected,
    renamed or merged away are taken out. A tag that is never written stays as the file has it; of
    names `services.people.named_faces` decides.
    """
    there = frozenset(map(key, base))
    add: dict[Keyword, None] = {}
    stay: set[str] = set()
    for row, tag in said:
        if row.state == "confirmed":
            stay |= writing.says(tag, there)
        if row.state == "confirmed" or (tags.is_open(row) and sure(row, tag)):
            add |= dict.fromkeys(writing.missing(tag, there))
    remove = [p for p in base if key(p) and key(p) not in stay and not names_person(p)]
    return Edits(add=tuple(add), remove=tuple(remove))


def rejected(said: Sequence[tuple[PhotoTag, Tag]], writing: Writing) -> tuple[Keyword, ...]:
    """Return every keyword that the tags somebody rejected are, or are written as."""
    found = [tag for row, tag in said if row.state == "rejected"]
    own = [tuple(tag.name.split(JOINER)) for tag in found]
    return (*own, *(path for tag in found for path in writing.paths(tag)))
