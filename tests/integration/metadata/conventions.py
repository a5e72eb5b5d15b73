"""The conventions of other programs, field by field, each held against ExifTool's reading.

The table in docs/metadata.md is made from these rows and the photos of the shared data by
`python -m tests.integration.metadata.conventions`.
"""

from __future__ import annotations

import base64
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from app.metadata import Edits, Region, deliver, read
from app.metadata.xmp import tag
from tests.integration.metadata.reading import as_list, exiftool_each, shared

DOCS = Path(__file__).parents[3] / "docs" / "metadata.md"
MARKS = ("<!-- table conventions -->", "<!-- end conventions -->")
PATH, FLAT, LONG, PERSON = ("Proof", "Beach"), "Prüfung", "ä" * 40, "Ann Lee"
EDITS = Edits(
    add=(PATH, FLAT, LONG, ("People", PERSON)),
    rating=3,
    people=(PERSON,),
    flat_people=True,
    regions=(Region(PERSON, "Face", (2.0, 3.0, 8.0, 6.0)),),
)
LEAVES = {PATH[-1], FLAT, LONG, PERSON}


@dataclass(frozen=True)
class Copy:
    """A delivered copy or sidecar: what ExifTool reads in it, its XMP packet, its keywords."""

    name: str
    tags: dict[str, Any]
    packet: etree._Element
    keywords: tuple[tuple[str, ...], ...]
    size: tuple[int, int] | None

    @property
    def kind(self) -> str:
        """Which formats' conventions count."""
        return Path(self.name).suffix.lower()

    def container(self, name: str) -> str | None:
        """Bag or Seq, as the packet has the property."""
        found = self.packet.find(f".//{tag(name)}/*")
        return None if found is None else etree.QName(found).localname

    def words(self, name: str) -> list[str]:
        """A field's values as text."""
        return [str(value) for value in as_list(self.tags.get(name))]


@dataclass(frozen=True)
class Row:
    """One field: the form that other programs expect, who goes by it, and whether a copy has it.

    `holds` answers None where the format has no place for the field.
    """

    field: str
    form: str
    lightroom: str
    digikam: str
    holds: Callable[[Copy], bool | None]


def _iptc(copy: Copy) -> bool | None:
    if copy.kind in (".webp", ".xmp"):
        return None
    found = copy.words("IPTC:Keywords")
    return {PATH[-1], FLAT, "ä" * 32, PERSON} <= set(found) and all(
        len(word.encode()) <= 64 for word in found
    )


def _charset(copy: Copy) -> bool | None:
    return None if _iptc(copy) is None else copy.tags.get("IPTC:CodedCharacterSet") == "\x1b%G"


def _digest(copy: Copy) -> bool | None:
    if copy.kind not in (".jpg", ".jpeg"):
        return None
    return copy.tags.get("Photoshop:IPTCDigest") == copy.tags.get("File:CurrentIPTCDigest")


def _subject(copy: Copy) -> bool:
    return set(copy.words("XMP-dc:Subject")) >= LEAVES and copy.container("dc:subject") == "Bag"


def _hierarchy(copy: Copy) -> bool:
    found = copy.words("XMP-lr:HierarchicalSubject")
    complete = {"|".join(p) for p in copy.keywords} <= set(found)
    return complete and "Proof|Beach" in found and copy.container("lr:hierarchicalSubject") == "Bag"


def _tags_list(copy: Copy) -> bool:
    found = copy.words("XMP-digiKam:TagsList")
    complete = {"/".join(p) for p in copy.keywords} <= set(found)
    return complete and "Proof/Beach" in found and copy.container("digiKam:TagsList") == "Seq"


def _xp(copy: Copy) -> bool | None:
    if copy.kind == ".xmp":
        return None
    return set(str(copy.tags.get("IFD0:XPKeywords")).split(";")) >= LEAVES


def _people(copy: Copy) -> bool:
    there = PERSON in copy.words("XMP-iptcExt:PersonInImage")
    return there and copy.container("Iptc4xmpExt:PersonInImage") == "Bag"


def _area(copy: Copy) -> tuple[float, float, float, float]:
    region = next(
        r for r in copy.tags["XMP-mwg-rs:RegionInfo"]["RegionList"] if r.get("Name") == PERSON
    )
    assert region["Type"] == "Face"
    assert region["Area"]["Unit"] == "normalized"
    x, y, w, h = (float(region["Area"][name]) for name in "XYWH")
    return x, y, w, h


def _mwg(copy: Copy) -> bool:
    """Centre and size as shares of the stored picture, whose size is told in pixels."""
    told = copy.tags["XMP-mwg-rs:RegionInfo"]["AppliedToDimensions"]
    width, height = copy.size or (told["W"], told["H"])
    _, _, w, h = _area(copy)
    sides = sorted((round(w * width), round(h * height)))
    same = (told["W"], told["H"], told["Unit"]) == (width, height, "pixel")
    return same and sides == [6, 8]


def _microsoft(copy: Copy) -> bool:
    """Corner and size as shares: the same rectangle as the region of the Working Group."""
    x, y, w, h = _area(copy)
    regions = copy.tags["XMP-MP:RegionInfoMP"]["Regions"]
    text = next(r["Rectangle"] for r in regions if r.get("PersonDisplayName") == PERSON)
    found = [float(part) for part in text.split(",")]
    pairs = zip(found, (x - w / 2, y - h / 2, w, h), strict=True)
    return all(abs(one - other) < 1e-4 for one, other in pairs)


def _rating(copy: Copy) -> bool:
    return float(copy.tags.get("XMP-xmp:Rating", -9)) == 3


def _exif_rating(copy: Copy) -> bool | None:
    if copy.kind == ".xmp":
        return None
    return (copy.tags.get("IFD0:Rating"), copy.tags.get("IFD0:RatingPercent")) == (3, 50)


def _history(copy: Copy) -> bool:
    steps = as_list(copy.tags.get("XMP-xmpMM:History"))
    last = steps[-1] if steps else {}
    return isinstance(last, dict) and last.get("SoftwareAgent") == "Proofsheet"


def _date(copy: Copy) -> bool:
    return bool(re.match(r"20\d\d:\d\d:\d\d", str(copy.tags.get("XMP-xmp:MetadataDate"))))


def _no_verdict(copy: Copy) -> bool:
    return not any("DigitalSourceType" in name for name in copy.tags)


ROWS = (
    Row("IPTC 2:25", "leaves, at most 64 bytes", "reads, writes", "reads, writes", _iptc),
    Row("IPTC 1:90", "`ESC % G`: UTF-8", "reads", "reads", _charset),
    Row("IPTCDigest", "of the new IPTC, else it beats XMP", "reads", "–", _digest),
    Row(
        "`dc:subject`",
        "Bag of leaves, people where asked",
        "reads, writes",
        "reads, writes",
        _subject,
    ),
    Row(
        "`lr:hierarchicalSubject`",
        "Bag, `\\|`, complete",
        "reads, writes",
        "reads, writes",
        _hierarchy,
    ),
    Row("`digiKam:TagsList`", "Seq, `/`, complete", "–", "reads first, writes", _tags_list),
    Row("EXIF XPKeywords", "UTF-16, `;`", "–", "reads", _xp),
    Row("`Iptc4xmpExt:PersonInImage`", "Bag of names", "reads, writes", "–", _people),
    Row(
        "`mwg-rs:Regions`", "centre, normalized, as stored", "reads, writes", "reads, writes", _mwg
    ),
    Row("`MP:RegionInfo`", "top-left corner, normalized", "–", "reads, writes", _microsoft),
    Row("`xmp:Rating`", "-1 to 5", "reads, writes", "reads, writes", _rating),
    Row("EXIF 18246, 18249", "stars, per cent", "–", "reads, writes", _exif_rating),
    Row("`xmpMM:History`", "one step a change", "writes", "–", _history),
    Row("`xmp:MetadataDate`", "moment of the change", "reads, writes", "writes", _date),
    Row("`Iptc4xmpExt:DigitalSourceType`", "never made for tags", "reads", "–", _no_verdict),
)


def copies(sources: Iterable[Path], folder: Path) -> list[Copy]:
    """Deliver files with every edit, inside where that can be, else beside."""
    delivered = [deliver(source, folder / source.name, EDITS).files for source in sources]
    paths = [files[-1] for files in delivered]
    read_by_it = zip(exiftool_each(paths), exiftool_each(paths, "-XMP"), strict=True)
    return [
        Copy(path.name, tags, _packet(path, raw), read(*files).keywords, _size(tags))
        for path, files, (tags, raw) in zip(paths, delivered, read_by_it, strict=True)
    ]


def _size(tags: dict[str, Any]) -> tuple[int, int] | None:
    """Width and height as stored; None for a sidecar."""
    for group in ("File", "PNG", "RIFF", "IFD0"):
        if f"{group}:ImageWidth" in tags:
            return tags[f"{group}:ImageWidth"], tags[f"{group}:ImageHeight"]
    return None


def _packet(path: Path, raw: dict[str, Any]) -> etree._Element:
    """The packet of a copy as ExifTool takes it out, or all of a sidecar."""
    if path.suffix == ".xmp":
        data = path.read_bytes()
    else:
        text = str(raw["XMP"])
        data = base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()
    return etree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", data, flags=re.DOTALL).strip())


def failures(made: Iterable[Copy]) -> list[str]:
    """Name each copy and field that is not as it should be."""
    return [
        f"{copy.name}: {row.field}" for copy in made for row in ROWS if row.holds(copy) is False
    ]


def rendered(counts: dict[str, tuple[int, int]]) -> str:
    """Give the table with how many copies hold each row, of how many that have the field."""
    lines = [
        "| field | form | Lightroom | digiKam | copies in which ExifTool reads it so |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        right, of = counts.get(row.field, (0, 0))
        lines.append(
            f"| {row.field} | {row.form} | {row.lightroom} | {row.digikam} | {right} of {of} |"
        )
    return "\n".join(lines)


def counted(made: list[Copy]) -> dict[str, tuple[int, int]]:
    """Count for each row the copies that hold it, and those that have the field at all."""
    held = {row.field: [row.holds(copy) for copy in made] for row in ROWS}
    return {
        field: (sum(a is True for a in answers), sum(a is not None for a in answers))
        for field, answers in held.items()
    }


def table_in_docs() -> str:
    """Give the table as the documentation has it."""
    text = DOCS.read_text()
    return text[text.index(MARKS[0]) + len(MARKS[0]) : text.index(MARKS[1])].strip()


def main() -> int:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        made = copies(shared("formats", "train/real_camera"), Path(folder))
    text = DOCS.read_text()
    new = f"{MARKS[0]}\n\n{rendered(counted(made))}\n\n{MARKS[1]}"
    start, end = text.index(MARKS[0]), text.index(MARKS[1]) + len(MARKS[1])
    DOCS.write_text(text[:start] + new + text[end:])
    return len(failures(made))


if __name__ == "__main__":
    sys.exit(main())
