"""Names that other programs wrote into a file become labels; words outlast a new look."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.metadata import Edits, Region, deliver_sidecar
from app.models import Face, Photo
from app.services.intake import preparation
from app.services.people import faces, found_faces, recognition
from ml.results import Face as Found
from tests.in_process import InProcess


def found(x: float, y: float = 10, side: float = 20) -> Found:
    vector = np.eye(128, dtype=np.float32)[int(x)]
    return Found((x, y, side, side), 0.9, np.zeros((5, 2), np.float32), 0.8, vector)


def look(it: InProcess, photo: int, seen: Sequence[Found], **said: Any) -> None:
    """Let the file say something, and the network find faces."""
    with it.core.db.write() as session:
        row = session.get_one(Photo, photo)
        row.metadata_ = row.metadata_ | said
        found_faces.keep(session, row, seen, "test")
        session.commit()


def rows(it: InProcess, photo: int) -> list[tuple[str, str | None, str | None, float]]:
    with it.core.db.read() as session:
        query = session.query(Face).filter_by(photo_id=photo).order_by(Face.id)
        names = {p["id"]: p["name"] for p in it.get("/people")["people"]}
        return [(f.state, names.get(f.person_id or 0), f.source, f.box[0]) for f in query]


@pytest.fixture
def photo(it: InProcess) -> int:
    return it.add("a.jpg")[0]


def test_a_region_names_the_face_it_covers(it: InProcess, photo: int) -> None:
    regions = [["Ada", "Face", 38, 8, 30, 30], ["Rex", "Pet", 0, 10, 20, 20]]
    look(it, photo, [found(5), found(42)], regions=regions)
    assert rows(it, photo) == [("open", None, None, 5.0), ("named", "Ada", "file", 42.0)]


def test_a_region_without_a_found_face_is_a_face_of_its_own(it: InProcess, photo: int) -> None:
    look(it, photo, [found(5)], regions=[["Ada", "Face", 70, 10, 20, 20]])
    assert rows(it, photo)[1] == ("named", "Ada", "file", 70.0)
    look(it, photo, [found(5), found(72)])
    assert rows(it, photo)[1] == ("named", "Ada", "file", 72.0)


def test_one_name_and_one_face_belong_together(it: InProcess, photo: int) -> None:
    look(it, photo, [found(5)], people=["Ada"])
    assert rows(it, photo) == [("named", "Ada", "file", 5.0)]
    two = it.add("b.jpg")[0]
    look(it, two, [found(5), found(42)], people=["Ada"])
    assert {state for state, *_ in rows(it, two)} == {"open"}


def test_a_persons_word_beats_the_file_and_outlasts_a_new_look(it: InProcess, photo: int) -> None:
    regions = [["Ada", "Face", 5, 10, 20, 20]]
    look(it, photo, [found(5), found(42)])
    with it.core.db.read() as session:
        ids = [face.id for face in session.query(Face).order_by(Face.id)]
    with it.core.db.write() as session:
        faces.name(session, it.owner(), ids[:1], "Grace")
        faces.answer(session, it.owner(), ids[1:], "stranger")
    look(it, photo, [found(43)], regions=regions)
    assert rows(it, photo) == [
        ("named", "Grace", "person", 5.0),
        ("stranger", None, "person", 43.0),
    ]


def test_what_nobody_spoke_of_goes_when_it_is_not_found_again(it: InProcess, photo: int) -> None:
    look(it, photo, [found(5), found(42)])
    look(it, photo, [found(42)])
    assert rows(it, photo) == [("open", None, None, 42.0)]


def test_a_name_among_keywords_is_a_name(it: InProcess, photo: int) -> None:
    keywords = [["People", "Family", "Ada"], ["holiday"], ["People", "Unknown"]]
    look(it, photo, [found(5)], keywords=keywords, people=["Ada"])
    assert rows(it, photo) == [("named", "Ada", "file", 5.0)]
    two = it.add("b.jpg")[0]
    look(it, two, [found(5)], keywords=[*keywords, ["People", "Ben"]])
    assert {state for state, *_ in rows(it, two)} == {"open"}


DATED = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="2009-05-04T10:00:00"/>
</rdf:RDF></x:xmpmeta>"""


def test_a_worker_that_knows_the_faces_hears_of_another_date(it: InProcess, photo: int) -> None:
    look(it, photo, [found(5)])
    it.work("people")
    warm = recognition._learned[it.owner().id]
    assert np.isnan(warm.known.months).all()
    it.upload(DATED.encode(), "a.jpg.xmp")
    it.work("metadata", "people")
    assert it.get(f"/photos/{photo}")["day"] == "2009-05-04"
    assert recognition._learned[it.owner().id] is warm, "it was not read anew"
    assert warm.known.months.tolist() == [12 * 2009 + 5]


def test_a_name_that_a_sidecar_brings_later_is_learned(
    it: InProcess, photo: int, tmp_path: Path
) -> None:
    others = it.add("b.jpg", "c.jpg")
    for one in (photo, *others):
        look(it, one, [found(5)])
    it.work("people")
    region = Region("Ada", "Face", (5, 10, 20, 20))
    with it.core.db.read() as session:
        source = preparation.original(it.core, session.get_one(Photo, photo))
    deliver_sidecar(source, tmp_path / "a.jpg.xmp", Edits(regions=(region,)))
    it.upload((tmp_path / "a.jpg.xmp").read_bytes(), "a.jpg.xmp")
    it.work("metadata", "people")
    assert rows(it, photo) == [("named", "Ada", "file", 5.0)]
    assert {rows(it, other)[0][:2] for other in others} == {("suggested", "Ada")}
