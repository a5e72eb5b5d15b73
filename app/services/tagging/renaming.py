"""Tags renamed, moved, merged and deleted, each with all that lies under it."""

from dataclasses import dataclass, field

from sqlalchemy import and_, case, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import flag_modified

from app.errors import AppError, NotFound
from app.folding import folded
from app.models import Action, Library, PhotoTag, Tag, TagWord
from app.services import before
from app.services.actions import begin
from app.services.rows import changed
from app.services.tagging.tags import JOINER, MAX_NAME, branch, checked, key_of, recount


@dataclass
class _Change:
    """What a change of names has done so far, for undoing it."""

    action: Action
    names: list[list[object]] = field(default_factory=list)
    words: list[list[object]] = field(default_factory=list)
    hidden: list[list[object]] = field(default_factory=list)

    def note(self) -> None:
        """Keep it in the action."""
        self.action.inverse = {"names": self.names, "words": self.words, "hidden": self.hidden}
        flag_modified(self.action, "inverse")


def rename(session: Session, library: Library, tag_id: int, name: str) -> Action:
    """Rename a tag and what lies under it, or merge it into the tag of that name. Commits."""
    tag = session.get(Tag, tag_id)
    if tag is None or tag.library_id != library.id:
        raise NotFound("There is no such tag.")
    return _move(session, library, tag.name, name, tag.id)


def move(session: Session, library: Library, path: str, target: str) -> Action:
    """Give a branch of tags another path; commits.

    Where a tag of the new path exists already, the two become one. `path` need not be a tag itself:
    others may lie under it alone.
    """
    return _move(session, library, path, target)


def _move(
    session: Session, library: Library, path: str, target: str, tag_id: int | None = None
) -> Action:
    path, target = checked(path), _path(target)
    moved = _branch(session, library, path, tag_id)
    if key_of(target).startswith(key_of(path) + JOINER):
        raise AppError("A tag cannot be moved under itself.")
    if any(len(_moved(tag.name, path, target)) > MAX_NAME for tag in moved):
        raise AppError(f"A tag has 1 to {MAX_NAME} letters, its path with them.")
    change = _Change(begin(session, library, ""))
    merged = 0
    # the shortest first: one that moves up makes room for those under it
    for tag in moved:
        name = _moved(tag.name, path, target)
        named = select(Tag).where(Tag.library_id == library.id, Tag.key == key_of(name))
        other = session.scalar(named)
        if other is None or other.id == tag.id:
            change.names.append([tag.id, tag.name])
            tag.name, tag.key, tag.words = name, key_of(name), folded([name])
            session.flush()
        else:
            _merge(session, library, change, tag, other)
            merged += 1
    verb, joined = ("Merged", "into") if merged == len(moved) else ("Renamed", "to")
    change.action.label = f"{verb} “{path}” {joined} “{target}”"
    return _finished(session, change)


def remove(session: Session, library: Library, path: str) -> Action:
    """Delete a branch of tags from the library and from all photos; commits.

    Where a file has the keyword, or the machine proposes it, the tag stays as rejected: copies lose
    it, and it is not proposed again until a person uses its name.
    """
    path = checked(path)
    gone = _branch(session, library, path)
    change = _Change(begin(session, library, f"Deleted “{path}”"))
    ids = [tag.id for tag in gone]
    said = select(PhotoTag.photo_id, PhotoTag.tag_id).where(PhotoTag.tag_id.in_(ids))
    before.keep_tags(session, change.action, said)
    known = or_(PhotoTag.in_file, PhotoTag.confidence.is_not(None))
    changed(session, delete(PhotoTag).where(PhotoTag.tag_id.in_(ids), ~known))
    changed(session, update(PhotoTag).where(PhotoTag.tag_id.in_(ids)).values(state="rejected"))
    for tag in gone:
        _hide(change, tag)
    return _finished(session, change)


def _branch(session: Session, library: Library, path: str, tag_id: int | None = None) -> list[Tag]:
    """Return a branch, the shortest paths first; hidden tags only by their id."""
    meant = or_(~Tag.hidden, Tag.id == tag_id)
    query = select(Tag).where(Tag.id.in_(branch(library.id, path)), meant)
    found = session.scalars(query.order_by(func.length(Tag.key), Tag.key)).all()
    if not found:
        raise NotFound(f"There is no tag “{path}”.")
    return list(found)


def _path(name: str) -> str:
    """Return a path with every part's spaces as they should be; AppError for an empty part."""
    parts = [part.strip() for part in checked(name).split(JOINER.strip())]
    if not all(parts):
        raise AppError(f"A part of “{name}” is empty.")
    return JOINER.join(parts)


def _moved(name: str, path: str, target: str) -> str:
    """Return the name that a tag of a branch gets; the branch may be spelt in another case."""
    parts = name.split(JOINER)[len(path.split(JOINER)) :]
    return JOINER.join([target, *parts])


def _hide(change: _Change, tag: Tag) -> None:
    change.hidden.append([tag.id, tag.hidden])
    tag.hidden = True


def _finished(session: Session, change: _Change) -> Action:
    change.note()
    recount(session, before.touched(change.action))
    session.commit()
    return change.action


def _merge(session: Session, library: Library, change: _Change, tag: Tag, other: Tag) -> None:
    """Give everything that is said about `tag` to `other`, the networks' words for it too.

    Where the file itself has the old word it stays as rejected, so that copies lose it. A yes wins
    over a no; of two proposals the surer one is kept.
    """
    action, mine = change.action, PhotoTag.tag_id == tag.id
    photos = select(PhotoTag.photo_id).where(mine)
    for tag_id in (tag.id, other.id):
        kept = select(func.count()).select_from(photos.subquery())
        if session.scalar(kept):
            before.keep_tags(session, action, photos.add_columns(literal(tag_id)))
    words = session.scalars(select(TagWord).where(TagWord.tag_id == tag.id)).all()
    change.words += [[word.kind, word.word, tag.id] for word in words]
    for word in words:
        word.tag_id = other.id
    session.flush()
    _unite(session, tag, other)
    _copy(session, library, tag, other)
    changed(session, delete(PhotoTag).where(mine, ~PhotoTag.in_file))
    changed(session, update(PhotoTag).where(mine).values(state="rejected"))
    _hide(change, tag)
    if other.hidden:
        change.hidden.append([other.id, True])
        other.hidden = False
    session.flush()


def _unite(session: Session, tag: Tag, other: Tag) -> None:
    """Let rows of `other` say what rows of `tag` say of the same photo."""
    theirs = aliased(PhotoTag)
    same = and_(theirs.tag_id == tag.id, theirs.photo_id == PhotoTag.photo_id)
    yes = exists().where(same, theirs.state == "confirmed")
    confirm = update(PhotoTag).where(PhotoTag.tag_id == other.id, yes)
    changed(session, confirm.values(state="confirmed"))
    open_ = [row.state == "suggested" for row in (PhotoTag, theirs)]
    surer = func.coalesce(theirs.confidence, 0) > func.coalesce(PhotoTag.confidence, 0)
    both = update(PhotoTag).where(PhotoTag.tag_id == other.id, same, *open_, surer)
    opinion = ("confidence", "boxes", "network")
    changed(session, both.values({name: getattr(theirs, name) for name in opinion}))


def _copy(session: Session, library: Library, tag: Tag, other: Tag) -> None:
    """Say of `other` what is said of `tag` alone; a file's word becomes a person's."""
    known = aliased(PhotoTag)
    there = exists().where(known.tag_id == other.id, known.photo_id == PhotoTag.photo_id)
    source = case((PhotoTag.source == "machine", "machine"), else_="person")
    columns = ("photo_id", "tag_id", "library_id", "source", "state")
    opinion = ("confidence", "boxes", "network")
    rows = select(
        PhotoTag.photo_id,
        literal(other.id),
        literal(library.id),
        source,
        PhotoTag.state,
        *(getattr(PhotoTag, name) for name in opinion),
        literal(False),
    ).where(PhotoTag.tag_id == tag.id, ~there)
    session.execute(insert(PhotoTag).from_select([*columns, *opinion, "in_file"], rows))
