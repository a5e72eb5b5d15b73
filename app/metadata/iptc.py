"""IPTC-IIM datasets, and the Photoshop resources in which JPEG and TIFF carry them.

Sources: IPTC-NAA Information Interchange Model 4.2; Adobe Photoshop File Formats, image resource
blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .model import MetadataError, clean

UTF8 = b"\x1b%G"
CHARSET, KEYWORDS = (1, 90), (2, 25)
IPTC_RESOURCE, DIGEST_RESOURCE = 0x0404, 0x0425
KEYWORD_BYTES = 64
SIGNATURES = (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa")
# Datasets of the application record that hold no text: version, previews, captions as pictures,
# sound.
BINARY = {0, 125, *range(150, 155), *range(200, 203)}


class Dataset(NamedTuple):
    """One dataset: record, number, bytes."""

    record: int
    number: int
    data: bytes

    @property
    def key(self) -> tuple[int, int]:
        """Record and number."""
        return self.record, self.number


class Resource(NamedTuple):
    """One Photoshop image resource."""

    signature: bytes
    id: int
    name: bytes
    data: bytes


def parse(block: bytes) -> tuple[Dataset, ...]:
    """The datasets of an IPTC block; MetadataError where they break off, zero padding at the end is
    ignored.
    """
    datasets, position = [], 0
    while position < len(block):
        if block[position] != 0x1C:
            if block[position:].strip(b"\0 "):
                raise MetadataError("IPTC: what follows is no dataset")
            break
        if position + 5 > len(block):
            raise MetadataError("IPTC: the last dataset breaks off")
        record, number = block[position + 1], block[position + 2]
        length, position = int.from_bytes(block[position + 3 : position + 5], "big"), position + 5
        if length & 0x8000:
            width = length & 0x7FFF
            if width > 4:
                raise MetadataError("IPTC: a dataset of impossible size")
            length, position = (
                int.from_bytes(block[position : position + width], "big"),
                position + width,
            )
        if position + length > len(block):
            raise MetadataError("IPTC: the last dataset breaks off")
        datasets.append(Dataset(record, number, block[position : position + length]))
        position += length
    return tuple(datasets)


def build(datasets: Iterable[Dataset]) -> bytes:
    """The block that holds these datasets."""
    parts = []
    for record, number, data in datasets:
        size = len(data)
        length = size.to_bytes(2, "big") if size < 0x8000 else b"\x80\x04" + size.to_bytes(4, "big")
        parts.append(bytes((0x1C, record, number)) + length + data)
    return b"".join(parts)


def encoding(datasets: Sequence[Dataset]) -> str:
    """The text encoding: as 1:90 says, else UTF-8 where every text is valid UTF-8, else Windows
    Latin-1.
    """
    declared = next((data for record, number, data in datasets if (record, number) == CHARSET), b"")
    if declared in (b"\x1b%G", b"\x1b%/G", b"\x1b%/H", b"\x1b%/I"):
        return "utf-8"
    if declared in (b"\x1b-A", b"\x1b.A"):
        return "latin-1"
    texts = (data for record, number, data in datasets if record == 2 and number not in BINARY)
    try:
        b"\n".join(texts).decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decode(data: bytes, codec: str) -> str:
    """Text of a dataset; bytes that its encoding does not know are taken as Latin-1."""
    try:
        return data.decode(codec).strip("\0")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252").strip("\0")
        except UnicodeDecodeError:
            return data.decode("latin-1").strip("\0")


def texts(datasets: Sequence[Dataset], number: int) -> tuple[str, ...]:
    """The texts of one dataset of the application record, empty ones left out."""
    codec = encoding(datasets)
    found = (decode(data, codec) for record, n, data in datasets if (record, n) == (2, number))
    return tuple(text for text in found if text.strip())


def keywords(datasets: Sequence[Dataset]) -> list[str]:
    """The keywords, without control characters and empty ones."""
    found = (clean(text) for text in texts(datasets, KEYWORDS[1]))
    return [keyword for keyword in found if keyword]


def truncated(text: str, limit: int = KEYWORD_BYTES) -> str:
    """The longest start of a text that fits `limit` bytes of UTF-8, never ending inside a
    character.
    """
    data = text.encode("utf-8")
    if len(data) <= limit:
        return text
    start = data[:limit].decode("utf-8", "ignore")
    # A joiner or a variation selector at the end would wait for a character that was cut off.
    return start.rstrip("\u200d\ufe0e\ufe0f").rstrip()


def with_keywords(datasets: Sequence[Dataset], names: Sequence[str]) -> tuple[Dataset, ...]:
    """The datasets with these keywords in place of the old ones, every text in UTF-8 and declared
    so.
    """
    codec = encoding(datasets)
    kept = [
        Dataset(record, number, decode(data, codec).encode("utf-8"))
        if codec != "utf-8" and record == 2 and number not in BINARY
        else Dataset(record, number, data)
        for record, number, data in datasets
        if (record, number) not in (CHARSET, KEYWORDS)
    ]
    new = [Dataset(*KEYWORDS, truncated(keyword).encode("utf-8")) for keyword in names]
    first = [dataset for dataset in kept if dataset.record < 2]
    second = [dataset for dataset in kept if dataset.record == 2]
    rest = [dataset for dataset in kept if dataset.record > 2]
    if not any(dataset.number == 0 for dataset in second):
        second.insert(0, Dataset(2, 0, b"\0\x04"))
    place = next(
        (i for i, dataset in enumerate(second) if dataset.number > KEYWORDS[1]), len(second)
    )
    charset = next(
        (i for i, dataset in enumerate(first) if dataset.record == 1 and dataset.number > 90),
        len(first),
    )
    first.insert(charset, Dataset(*CHARSET, UTF8))
    return (*first, *second[:place], *new, *second[place:], *rest)


def resources(block: bytes) -> tuple[Resource, ...]:
    """The image resources of a Photoshop block; MetadataError where they break off."""
    found, position = [], 0
    while position < len(block):
        if block[position : position + 4] not in SIGNATURES:
            if block[position:].strip(b"\0"):
                raise MetadataError("Photoshop resources: what follows is no resource")
            break
        head = position + 7
        if head > len(block):
            raise MetadataError("Photoshop resources break off")
        name = block[head : head + block[head - 1]]
        start = head + len(name) + (1 + len(name)) % 2 + 4
        size = int.from_bytes(block[start - 4 : start], "big")
        if start + size > len(block):
            raise MetadataError("Photoshop resources break off")
        number = int.from_bytes(block[position + 4 : position + 6], "big")
        found.append(
            Resource(block[position : position + 4], number, name, block[start : start + size])
        )
        position = start + size + size % 2
    return tuple(found)


def build_resources(found: Iterable[Resource]) -> bytes:
    """The block that holds these resources."""
    parts = []
    for signature, number, name, data in found:
        label = bytes((len(name),)) + name + b"\0" * ((1 + len(name)) % 2)
        parts += [
            signature,
            number.to_bytes(2, "big"),
            label,
            len(data).to_bytes(4, "big"),
            data,
            b"\0" * (len(data) % 2),
        ]
    return b"".join(parts)


def resource(found: Iterable[Resource], number: int) -> bytes | None:
    """The data of the first resource with this number."""
    return next((r.data for r in found if r.id == number), None)


def with_resource(found: Sequence[Resource], number: int, data: bytes) -> tuple[Resource, ...]:
    """The resources with this one set, in the place of the old one where there was one."""
    new = Resource(b"8BIM", number, b"", data)
    places = [i for i, r in enumerate(found) if r.id == number]
    if not places:
        return (*found, new)
    return tuple(
        new if i == places[0] else r
        for i, r in enumerate(found)
        if r.id != number or i == places[0]
    )


def digest(block: bytes) -> bytes:
    """What the Metadata Working Group's IPTCDigest holds: the MD5 of the IPTC block."""
    return hashlib.md5(block, usedforsecurity=False).digest()
