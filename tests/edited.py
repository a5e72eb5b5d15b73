"""Files that another program edited, dropped into a library."""

from sqlalchemy import func, select

from app.metadata import Edits, deliver
from app.models import Photo
from tests.in_process import InProcess, jpeg

FIELDS = (
    "XMP-dc:Subject",
    "IPTC:Keywords",
    "XMP-lr:HierarchicalSubject",
    "XMP-digiKam:TagsList",
)


def photos(it: InProcess) -> int:
    with it.core.db.read() as session:
        return session.scalar(select(func.count(Photo.id))) or 0


def edited(it: InProcess) -> list[int]:
    return [card["id"] for card in it.get("/photos?state=edited")["photos"]]


def send(it: InProcess, data: bytes, path: str) -> str:
    answer = it.upload(data, path)
    it.work("prepare", "metadata")
    return answer.headers["Proofsheet-State"]


def first(it: InProcess, *subject: str) -> tuple[int, bytes]:
    """A photo in the library whose file has these keywords, and the file's bytes."""
    data = jpeg()
    path, out = it.core.config.data / "plain.jpg", it.core.config.data / "tagged.jpg"
    path.write_bytes(data)
    deliver(path, out, Edits(add=tuple((word,) for word in subject)))
    data = out.read_bytes()
    send(it, data, "Trip/a.jpg")
    with it.core.db.read() as session:
        return session.scalars(select(Photo.id)).one(), data
