"""What a copy of a photo says about its people: regions, PersonInImage, names as keywords.

Three ways meet, as with keywords: what the file said when it was read, what is said here, and the
file as it is by then. What the file says of a face that is somebody else here, or nobody, goes;
what it says of faces that nobody here spoke of stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.metadata import Edits, Region
from app.metadata.model import PEOPLE, names_in, names_person
from app.models import Face, FaceRejection, Library, Person, Photo
from app.services import settings
from app.services.people import found_faces
from app.services.people.found_faces import Box
from app.services.tagging.tags import key_of
from ml.repair.recipe import Geometry

_ALIKE = 0.02  # two pictures of one shape differ by less in their sides' ratio
Said = tuple[Face, Person | None, Box]


@dataclass(frozen=True)
class Switches:
    """Which fields names go into; `leaving`: the copy leaves the house, so that what the file says
    of private people is taken out.
    """

    regions: bool
    people: bool
    keywords: bool
    flat: bool
    leaving: bool = True

    @classmethod
    def of(cls, library: Library, options: Mapping[str, Any]) -> Self:
        """Return those of a download: where its options say nothing, the library's settings do."""
        chosen = settings.values(library)

        def on(name: str) -> bool:
            wanted = options.get(name)
            return bool(chosen[f"write_{name}"] if wanted is None else wanted)

        return cls(on("regions"), on("people"), on("people_keywords"), on("people_flat"))


@dataclass(frozen=True)
class Names:
    """Edits of who is on a photo: names, their regions and keywords, and what goes of each."""

    people: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    gone_people: tuple[str, ...] = ()
    gone_regions: tuple[Region, ...] = ()
    gone_keywords: tuple[tuple[str, ...], ...] = ()
    hidden: frozenset[str] = frozenset()  # keys of names that stand in no keyword below the root
    flat: bool = False

    def added(self, edits: Edits) -> Edits:
        """Return the edits with them."""
        add = [path for path in edits.add if not _names(path, self.hidden)]
        return replace(
            edits,
            add=(*add, *(path for path in self.keywords if path not in add)),
            remove=(*edits.remove, *self.gone_keywords),
            people=(*edits.people, *self.people),
            remove_people=(*edits.remove_people, *self.gone_people),
            regions=(*edits.regions, *self.regions),
            remove_regions=(*edits.remove_regions, *self.gone_regions),
            flat_people=self.flat,
        )


def of(session: Session, photo: Photo, switches: Switches, moved: Geometry | None = None) -> Names:
    """Return what is to be written about the people whom a person or a file named on a photo.

    The machine's proposals are not written, nor is anybody who is private. What the file said
    itself, and nobody here, is not spread over further fields of it; a region that it has already
    is not written a second time. A repaired version in which things `moved` has none of the file's
    regions: all are written, where the faces lie by now.
    """
    faces = _faces(session, photo)
    query = select(Person.key).where(Person.library_id == photo.library_id, Person.private)
    private = frozenset(session.scalars(query))
    told = {region[0] for region in found_faces.named_regions(photo.metadata_)}
    told |= set(found_faces.names_of(photo.metadata_))
    rows = [
        (person.name, box)
        for face, person, box in faces
        if person and face.state == "named" and not person.private
        if moved or face.source != "file" or person.name not in told
    ]
    if moved:
        rows = [(name, at) for name, box in rows if (at := moved.box_in(box, repaired=True))]
    names = tuple(dict.fromkeys(name for name, _ in rows))
    regions = [
        Region(name, "Face", box) for name, box in rows if moved or not _there(photo, name, box)
    ]
    said = names_in(photo.metadata_.get("keywords", []))
    below = tuple((PEOPLE, name) for name in names if name not in said)
    found = Names(
        names if switches.people else (),
        tuple(regions) if switches.regions else (),
        below if switches.keywords else (),
        hidden=private,
        flat=switches.flat,
    )
    return _without(session, photo, faces, found, switches)


def _faces(session: Session, photo: Photo) -> list[Said]:
    """Return the faces of a photo, or of its stack's lead, with boxes in its own pixels."""
    lead = session.get_one(Photo, photo.stack_id) if photo.stack_id else photo
    query = (
        select(Face, Person)
        .outerjoin(Person, Person.id == Face.person_id)
        .where(Face.photo_id == lead.id)
        .order_by(Face.id)
    )
    return [
        (face, person, box)
        for face, person in session.execute(query)
        if (box := _moved(face.box, lead, photo))
    ]


def _without(
    session: Session, photo: Photo, faces: Sequence[Said], found: Names, switches: Switches
) -> Names:
    """Return the names with what goes of the file's own: wrong ones, and those of private people.

    A field whose switch is off is left as it is, except for private people.
    """
    told, wrong = found_faces.named_regions(photo.metadata_), _wrong(session, photo, faces)
    people = found_faces.names_of(photo.metadata_)
    if not told and len(people) == len(faces) == 1 and _denied(session, people[0], *faces[0][:2]):
        wrong = [Region(people[0], "Face", faces[0][2])]
    stay = {person.name for face, person, _ in faces if person and face.state == "named"}
    stay |= {name for name, box in told if Region(name, "Face", box) not in wrong}
    gone = {one.name for one in wrong} - stay

    hidden = found.hidden if switches.leaving else frozenset[str]()
    private = [Region(name, "Face", box) for name, box in told if key_of(name) in hidden]
    paths = [tuple(path) for path in photo.metadata_.get("keywords", [])]
    keywords = [path for path in paths if _names(path, hidden)]
    if switches.keywords:
        keywords += [path for path in paths if _names(path, frozenset(map(key_of, gone)))]
    return replace(
        found,
        gone_people=tuple(
            name for name in people if key_of(name) in hidden or (switches.people and name in gone)
        ),
        gone_regions=(*(wrong if switches.regions else ()), *private),
        gone_keywords=tuple(keywords),
    )


def _wrong(session: Session, photo: Photo, faces: Sequence[Said]) -> list[Region]:
    """Return the file's regions whose face is somebody else here, or nobody."""
    told = found_faces.named_regions(photo.metadata_)
    boxes = [box for _, _, box in faces]
    pairs = found_faces.matched([box for _, box in told], boxes, found_faces.LOOSE)
    return [
        Region(told[place][0], "Face", told[place][1])
        for place, other in pairs.items()
        if _denied(session, told[place][0], *faces[other][:2])
    ]


def _denied(session: Session, name: str, face: Face, person: Person | None) -> bool:
    """Tell whether it is said here that a face is not the one of this name."""
    if face.state == "named" and person is not None:
        return person.name != " ".join(name.split())
    if face.state in ("stranger", "not_face"):
        return True
    refused = (
        select(FaceRejection.face_id)
        .join(Person, Person.id == FaceRejection.person_id)
        .where(FaceRejection.face_id == face.id, Person.key == key_of(name))
    )
    return session.scalar(refused) is not None


def _names(path: Sequence[str], keys: Iterable[str]) -> bool:
    """Tell whether a keyword is one of these names below the root."""
    return names_person(path) and key_of(path[-1]) in keys


def _moved(box: Sequence[float], seen: Photo, written: Photo) -> Box | None:
    """Return a box of the photo it was seen on in pixels of another file of the same picture; None
    where the two are not of one shape.
    """
    if not (seen.width and seen.height and written.width and written.height):
        return None
    across, down = written.width / seen.width, written.height / seen.height
    if abs(across / down - 1) > _ALIKE:
        return None
    x, y, width, height = box
    return x * across, y * down, width * across, height * down


def _there(photo: Photo, name: str, box: Box) -> bool:
    """Tell whether the file has a region of this name on this face."""
    own = [place for told, place in found_faces.named_regions(photo.metadata_) if told == name]
    return bool(found_faces.matched([box], own, found_faces.LOOSE))
