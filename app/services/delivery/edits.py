"""What copies of a photo say that its file does not: its tags and its people as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy.orm import Session

from app.metadata import Edits
from app.models import Library, Photo, PhotoTag, Tag
from app.services import settings
from app.services.authenticity import verdicts
from app.services.files import keywords
from app.services.people import named_faces
from app.services.tagging import tags
from ml import tagging
from ml.repair.recipe import Geometry

NEVER = 1.1  # above every confidence


@dataclass(frozen=True)
class Choice:
    """What is written: unreviewed tags from the confidence that `gate` has for them (None: not at
    all), names into the fields of `names`.
    """

    gate: Mapping[str, float] | None
    names: named_faces.Switches

    @classmethod
    def of(cls, library: Library, options: Mapping[str, Any]) -> Self:
        """Return what the options of a download ask for; where they say nothing, the settings."""
        chosen = settings.values(library)
        wanted = options.get("unreviewed")
        write = chosen["write_unreviewed"] if wanted is None else wanted
        gate = tagging.thresholds(chosen["precision"]) if write else None
        return cls(gate, named_faces.Switches.of(library, options))


def edits_for(
    session: Session, photo: Photo, choice: Choice, moved: Geometry | None = None
) -> tuple[Edits, Edits]:
    """Return what the tags and people of a photo, or of its stack, change in the file as it was
    read, and in a file of it that was not the one read last; `moved`: where things lie in the
    version that is delivered.

    Confirmed tags are written, and unreviewed ones that are sure enough; rejected ones are taken
    out where the file brought them.
    """
    said = tags.of_photo(session, photo.stack_id or photo.id)
    words = tags.words_of(session, [tag.id for row, tag in said if tags.is_open(row)])

    def sure(row: PhotoTag, tag: Tag) -> bool:
        if choice.gate is None:
            return False
        least = max((choice.gate.get(word, NEVER) for word in words.get(tag.id, [])), default=NEVER)
        return (row.confidence or 0) >= least

    writing = keywords.writing_of(session, photo.library_id)
    own = verdicts.written(session, photo.id)
    read = replace(keywords.edits(said, keywords.of_file(photo), writing, sure), provenance=own)
    unread = replace(keywords.edits(said, (), writing, sure), provenance=own)
    unread = replace(unread, remove=(*read.remove, *keywords.rejected(said, writing)))
    people = named_faces.of(session, photo, choice.names, moved)
    return people.added(read), people.added(unread)
