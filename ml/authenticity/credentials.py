"""Statements in a file about how it was made: Content Credentials and IPTC's DigitalSourceType.

Nothing is verified: anybody can write such a statement, take it out, or carry it over from another
file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 24 << 20  # bytes of a block that are read
_C2PA, _HEAD = b"c2pa", 160  # what sets its JUMBF apart from others, within so many bytes
_TYPES = "cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCE_TYPE = re.compile(rb"digitalsourcetype/([A-Za-z]{4,60})", re.IGNORECASE)
_XMP_TYPE = re.compile(
    rb"DigitalSourceType[^<>]{0,20}?(?:=\s*[\"']|>|resource=[\"'])\s*([^\"'<>\s]{4,160})"
)
# What the codes say, by what they make of a picture.
GENERATED_TYPES = frozenset({"trainedAlgorithmicMedia", "algorithmicMedia", "dataDrivenMedia"})
EDITED_TYPES = frozenset(
    {"compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "composite", "virtualRecording"}
)
CAPTURED_TYPES = frozenset({"digitalCapture", "computationalCapture", "negativeFilm"})
_KNOWN = {name.lower(): name for name in GENERATED_TYPES | EDITED_TYPES | CAPTURED_TYPES}
_SIGNERS = (
    ("OpenAI", b"openai"),
    ("Google", b"google"),
    ("Adobe Firefly", b"firefly"),
    ("Microsoft", b"microsoft"),
    ("Adobe", b"adobe"),
    ("Leica", b"leica"),
    ("Nikon", b"nikon"),
    ("Sony", b"sony"),
    ("Canon", b"canon"),
)


@dataclass(frozen=True)
class Credentials:
    """`present`: a C2PA manifest is in the file; `names`: whose names stand in it; `types`: codes
    of DigitalSourceType in the manifest; `told`: the one in the XMP packet, or None.
    """

    present: bool
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    told: str | None = None


def read(path: Path) -> Credentials:
    """Look for a manifest and for XMP in a JPEG, PNG, WebP, HEIC or AVIF file; a damaged file says
    as much as can be read of it.
    """
    manifest, xmp = bytearray(), bytearray()
    with path.open("rb") as file:
        data = file.read(_LARGEST)
    for kind, start, end in _blocks(data):
        if kind == "c2pa":
            manifest += data[start:end]
        elif kind == "xmp":
            xmp += data[start:end]
    lower = bytes(manifest).lower()
    names = tuple(name for name, sign in _SIGNERS if sign in lower)
    types = sorted({_code(each) for each in _SOURCE_TYPE.findall(bytes(manifest))})
    found = _XMP_TYPE.search(bytes(xmp))
    return Credentials(bool(manifest), names, tuple(types), _code(found[1]) if found else None)


def _code(value: bytes) -> str:
    text = value.rsplit(b"/", 1)[-1].decode("ascii", "replace")
    return _KNOWN.get(text.lower(), text)


def _blocks(data: bytes) -> Iterator[tuple[str, int, int]]:
    """What is a manifest or XMP in a file: its kind, where it begins and ends."""
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _riff(data)
    if data[4:8] == b"ftyp":
        return _boxes(data)
    return iter(())


def _jpeg(data: bytes) -> Iterator[tuple[str, int, int]]:
    at, stores = 2, set[bytes]()
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA or size < 2:
            return
        body = at + 4
        if marker == 0xEB and data[body : body + 2] == b"JP":
            box = data[body + 2 : body + 4]  # a large one is spread over segments of its number
            if _C2PA in data[body : min(body + _HEAD, at + 2 + size)]:
                stores.add(box)
            if box in stores:
                yield "c2pa", body, at + 2 + size
        elif marker == 0xE1 and data[body : body + 28].startswith(b"http://ns.adobe.com/x"):
            yield "xmp", body, at + 2 + size
        at += 2 + size


def _png(data: bytes) -> Iterator[tuple[str, int, int]]:
    at = 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = at + 8
        if kind == b"caBX":
            yield "c2pa", body, body + size
        elif kind == b"iTXt" and data[body : body + 17] == b"XML:com.adobe.xmp":
            yield "xmp", body, body + size
        at = body + size + 4


def _riff(data: bytes) -> Iterator[tuple[str, int, int]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"C2PA":
            yield "c2pa", at + 8, at + 8 + size
        elif kind == b"XMP ":
            yield "xmp", at + 8, at + 8 + size
        at += 8 + size + size % 2


def _boxes(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Boxes of HEIC and AVIF; their XMP is an item among others, found by how a packet begins."""
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size < 8:
            break
        head = data[at + 24 : min(at + 24 + _HEAD, at + size)]
        if kind == b"uuid" and b"jumb" in head and _C2PA in head:
            yield "c2pa", at + 24, at + size
        at += size
    begins = data.find(b"<x:xmpmeta")
    ends = data.find(b"</x:xmpmeta>", begins)
    if 0 <= begins < ends:
        yield "xmp", begins, ends
