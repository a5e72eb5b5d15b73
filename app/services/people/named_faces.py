"""What a copy of a photo says about its people: regions, PersonInImage, names as keywords."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.metadata import Edits, Region
from app.models import Face, Library, Person, Photo
from app.services import settings
from app.services.people import found_faces

ROOT = "People"  # the keyword above names
_ALIKE = 0.02  # two pictures of one shape differ by less in their sides' ratio


@dataclass(frozen=True)
class Names:
    """Who is on a photo, as it is written: names, their regions, keywords."""

    people: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()

    def added(self, edits: Edits) -> Edits:
        """Return the edits with them."""
        return replace(
            edits,
            add=(*edits.add, *(path for path in self.keywords if path not in edits.add)),
            people=(*edits.people, *self.people),
            regions=(*edits.regions, *self.regions),
        )


def of(session: Session, photo: Photo) -> Names:
    """Return what is to be written about the people whom a person or a file named on a photo.

    The machine's proposals are not written, nor is anybody who is private. What the file said
    itself, and nobody here, is not spread over further fields of it; a region that it has already
    is not written a second time.
    """
    lead = session.get_one(Photo, photo.stack_id) if photo.stack_id else photo
    query = (
        select(Face, Person)
        .join(Person, Person.id == Face.person_id)
        .where(Face.photo_id == lead.id, Face.state == "named", Person.private.is_(False))
        .order_by(Face.id)
    )
    told = {region[0] for region in photo.metadata_.get("regions", [])}
    told |= set(photo.metadata_.get("people", []))
    rows = [
        (face, person.name)
        for face, person in session.execute(query)
        if face.source != "file" or person.name not in told
    ]
    if not rows:
        return Names()
    chosen = settings.values(session.get_one(Library, photo.library_id))
    names = tuple(dict.fromkeys(name for _, name in rows))
    regions = [
        Region(name, "Face", (box[0], box[1], box[2], box[3]))
        for face, name in rows
        if (box := _moved(face.box, lead, photo)) and not _there(photo, name, box)
    ]
    said = {path[-1] for path in photo.metadata_.get("keywords", []) if path[:1] == [ROOT]}
    return Names(
        names if chosen["write_people"] else (),
        tuple(regions) if chosen["write_regions"] else (),
        tuple((ROOT, name) for name in names if name not in said)
        if chosen["write_people_keywords"]
        else (),
    )


def _moved(box: list[float], seen: Photo, written: Photo) -> list[float] | None:
    """Return a box of the photo it was seen on in pixels of another file of the same picture; None
    where the two are not of one shape.
    """
    if not (seen.width and seen.height and written.width and written.height):
        return None
    across, down = written.width / seen.width, written.height / seen.height
    if abs(across / down - 1) > _ALIKE:
        return None
    x, y, width, height = box
    return [x * across, y * down, width * across, height * down]


def _there(photo: Photo, name: str, box: list[float]) -> bool:
    """Tell whether the file has a region of this name on this face."""
    own = [region[2:] for region in photo.metadata_.get("regions", []) if region[0] == name]
    return bool(found_faces.matched([box], own, found_faces.LOOSE))
