"""Names reach the copy: regions on the face in every orientation, PersonInImage, keywords."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import metadata
from app.models import Face, Photo
from app.services.delivery.edits import Choice, edits_for
from app.services.intake import preparation
from app.services.people import faces, found_faces, people
from ml.results import Face as Found
from tests.in_process import InProcess, jpeg

BOX = (12.0, 8.0, 20.0, 10.0)


def taken(it: InProcess, orientation: int = 1) -> int:
    """A photo of 60 × 40 pixels as stored, with one named face on it as it stands upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    Image.open(io.BytesIO(jpeg(orientation))).save(out, "JPEG", exif=exif)
    it.upload(out.getvalue(), "a.jpg")
    it.work("prepare", "metadata")
    library = it.owner()
    with it.core.db.write() as session:
        photo = session.query(Photo).one()
        seen = Found(BOX, 0.9, np.zeros((5, 2), np.float32), 0.8, np.eye(128, dtype=np.float32)[0])
        found_faces.keep(session, photo, [seen], "test")
        session.commit()
        face = session.query(Face).one().id
        faces.name(session, library, [face], "Ada King")
        return int(photo.id)


def edits(it: InProcess, photo: int, **options: bool) -> metadata.Edits:
    choice = Choice.of(it.owner(), {"unreviewed": False} | options)
    with it.core.db.read() as session:
        return edits_for(session, session.get_one(Photo, photo), choice)[0]


def delivered(it: InProcess, photo: int, folder: Path) -> metadata.Metadata:
    with it.core.db.read() as session:
        source = preparation.original(it.core, session.get_one(Photo, photo))
    metadata.deliver(source, folder / "a.jpg", edits(it, photo))
    return metadata.read(folder / "a.jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_names_are_written_and_read_again(it: InProcess, tmp_path: Path, orientation: int) -> None:
    found = delivered(it, taken(it, orientation), tmp_path)
    assert found.people == ("Ada King",)
    assert ("People", "Ada King") in found.keywords
    [region] = found.regions
    assert (region.name, region.type) == ("Ada King", "Face")
    assert np.allclose(region.box, BOX, atol=0.5)


def test_a_private_person_is_written_nowhere(it: InProcess) -> None:
    photo = taken(it)
    assert not edits(it, photo).empty
    library = it.owner()
    with it.core.db.write() as session:
        person = people.listing(session, library)[0].person.id
        people.change(session, library, person, private=True)
    assert edits(it, photo).empty


@pytest.mark.parametrize(
    ("switch", "field"),
    [("write_regions", "regions"), ("write_people", "people"), ("write_people_keywords", "add")],
)
def test_each_way_of_writing_can_be_switched_off(it: InProcess, switch: str, field: str) -> None:
    photo = taken(it)
    assert getattr(edits(it, photo), field)
    it.call("PUT", "/settings", {switch: False})
    assert not getattr(edits(it, photo), field)


def test_what_the_file_says_already_is_not_written_twice(it: InProcess, tmp_path: Path) -> None:
    photo = taken(it)
    found = delivered(it, photo, tmp_path)
    x, y, width, height = found.regions[0].box
    with it.core.db.write() as session:
        row = session.get_one(Photo, photo)
        row.metadata_ = row.metadata_ | {
            "regions": [["Ada King", "Face", x - 2, y - 1, width + 3, height + 3]],
            "keywords": [["People", "Ada King"]],
        }
        session.commit()
    again = edits(it, photo)
    assert again.regions == ()
    assert again.add == ()


def test_a_proposal_is_not_written(it: InProcess) -> None:
    photo = taken(it)
    with it.core.db.write() as session:
        session.query(Face).one().state = "suggested"
        session.commit()
    assert edits(it, photo).empty


def test_a_face_is_shown_cut_out_of_its_photo(it: InProcess) -> None:
    photo = taken(it)
    [person] = it.get("/people")["people"]
    [face] = it.get(f"/people/{person['id']}/faces?tab=named")["faces"]
    assert person["cover"] == face["crop"]
    answer = it.raw("GET", face["crop"])
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (192, 192)
    other = it.add("b.jpg")[0]
    assert it.raw("GET", f"/photos/{other}/faces/{face['id']}").status_code == 404
    assert it.raw("GET", f"/photos/{photo}/faces/99999").status_code == 404
