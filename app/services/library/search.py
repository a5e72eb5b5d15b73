"""What is typed into the search box, as conditions on photos.

`dog "two words" tag:beach folder:2024 camera:nikon rating:4+ before:2020-01-01`: everything must
hold. A word finds photos whose name, folder, metadata or tags have a word that begins with it.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, column, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.errors import AppError
from app.folding import folded
from app.models import Face, Library, Location, Person, Photo, PhotoTag, Tag
from app.services.tagging.tags import branch, key_of

MOST_WORDS = 20  # words or tags in one search
LISTED = PhotoTag.state.in_(["suggested", "confirmed"])  # by both, so that the index is of use
SHOUT = "{} is not a date; write it as 2026-11-21."


class _Found(FunctionElement[int]):
    """The photos whose words have the phrase: by SQLite's FTS5, by PostgreSQL's tsquery."""

    inherit_cache = True


@compiles(_Found, "sqlite")
def _fts5(element: _Found, compiler: Any, **options: Any) -> str:
    phrase, _ = (compiler.process(clause, **options) for clause in element.clauses)
    table = "SELECT rowid AS photo_id FROM search_words WHERE search_words MATCH"
    return f"({table} {phrase})"


@compiles(_Found, "postgresql")
def _tsquery(element: _Found, compiler: Any, **options: Any) -> str:
    _, query = (compiler.process(clause, **options) for clause in element.clauses)
    table = "SELECT photo_id FROM photo_text WHERE to_tsvector('simple', words) @@"
    return f"({table} to_tsquery('simple', {query}))"


def matching(phrase: str) -> Select[int]:
    """The query for the photos in which these folded words stand together, the last one begun."""
    fts5 = f'"{phrase}"*'
    tsquery = " <-> ".join(phrase.split()) + ":*"
    found = _Found(literal(fts5), literal(tsquery)).table_valued(column("photo_id", Integer))
    return select(found.c.photo_id)


def tagged(library: Library, name: str) -> ColumnElement[bool]:
    """A condition on Photo: it has this tag, or one below it, that nobody has rejected."""
    return _with_tags(branch(library.id, name))


def in_folder(library: Library, folder: str) -> ColumnElement[bool]:
    """A condition on Photo: it was dropped in this folder or below it."""
    below = Location.folder.startswith(folder + "/", autoescape=True)
    return Photo.id.in_(
        select(Location.photo_id).where(
            Location.library_id == library.id, or_(Location.folder == folder, below)
        )
    )


def day(text: str) -> str:
    """Return a day as the database has it; AppError for what is none."""
    try:
        if len(text) == len("2000-01-01") and text.replace("-", "").isdecimal():
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise AppError(SHOUT.format(text))


def people(count: str) -> ColumnElement[bool]:
    """A condition on Photo: so many faces were found; "3+" is three or more."""
    return _number(Photo.face_count, count, "The number of people is a number, or 3+.")


def person(library: Library, name: str) -> ColumnElement[bool]:
    """A condition on Photo: somebody is on it whose name has these words, said or proposed."""
    begun = (literal(" ") + Person.key).contains(f" {key_of(name.strip())}", autoescape=True)
    return Photo.id.in_(_with_people(library, begun))


def exactly(library: Library, name: str) -> ColumnElement[bool]:
    """A condition on Photo: the person of this name is on it, said or proposed."""
    return Photo.id.in_(_with_people(library, Person.key == key_of(name.strip())))


def _with_people(library: Library, named: ColumnElement[bool]) -> Select[int]:
    found = select(Person.id).where(Person.library_id == library.id, named)
    known = Face.state.in_(["named", "suggested"])
    return select(Face.photo_id).where(Face.person_id.in_(found), known)


def rating(stars: str) -> ColumnElement[bool]:
    """A condition on Photo: its stars; "4+" is four or more, "0" none."""
    if stars == "0":
        return func.coalesce(Photo.rating, 0) == 0
    return _number(Photo.rating, stars, "A rating is a number from 0 to 5, or 4+.")


def camera(_: Library, name: str) -> ColumnElement[bool]:
    """A condition on Photo: the camera's name has these words."""
    typed = folded([name])
    inside = func.lower(Photo.camera).contains(key_of(name.strip()), autoescape=True)
    return and_(inside, Photo.id.in_(matching(typed))) if typed else inside


def words(library: Library, text: str) -> ColumnElement[bool]:
    """A condition on Photo: its names, folders, metadata or tags have these words."""
    typed, mine = folded([text]), select(Tag.id).where(Tag.library_id == library.id)
    if not typed:  # signs alone: rare, and looked for one photo after the other
        sign = key_of(text)
        return or_(
            Photo.sort_name.contains(sign, autoescape=True),
            _with_tags(mine.where(Tag.key.contains(sign, autoescape=True))),
        )
    begun = (literal(" ") + Tag.words).contains(f" {typed}", autoescape=True)
    said = select(PhotoTag.photo_id).where(PhotoTag.tag_id.in_(mine.where(begun)), LISTED)
    named = (literal(" ") + Person.key).contains(f" {key_of(text.strip())}", autoescape=True)
    return Photo.id.in_(matching(typed).union_all(said, _with_people(library, named)))


def conditions(library: Library, q: str) -> list[ColumnElement[bool]]:
    """Translate a search into conditions on Photo; AppError for values that make no sense."""
    keys = "|".join(KEYS)
    found = re.findall(rf'(?:({keys}):)?(?:"([^"]*)"|(\S+))', q)
    wanted = [(key, quoted or plain) for key, quoted, plain in found if quoted or plain]
    if len(wanted) > MOST_WORDS:
        raise AppError(f"Search for at most {MOST_WORDS} words at a time.")
    return [KEYS.get(key, words)(library, value) for key, value in wanted]


def _with_tags(tags: Select[int]) -> ColumnElement[bool]:
    return Photo.id.in_(select(PhotoTag.photo_id).where(PhotoTag.tag_id.in_(tags), LISTED))


def _number(counted: Any, text: str, wrong: str) -> ColumnElement[bool]:
    if not re.fullmatch(r"[0-9]{1,4}\+?", text):
        raise AppError(wrong)
    n = int(text.rstrip("+"))
    found: ColumnElement[bool] = counted >= n if text.endswith("+") else counted == n
    return found


KEYS: dict[str, Callable[[Library, str], ColumnElement[bool]]] = {
    "tag": tagged,
    "category": tagged,
    "folder": in_folder,
    "before": lambda _, text: Photo.day < day(text),
    "after": lambda _, text: Photo.day > day(text),
    "camera": camera,
    "rating": lambda _, text: rating(text),
    "people": lambda _, text: people(text),
    "person": person,
}
