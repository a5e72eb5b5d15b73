"""Packets whose name a web editor broke: other readers forgive it, so do we."""

from pathlib import Path

from PIL import Image

from app.metadata import Edits, deliver, read
from app.metadata.jpeg import MANGLED, XMP

PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>tides</rdf:li>'
    b"</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def test_a_packet_with_a_broken_name_is_read_and_merged(tmp_path: Path) -> None:
    photo, copy = tmp_path / "photo.jpg", tmp_path / "copy.jpg"
    Image.new("RGB", (32, 24)).save(photo, xmp=PACKET)
    assert len(MANGLED) == len(XMP)
    photo.write_bytes(photo.read_bytes().replace(XMP, MANGLED))
    assert read(photo).keywords == (("tides",),)
    deliver(photo, copy, Edits(add=(("pier",),)))
    assert set(read(copy).keywords) == {("tides",), ("pier",)}
    assert copy.read_bytes().count(b"xap/1.0/\0") == 1
