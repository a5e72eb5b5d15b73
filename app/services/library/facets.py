"""What one can filter by: the rail's lists, each entry with how many photos it would find."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    column,
    exists,
    func,
    literal,
    select,
    values,
)
from sqlalchemy.orm import Session, aliased

from app.models import Face, Library, Location, Person, Photo, PhotoTag, Tag, Upload, Verdict
from app.services.library import filters, search
from app.services.library.filters import Filter
from app.services.library.listed import AWAY, HERE
from app.services.library.remembered import remembered
from app.services.tagging import tags

MOST = 200  # entries of one list
LABELS = {
    "new": "New",
    "review": "To review",
    "tagged": "Tagged",
    "edited": "Edited elsewhere",
    "missing": "Missing on disk",
    "failed": "Failed",
    "trash": "Trash",
    "repairs": "Repairs to review",
    "refused": "Not taken in",
    "photograph": "Looks like a photograph",
    "generated": "May be generated",
    "altered": "May be edited",
    "undecided": "Authenticity undecided",
}
Rules = Sequence[ColumnElement[bool]]
Entries = list[dict[str, Any]]


def facets(session: Session, library: Library, wanted: Filter) -> dict[str, Any]:
    """Return folders, categories, tags, people, years and states with how many photos each has."""
    return remembered(
        session, ("facets", library.id, wanted), lambda: recount(session, library, wanted)
    )


def recount(session: Session, library: Library, wanted: Filter) -> dict[str, Any]:
    """Count all of it now."""
    rules = filters.conditions(library, wanted)
    counted = _by_tag(session, library, wanted, rules)
    return {
        "folders": _folders(session, library, _shown(library, wanted, rules, Location.photo_id)),
        "categories": _ranked(counted, ("category",)),
        "tags": _ranked(counted, ("object", "keyword")),
        "people": _people(session, rules),
        "persons": _persons(session, library, rules),
        "cameras": _plain(session, Photo.camera, rules),
        "ratings": _plain(session, Photo.rating, rules),
        "years": _years(session, rules),
        "states": [
            {"value": name, "label": LABELS[name], "count": n}
            for name, n in states(session, library).items()
        ],
    }


def states(session: Session, library: Library) -> dict[str, int]:
    """Count the photos of each state that the rail links to."""
    own = Photo.library_id == library.id
    counted = {
        name: _count(session, own, *HERE, filters.state(library, name))
        for name in ("new", "review", "tagged", "edited", "missing", "failed")
    }
    counted["trash"] = _count(session, own, *AWAY)
    refused = select(func.count()).where(Upload.library_id == library.id, Upload.state == "refused")
    repairs = _count(session, own, filters.state(library, "repairs"), *HERE)
    verdicts = _verdicts(session, library)
    return counted | {"repairs": repairs, "refused": session.scalar(refused) or 0} | verdicts


def _verdicts(session: Session, library: Library) -> dict[str, int]:
    holds = func.coalesce(Verdict.said, Verdict.found)
    query = select(holds, func.count()).join(Photo, Photo.id == Verdict.photo_id)
    found = query.where(Verdict.library_id == library.id, *HERE).group_by(holds)
    counted = dict(session.execute(found).all())
    return {name: counted.get(value, 0) for name, value in filters.VERDICTS.items()}


def _count(session: Session, *rules: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Photo).where(*rules)) or 0


def _by_tag(
    session: Session, library: Library, wanted: Filter, rules: Rules
) -> list[tuple[str, str, int]]:
    """Return (name, kind, photos) of every tag, the most used first.

    One under which others lie counts theirs too, each photo once. Of a whole library everything is
    counted, less what is not shown: that is little, and the index need not be left for it.
    """
    counts = select(PhotoTag.tag_id, func.count()).where(search.LISTED).group_by(PhotoTag.tag_id)
    if wanted == Filter():
        found = dict(tags.uses(session, library.id))
        away = counts.where(PhotoTag.photo_id.in_(_unseen(library)))
        for tag_id, n in session.execute(away):
            found[tag_id] -= n
    else:
        chosen = select(Photo.id).where(*rules)
        found = dict(session.execute(counts.where(PhotoTag.photo_id.in_(chosen))).all())
    every = session.scalars(select(Tag).where(Tag.library_id == library.id))
    own = {tag.name: (tag, found[tag.id]) for tag in every if found.get(tag.id)}
    listed = {name: (tag.kind, n) for name, (tag, n) in own.items()}
    shown = _shown(library, wanted, rules, PhotoTag.photo_id)
    listed |= _branches(session, {name: tag.id for name, (tag, _) in own.items()}, shown)
    ranked = sorted(listed.items(), key=lambda one: (-one[1][1], one[0]))
    return [(name, kind, n) for name, (kind, n) in ranked]


def _shown(library: Library, wanted: Filter, rules: Rules, photo_id: Any) -> ColumnElement[bool]:
    """A condition on rows of photos: those of the filter; of a whole library all but the unseen."""
    if wanted == Filter():
        unseen: ColumnElement[bool] = ~photo_id.in_(_unseen(library))
        return unseen
    chosen: ColumnElement[bool] = photo_id.in_(select(Photo.id).where(*rules))
    return chosen


def _unseen(library: Library) -> Any:
    """The query for the photos in the trash and inside stacks."""
    own = select(Photo.id).where(Photo.library_id == library.id)
    return own.where(Photo.trashed_at.is_not(None)).union_all(
        own.where(Photo.stack_id.is_not(None))
    )


def _branches(
    session: Session, tag_ids: dict[str, int], shown: ColumnElement[bool]
) -> dict[str, tuple[str, int]]:
    """Count the photos of every tag under which others lie."""
    below: dict[str, list[int]] = {}
    for name, tag_id in tag_ids.items():
        parts = name.split(tags.JOINER)
        for depth in range(1, len(parts)):
            below.setdefault(tags.JOINER.join(parts[:depth]), []).append(tag_id)
    pairs = [(name, tag_id) for name, ids in below.items() for tag_id in ids]
    pairs += [(name, tag_ids[name]) for name in below if name in tag_ids]
    if not pairs:
        return {}
    columns = (column("name", String), column("tag_id", Integer))
    branch = values(*columns, name="branch").data(pairs).cte()  # SQLite names columns only there
    query = (
        select(branch.c.name, func.count(func.distinct(PhotoTag.photo_id)))
        .join(PhotoTag, PhotoTag.tag_id == branch.c.tag_id)
        .where(search.LISTED, shown)
        .group_by(branch.c.name)
    )
    return {name: ("keyword", n) for name, n in session.execute(query)}


def _ranked(counted: Sequence[tuple[str, str, int]], kinds: Sequence[str]) -> Entries:
    entries = [(name, n) for name, kind, n in counted if kind in kinds]
    return [{"value": name, "label": name, "count": n} for name, n in entries[:MOST]]


def _folders(session: Session, library: Library, shown: ColumnElement[bool]) -> Entries:
    """Every folder by itself; where they are too many, those at the top with all below them."""
    rules = (Location.library_id == library.id, shown)
    found = _by_folder(session, Location.folder, rules)
    if len(found) > MOST:
        slash = literal("/")
        if session.get_bind().dialect.name == "postgresql":
            top = func.split_part(Location.folder, slash, 1)
        else:
            end = func.instr(Location.folder + slash, slash) - 1
            top = func.substr(Location.folder, 1, end)
        found = _by_folder(session, top, rules)
    return [
        {"value": folder, "label": folder or "(no folder)", "count": n}
        for folder, n in found[:MOST]
    ]


def _by_folder(
    session: Session, folder: ColumnElement[str] | Any, rules: Rules
) -> list[tuple[str, int]]:
    query = (
        select(folder, func.count(func.distinct(Location.photo_id)))
        .where(*rules)
        .group_by(folder)
        .order_by(folder)
        .limit(MOST + 1)
    )
    return list(session.execute(query))


def _people(session: Session, rules: Rules) -> Entries:
    query = select(Photo.face_count, func.count()).where(*rules, Photo.face_count.is_not(None))
    by_count = dict.fromkeys(("0", "1", "2", "3+"), 0)
    for faces, n in session.execute(query.group_by(Photo.face_count)):
        by_count["3+" if (faces or 0) >= 3 else str(faces)] += n
    words = {"0": "Nobody", "1": "One person", "2": "Two people", "3+": "Three or more"}
    return [{"value": key, "label": words[key], "count": n} for key, n in by_count.items() if n]


def _persons(session: Session, library: Library, rules: Rules) -> Entries:
    """Count by who is on the photos, said or proposed, who is on most first."""
    seen = aliased(Face)  # rules may look at faces themselves
    photos = func.count(func.distinct(seen.photo_id))
    mine = select(Person.id).where(Person.library_id == library.id)
    query = (
        select(seen.person_id, photos)
        .where(seen.person_id.in_(mine), seen.state.in_(["named", "suggested"]))
        .where(exists().where(Photo.id == seen.photo_id, *rules))  # by the index of people
        .group_by(seen.person_id)
        .order_by(photos.desc(), seen.person_id)
        .limit(MOST)
    )
    counted = [(int(person or 0), int(n)) for person, n in session.execute(query)]
    named = select(Person.id, Person.name).where(Person.id.in_([person for person, _ in counted]))
    names = {row.id: row.name for row in session.execute(named)}
    return [{"value": names[one], "label": names[one], "count": n} for one, n in counted]


def _years(session: Session, rules: Rules) -> Entries:
    """Count by years, the latest first: from the days, which an index has in order."""
    query = select(Photo.day, func.count()).where(*rules).group_by(Photo.day)
    counted: dict[str, int] = {}
    for day, n in session.execute(query):
        counted[day[:4]] = counted.get(day[:4], 0) + n
    return [
        {"value": year, "label": year, "count": counted[year]}
        for year in sorted(counted, reverse=True)[:MOST]
    ]


def _plain(session: Session, what: Any, rules: Rules) -> Entries:
    """Count by the values of a column, the last one first."""
    query = (
        select(what, func.count())
        .where(*rules, what.is_not(None))
        .group_by(what)
        .order_by(what.desc())
        .limit(MOST)
    )
    return [
        {"value": str(value), "label": str(value), "count": n}
        for value, n in session.execute(query)
    ]
