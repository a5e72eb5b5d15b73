"""What a photo's file says becomes what the library says: a merge of three ways.

The base is the nearest thing that the library has said or read before: a reading, or a copy that it
delivered. Only what another program changed since counts; a person's word given here stays.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.metadata import Metadata
from app.models import Photo, PhotoTag, Revision, now
from app.services.files import keywords, revisions, updates
from app.services.files.writing import key
from app.services.intake import paths
from app.services.library import words
from app.services.people import found_faces
from app.services.tagging import tags

COMPARED = ("rating", "label", "taken", "gps", "people", "regions", "title", "description")


def described(found: Metadata) -> dict[str, Any]:
    """Return a reading as photos keep it: JSON, regions in pixels of the upright photo."""
    return {
        "summary": [list(pair) for pair in found.summary],
        "keywords": [list(path) for path in found.keywords],
        "rating": found.rating,
        "label": found.label,
        "title": found.title,
        "description": found.description,
        "gps": [round(float(n), 6) for n in found.gps if n is not None] if found.gps else None,
        "people": list(found.people),
        "regions": [[r.name, r.type, *(round(float(n)) for n in r.box)] for r in found.regions],
        "problems": list(found.problems),
        "taken": found.taken_at.isoformat() if found.taken_at else None,
    }


def take(
    session: Session, photo: Photo, revision: Revision, found: Metadata, sidecar: str | None
) -> None:
    """Keep what a file, with the sidecar of this hash, says of a photo. The caller commits.

    `revision` becomes the current file. The photo is marked as edited elsewhere where another
    program changed something that we had read or written before.
    """
    said = described(found)
    fresh = photo.sha256 != revision.sha256
    base = _base(session, photo, revision, said, sidecar)
    changed = base is not None and bool(differences(base, said))
    told = changed and (fresh or revision.sidecar != sidecar) and _had(session, photo, revision)
    before = updates.Before.of(session, photo) if told else None
    if fresh:
        old = revisions.current(session, photo)
        old.said = old.said or photo.metadata_ or {}
        revisions.make_current(photo, revision, revisions.path_of(session, revision))
    revision.said, revision.sidecar = said, sidecar
    taken = photo.taken_at
    describe(photo, said)
    _merge_tags(session, photo, said, base)
    words.describe(session, photo)
    found_faces.take_reading(session, photo, base, dated=photo.taken_at != taken)
    if before is not None:
        photo.edited_at = now()
        updates.note(session, photo, before)


def describe(photo: Photo, said: dict[str, Any]) -> None:
    """Let a photo's columns say what a reading says."""
    photo.metadata_ = said
    taken = said.get("taken")
    photo.taken_at = datetime.fromisoformat(taken).replace(tzinfo=None) if taken else None
    if photo.taken_at:
        photo.sort_at = photo.taken_at
        photo.day = photo.taken_at.date().isoformat()
    photo.sort_name = paths.natural(photo.name)


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Name what two readings say differently: fields, and keywords that only one of them has."""
    named = _keys(one) ^ _keys(other)
    fields = [name for name in COMPARED if (one.get(name) or None) != (other.get(name) or None)]
    return fields + sorted(named)


def _keys(said: dict[str, Any]) -> frozenset[str]:
    return frozenset(key(path) for path in said.get("keywords", []))


def _base(
    session: Session, photo: Photo, revision: Revision, said: dict[str, Any], sidecar: str | None
) -> dict[str, Any] | None:
    """Return what was said before the change: of the very same file, else of the nearest one."""
    rows = [row for row in revisions.of_photo(session, photo.id) if row.said is not None]
    same = [r.said for r in rows if r.kept == "known" and r.sha256 in (revision.sha256, sidecar)]
    if same:
        return same[0]
    if revision.said is not None and revision.sidecar == sidecar:
        return revision.said
    known = [row.said for row in rows if row.said] or ([photo.metadata_] if photo.metadata_ else [])
    return min(known, key=lambda before: len(differences(before, said)), default=None)


def _had(session: Session, photo: Photo, revision: Revision) -> bool:
    """Tell whether the change can be another program's: not so for a photo's first sidecar."""
    if photo.sha256 != revision.sha256 or revision.sidecar is not None:
        return True
    query = select(Revision.id).where(Revision.photo_id == photo.id, Revision.kept == "known")
    return session.scalar(query.limit(1)) is not None


def _merge_tags(
    session: Session, photo: Photo, said: dict[str, Any], base: dict[str, Any] | None
) -> None:
    """Bring tags in line with the file's keywords.

    A proposal of the machine that we wrote unreviewed is no person's word when it comes back; where
    somebody took it out again, that is a no. A keyword of another file of this photo, of which the
    base knew nothing, was not taken out.
    """
    owner = photo.stack_id or photo.id
    writing = keywords.writing_of(session, photo.library_id)
    ours, theirs = _keys(base or {}), _keys(said)
    others = keywords.elsewhere(session, photo)
    written = []
    for row, tag in tags.of_photo(session, owner):
        was, stays = bool(writing.says(tag, ours)), bool(writing.says(tag, theirs))
        if tags.is_open(row) and was:
            written.append((row.tag_id, stays))
        elif row.source == "file" and row.state == "confirmed" and not (was or stays):
            row.source = "file" if writing.says(tag, others) else "person"
    keywords.take_from_file(session, photo, [tuple(path) for path in said["keywords"]])
    for tag_id, stays in written:
        row = session.get_one(PhotoTag, (owner, tag_id))
        row.source, row.state = ("machine", "suggested") if stays else ("file", "rejected")
    if written:
        session.flush()
        tags.refresh(session, [owner])
