"""Names in downloads as ExifTool reads them: on the face in every orientation, merged, private."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps
from sqlalchemy import select

from app.metadata import Edits, Region, deliver
from app.metadata.regions import overlap
from app.models import Face, Photo, now
from app.services.people import found_faces
from ml import pipeline
from ml.image import Picture
from ml.results import Face as Found
from tests.in_process import InProcess, installed, jpeg

UNDO = {5: Image.Transpose.TRANSPOSE, 7: Image.Transpose.TRANSVERSE} | {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
ADA, BEN = (4.0, 6.0, 16.0, 20.0), (34.0, 8.0, 16.0, 20.0)


@pytest.fixture
def it(data: Path, migrated: Path) -> Iterator[InProcess]:
    """An installation over SQLite: nothing here is about the database."""
    yield from installed(data, migrated)


def portrait(orientation: int) -> bytes:
    """A photo of one face, stored so that this orientation makes it upright."""
    upright = Image.fromarray(skimage.data.astronaut()[:400, 60:420])
    stored = upright.transpose(UNDO[orientation]) if orientation in UNDO else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def download(it: InProcess, **options: object) -> zipfile.ZipFile:
    body = {"selection": {"filter": {}}, "options": options | {"unreviewed": False}}
    export = it.post("/exports", body, 201)["id"]
    it.work("export")
    answer = it.raw("GET", it.get(f"/exports/{export}")["url"])
    return zipfile.ZipFile(io.BytesIO(answer.data))


def read(exiftool: Path, folder: Path, zipped: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    """What ExifTool reads in each file of a download."""
    zipped.extractall(folder)
    line = [str(exiftool), "-j", "-struct", "-n", "-r", str(folder)]
    told = subprocess.run(line, capture_output=True, check=True)
    return {Path(one["SourceFile"]).name: one for one in json.loads(told.stdout)}


def area(region: dict[str, Any], file: Path) -> tuple[float, float, float, float]:
    """A region of the Working Group on the rendered photo: marked on it, then turned by Pillow."""
    with Image.open(file) as image:
        size, orientation = image.size, image.getexif().get(0x0112, 1)
    x, y, w, h = (float(region["Area"][key]) for key in "XYWH")
    mark = np.zeros((size[1], size[0]), np.uint8)
    left, top = round((x - w / 2) * size[0]), round((y - h / 2) * size[1])
    mark[top : top + round(h * size[1]), left : left + round(w * size[0])] = 255
    stored = Image.fromarray(mark)
    stored.getexif()[0x0112] = orientation
    rows, columns = np.nonzero(np.asarray(ImageOps.exif_transpose(stored)))
    return columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1


def look(it: InProcess) -> None:
    """Find the faces of every photo, as its analysis does."""
    with it.core.db.write() as session:
        for photo in session.scalars(select(Photo)):
            path = it.core.storage.original(photo.library_id, photo.sha256)
            found = pipeline.analyse(Picture.open(path), stages=("faces",)).faces
            found_faces.keep(session, photo, found or (), "test")
            photo.analysed_at = now()
        session.commit()


def seen(path: Path) -> list[tuple[float, ...]]:
    """The faces that our detector finds on a file as it is rendered."""
    faces = pipeline.analyse(Picture.open(path), stages=("faces",)).faces
    return [face.box for face in faces or ()]


def test_regions_lie_on_the_faces_in_all_eight_orientations(
    it: InProcess, tmp_path: Path, exiftool: Path
) -> None:
    for orientation in range(1, 9):
        it.upload(portrait(orientation), f"{orientation}.jpg")
    it.work("prepare", "metadata")
    look(it)
    with it.core.db.read() as session:
        faces = list(session.scalars(select(Face.id)))
    it.post("/faces/name", {"faces": faces, "name": "Eileen Collins"})
    out = tmp_path / "out"
    told = read(exiftool, out, download(it))
    assert sorted(told) == [f"{n}.jpg" for n in range(1, 9)]
    for name, tags in told.items():
        rendered = tmp_path / f"upright-{name}.png"
        with Image.open(out / name) as image:
            ImageOps.exif_transpose(image).save(rendered)
        [box] = seen(rendered)
        [region] = tags["RegionInfo"]["RegionList"]
        assert (region["Name"], region["Type"]) == ("Eileen Collins", "Face")
        assert overlap(area(region, out / name), box) > 0.8, name
        [rectangle] = tags["RegionInfoMP"]["Regions"]
        corner = [float(part) for part in rectangle["Rectangle"].split(",")]
        x, y, w, h = (region["Area"][key] for key in "XYWH")
        assert corner == pytest.approx([x - w / 2, y - h / 2, w, h], abs=1e-4)
        assert tags["PersonInImage"] == ["Eileen Collins"]
        assert tags["HierarchicalSubject"] == ["People|Eileen Collins"]


@pytest.fixture
def couple(it: InProcess, tmp_path: Path) -> int:
    """A photo on which another program named Ada, Ben and a dog; both faces are found."""
    plain, written = tmp_path / "plain.jpg", tmp_path / "written.jpg"
    plain.write_bytes(jpeg())
    regions = [Region("Ada", "Face", ADA), Region("Ben", "Face", BEN)]
    regions.append(Region("Rex", "Pet", (2.0, 2.0, 10.0, 10.0)))
    keywords = (("People", "Ada"), ("People", "Ben"), ("holiday",))
    edits = Edits(add=keywords, people=("Ada", "Ben", "Cleo"), regions=tuple(regions))
    deliver(plain, written, edits)
    it.upload(written.read_bytes(), "couple.jpg")
    it.work("prepare", "metadata")
    with it.core.db.write() as session:
        photo = session.scalars(select(Photo)).one()
        boxes = [(5.0, 7.0, 14.0, 17.0), (35.0, 9.0, 14.0, 17.0)]
        found = [
            Found(box, 0.9, np.zeros((5, 2), np.float32), 0.8, np.eye(128, dtype=np.float32)[n])
            for n, box in enumerate(boxes)
        ]
        found_faces.keep(session, photo, found, "test")
        photo.analysed_at = now()
        session.commit()
        return photo.id


def people(it: InProcess) -> dict[str, int]:
    return {person["name"]: person["id"] for person in it.get("/people")["people"]}


def faces(it: InProcess, name: str) -> list[int]:
    page = it.get(f"/people/{people(it)[name]}/faces?tab=named")
    return [face["id"] for face in page["faces"]]


def names(tags: dict[str, Any]) -> dict[str, list[str]]:
    """The names in each field of a file."""
    region = [r.get("Name") for r in tags.get("RegionInfo", {}).get("RegionList", [])]
    microsoft = tags.get("RegionInfoMP", {}).get("Regions", [])
    words = tags.get("HierarchicalSubject", [])
    return {
        "regions": sorted(region),
        "microsoft": sorted(r.get("PersonDisplayName") for r in microsoft),
        "people": sorted(tags.get("PersonInImage", [])),
        "keywords": sorted([words] if isinstance(words, str) else words),
    }


def written(it: InProcess, exiftool: Path, folder: Path, **options: object) -> dict[str, list[str]]:
    return names(read(exiftool, folder / "out", download(it, **options))["couple.jpg"])


@pytest.mark.usefixtures("couple")
def test_a_new_name_takes_the_place_of_the_one_in_the_file(
    it: InProcess, tmp_path: Path, exiftool: Path
) -> None:
    it.post(f"/people/{people(it)['Ada']}", {"name": "Ada King"})
    assert written(it, exiftool, tmp_path) == {
        "regions": ["Ada King", "Ben", "Rex"],
        "microsoft": ["Ada King", "Ben"],
        "people": ["Ada King", "Ben", "Cleo"],
        "keywords": ["People|Ada King", "People|Ben", "holiday"],
    }


@pytest.mark.usefixtures("couple")
def test_a_name_that_is_taken_away_goes_and_stays_away(
    it: InProcess, couple: int, tmp_path: Path, exiftool: Path
) -> None:
    ben = people(it)["Ben"]
    it.post("/faces/reject", {"faces": faces(it, "Ben"), "person": ben})
    it.post("/faces/answer", {"faces": faces(it, "Ada"), "state": "stranger"})
    with it.core.db.write() as session:  # a sidecar, say, has the file read again
        photo = session.get_one(Photo, couple)
        found_faces.take_regions(session, photo, photo.metadata_)
        session.commit()
    assert people(it) == {}
    found = written(it, exiftool, tmp_path)
    assert (found["regions"], found["microsoft"], found["people"]) == (["Rex"], [], ["Cleo"])
    assert found["keywords"] == ["holiday"]


@pytest.mark.usefixtures("couple")
def test_of_a_private_person_nothing_leaves_not_even_what_the_file_brought(
    it: InProcess, tmp_path: Path, exiftool: Path
) -> None:
    it.post(f"/people/{people(it)['Ada']}", {"private": True})
    off = {"regions": False, "people": False, "people_keywords": False}
    for options in ({}, off):
        found = written(it, exiftool, tmp_path, **options)
        assert found["regions"] == ["Ben", "Rex"]
        assert (found["microsoft"], found["people"]) == (["Ben"], ["Ben", "Cleo"])
        assert found["keywords"] == ["People|Ben", "holiday"]
        text = (tmp_path / "out" / "couple.jpg").read_bytes()
        assert b"Ada" not in text
    sidecar = download(it, sidecars=True).read("couple.jpg.xmp")
    assert b"Ada" not in sidecar
    assert b"Ben" in sidecar


def test_a_keyword_below_people_is_a_name_alone(
    it: InProcess, tmp_path: Path, exiftool: Path
) -> None:
    plain, said = tmp_path / "plain.jpg", tmp_path / "said.jpg"
    plain.write_bytes(jpeg())
    deliver(plain, said, Edits(add=(("People", "Ada"), ("holiday",)), flat_people=True))
    it.upload(said.read_bytes(), "couple.jpg")
    it.work("prepare", "metadata")
    with it.core.db.write() as session:
        photo = session.scalars(select(Photo)).one()
        face = Found(ADA, 0.9, np.zeros((5, 2), np.float32), 0.8, np.eye(128, dtype=np.float32)[0])
        found_faces.keep(session, photo, [face], "test")
        photo.analysed_at = now()
        session.commit()
        number = photo.id
    assert it.tags(number) == {"holiday": ("file", "confirmed")}
    assert dict(it.get(f"/photos/{number}")["metadata"])["People"] == "Ada"
    assert list(people(it)) == ["Ada"]
    for options in ({}, {"people_keywords": False}):
        zipped = download(it, **options)
        assert zipped.read("couple.jpg") == said.read_bytes(), "nothing else is said of it"
    it.post(f"/people/{people(it)['Ada']}", {"name": "Ada King"})
    renamed = read(exiftool, tmp_path / "new", download(it))["couple.jpg"]
    assert names(renamed)["keywords"] == ["People|Ada King", "holiday"]
    assert renamed["Subject"] == ["holiday"]
    assert names(renamed)["people"] == ["Ada King"]


@pytest.mark.parametrize(
    ("switch", "field"),
    [("regions", "regions"), ("people", "people"), ("people_keywords", "keywords")],
)
def test_each_field_has_its_switch(
    it: InProcess, tmp_path: Path, exiftool: Path, switch: str, field: str
) -> None:
    [photo] = it.add("couple.jpg")
    with it.core.db.write() as session:
        face = Found(ADA, 0.9, np.zeros((5, 2), np.float32), 0.8, np.eye(128, dtype=np.float32)[0])
        found_faces.keep(session, session.get_one(Photo, photo), [face], "test")
        session.commit()
        ids = list(session.scalars(select(Face.id)))
    it.post("/faces/name", {"faces": ids, "name": "Ada"})
    everything = written(it, exiftool, tmp_path)
    assert all(everything.values())
    found = written(it, exiftool, tmp_path, **{switch: False})
    assert not found[field]
    assert {k for k, v in found.items() if not v} <= {field, "microsoft"}
    it.call("PUT", "/settings", {f"write_{switch}": False})
    assert not written(it, exiftool, tmp_path)[field]
    assert written(it, exiftool, tmp_path, **{switch: True}) == everything


def test_a_second_upload_of_a_download_knows_the_names_without_asking(
    it: InProcess, tmp_path: Path, migrated: Path
) -> None:
    it.upload(portrait(6), "a.jpg")
    it.work("prepare", "metadata")
    look(it)
    with it.core.db.read() as session:
        ids = list(session.scalars(select(Face.id)))
    it.post("/faces/name", {"faces": ids, "name": "Eileen Collins"})
    copy = download(it).read("a.jpg")
    (tmp_path / "second").mkdir()
    for other in installed(tmp_path / "second", migrated):
        other.upload(copy, "a.jpg")
        other.work("prepare", "metadata")
        look(other)
        other.work("people")
        [person] = other.get("/people")["people"]
        assert (person["name"], person["named"]) == ("Eileen Collins", 1)
        assert other.get("/people/stacks")["stacks"] == []
        [face] = other.get(f"/people/{person['id']}/faces?tab=named")["faces"]
        assert (face["source"], face["poor"]) == ("file", False)
