"""Settings of a library: one table of name, default, help and how a value is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import Library, User


@dataclass(frozen=True)
class Setting:
    """A choice of the photographer; `accepts` tells whether a value may be kept.

    `choices` are its values where it has only a few.
    """

    name: str
    default: Any
    help: str
    accepts: Callable[[Any], bool]
    choices: tuple[str, ...] = ()


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _one_of(values: tuple[str, ...]) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        return isinstance(value, str) and value in values

    return accepts


def _is_keyword(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 100 and (value == "" or value.isprintable())


def _between(low: float, high: float) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        return type(value) in (int, float) and low <= value <= high

    return accepts


# Whether a sidecar is IMG.CR3.xmp (full) or IMG.xmp (stem), if only where none came.
SIDECAR_NAMES = ("came", "came_stem", "full", "stem")
POLICIES = ("off", "suggest", "automatic")
HIERARCHIES = ("path", "leaf", "parts")
TABLE = (
    Setting(
        "analyse_on_upload",
        True,
        "Tag photos and find faces as soon as they arrive; otherwise when you press Tag photos.",
        _is_bool,
    ),
    Setting(
        "faces", True, "Find faces on photos. Nothing about them leaves this machine.", _is_bool
    ),
    Setting(
        "repair_distortion",
        "off",
        "Look for swirls, bulges, waves and other distortion when photos arrive. Suggest: you see "
        "each repair before it is done. Automatic: what is surest is done, and can be undone.",
        _one_of(POLICIES),
        POLICIES,
    ),
    Setting(
        "repair_pixelation",
        "off",
        "Look for mosaics when photos arrive, and enlarge their blocks. What comes in their place "
        "is estimated: nobody can be identified from it.",
        _one_of(POLICIES),
        POLICIES,
    ),
    Setting(
        "repair_damage",
        "off",
        "Look for noise, blur and traces of strong compression when photos arrive.",
        _one_of(POLICIES),
        POLICIES,
    ),
    Setting(
        "repair_light",
        "off",
        "Look for fading, darkened varnish, too little light and haze when photos arrive.",
        _one_of(POLICIES),
        POLICIES,
    ),
    Setting(
        "repair_rotation",
        "off",
        "Look for photos that stand on their side, where the file does not say which way is up, "
        "and for those that are not level. A quarter turn changes no pixel of a JPEG.",
        _one_of(POLICIES),
        POLICIES,
    ),
    Setting(
        "authenticity",
        False,
        "Look whether photos that arrive are photographs, generated or edited. What is told is "
        "evidence with its reasons, never proof.",
        _is_bool,
    ),
    Setting(
        "write_unreviewed",
        True,
        "Write tags that you have not looked at into downloads, where they are sure enough.",
        _is_bool,
    ),
    Setting(
        "precision",
        0.95,
        "How sure: the share of such tags that should be right, tag by tag.",
        _between(0.5, 0.999),
    ),
    Setting(
        "stacks",
        True,
        "Show RAW and JPEG of one name in one folder as one photo with one set of tags.",
        _is_bool,
    ),
    Setting(
        "sidecar_name",
        "came",
        "Lightroom reads IMG.xmp, darktable and digiKam IMG.CR3.xmp. A sidecar that you dropped "
        "comes back under its own name unless you choose “always”.",
        _one_of(SIDECAR_NAMES),
        SIDECAR_NAMES,
    ),
    Setting(
        "write_objects", True, "Write tags of objects that were found into downloads.", _is_bool
    ),
    Setting("write_categories", True, "Write categories such as beach or night, too.", _is_bool),
    Setting(
        "write_regions", True, "Write named faces into downloads as regions, with names.", _is_bool
    ),
    Setting("write_people", True, "Write who is on a photo (PersonInImage).", _is_bool),
    Setting("write_people_keywords", True, "Write names as keywords below “People”.", _is_bool),
    Setting(
        "write_people_flat",
        False,
        "Repeat those names as flat keywords, for programs that know no hierarchy.",
        _is_bool,
    ),
    Setting(
        "keyword_root",
        "",
        "A keyword above all of ours, such as Proofsheet; what files brought stays where it was.",
        _is_keyword,
    ),
    Setting(
        "keyword_hierarchy",
        "path",
        "How “Places > Paris” is written: as a path, as Paris alone, or as two flat keywords.",
        _one_of(HIERARCHIES),
        HIERARCHIES,
    ),
)


def find_owner(session: Session) -> Library | None:
    """Return the library of the owner of this installation, if it has been made."""
    return session.scalar(select(Library).join(User).where(User.role == "owner").limit(1))


def owner(session: Session) -> Library:
    """Return the library of the owner of this installation, made at the first call; commits."""
    library = find_owner(session)
    if library is not None:
        return library
    try:
        user = User(name="owner", role="owner")
        session.add(user)
        session.flush()
        session.add(Library(user_id=user.id, name="Library"))
        session.commit()
    except IntegrityError:  # PostgreSQL: another first request was quicker
        session.rollback()
    return session.scalars(select(Library).join(User).where(User.role == "owner")).one()


def values(library: Library) -> dict[str, Any]:
    """Return every setting of a library with its value."""
    return {s.name: library.settings.get(s.name, s.default) for s in TABLE}


def change(session: Session, library: Library, changes: dict[str, Any]) -> dict[str, Any]:
    """Change some settings; AppError names the first that is unknown or out of range."""
    table = {setting.name: setting for setting in TABLE}
    for name, value in changes.items():
        if name not in table:
            raise AppError(f"There is no setting {name}.")
        if not table[name].accepts(value):
            raise AppError(f"{name} cannot be {value!r}. {table[name].help}")
    library = session.merge(library)
    library.settings = library.settings | changes
    session.commit()
    return values(library)
