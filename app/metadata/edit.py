"""Edits carried into every field: EXIF, IPTC and one XMP packet, only what really becomes
different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from . import exif, iptc, keywords, regions
from .blocks import Blocks, Changes, Container, exif_block
from .model import Edits, Keyword, MetadataError, clean
from .tiff import BYTE, SHORT, Value
from .xmp import NAMESPACES, Packet, tag

RATING, RATING_PERCENT = 18246, 18249
PERCENT = {1: 1, 2: 25, 3: 50, 4: 75, 5: 99}
AGENT = "Proofsheet"
PADDING = 2000
# Properties that stay in the first packet where a JPEG needs two.
OURS = (
    "dc:subject",
    "lr:hierarchicalSubject",
    "digiKam:TagsList",
    "xmp:Rating",
    "xmp:MetadataDate",
    "mwg-rs:Regions",
)
# IPTC dataset and the XMP property that says the same: title, creator, headline, copyright,
# caption.
SHARED = (
    (5, "dc:title"),
    (80, "dc:creator"),
    (105, "photoshop:Headline"),
    (116, "dc:rights"),
    (120, "dc:description"),
)


@dataclass(frozen=True)
class Picture:
    """What regions need to know of the picture: size as stored, orientation 1 to 8."""

    size: tuple[int, int] | None
    orientation: int


def found_keywords(blocks: Blocks, packet: Packet) -> tuple[Keyword, ...]:
    """The keywords of all blocks of one file, merged."""
    found = keywords.Found()
    keywords.from_xmp(packet, found)
    if blocks.iptc is not None:
        found.iptc += iptc.keywords(iptc.parse(blocks.iptc))
    if blocks.exif is not None:
        found.paths += [((name,), ";") for name in exif.xp_keywords(blocks.exif)]
    return found.merged()


def changes_for(file: Container, edits: Edits, notes: list[str]) -> Changes:
    """What the edits make different in a file; MetadataError where its blocks are broken."""
    blocks = file.blocks
    if edits.empty:
        return Changes()
    if blocks.broken & {"iptc", "xmp"}:
        raise MetadataError("; ".join(blocks.problems))
    packet = Packet.parse(blocks.xmp or b"")
    if blocks.extended is not None:
        packet.absorb(Packet.parse(blocks.extended))
    change = keywords.Change(found_keywords(blocks, packet), edits)
    stated = exif.orientation(blocks.exif) if blocks.exif else 1
    done = edit_packet(packet, change, edits, Picture(file.size, stated), notes)
    camera: dict[int, Value | None] = {}
    if "exif" in blocks.broken:
        notes.append("EXIF is unreadable and was left as it is")
    else:
        camera = _fitting(file, exif_changes(blocks, change, edits), notes)
    texts = iptc_changes(blocks, change, packet) if file.carries_iptc else None
    if not (done or camera or texts):
        return Changes()
    sign(packet, done or ["keywords"], edits)
    main, extended = _packed(packet, file, blocks.extended is not None)
    block, digest = texts or (None, None)
    return Changes(camera, block, digest, main, extended)


def _fitting(
    file: Container, changes: dict[int, Value | None], notes: list[str]
) -> dict[int, Value | None]:
    """The EXIF changes, without XPKeywords where the block is too full for them."""
    limit, old = file.max_exif, file.blocks.exif
    if limit is None or len(exif_block(old, changes) or b"") <= limit:
        return changes
    notes.append("the EXIF block is full: the tags stand in IPTC and XMP, not in XPKeywords")
    # Old keywords must not stay there as if they were still true.
    stale = {exif.XP_KEYWORDS: None} if old and exif.XP_KEYWORDS in old.first.by_tag else {}
    rest = {number: value for number, value in changes.items() if number != exif.XP_KEYWORDS}
    smaller: dict[int, Value | None] = {**rest, **stale}
    return smaller if len(exif_block(old, smaller) or b"") <= limit else dict(stale)


def _packed(packet: Packet, file: Container, had_extension: bool) -> tuple[bytes, bytes | None]:
    """The packet with room to grow, or in two where the format has no room for it in one."""
    main = packet.serialise(PADDING)
    if file.max_xmp is None or (len(main) <= file.max_xmp and not had_extension):
        return main, None
    return packet.split(file.max_xmp, OURS)


def edit_packet(
    packet: Packet, change: keywords.Change, edits: Edits, picture: Picture, notes: list[str]
) -> list[str]:
    """Writes the edits into a packet; answers what became different, in words."""
    done = []
    if change.effective and keywords.edit_xmp(packet, change):
        done.append("keywords")
    if edits.rating is not None and _edit_rating(packet, edits.rating):
        done.append("rating")
    people = packet.items("Iptc4xmpExt:PersonInImage")
    kept = [name for name in people if name not in edits.remove_people]
    wanted = list(dict.fromkeys([*kept, *edits.people]))
    if (edits.people or edits.remove_people) and wanted != people:
        packet.set_items("Iptc4xmpExt:PersonInImage", wanted, "Bag")
        done.append("people")
    if _edit_regions(packet, edits, picture, notes):
        done.append("regions")
    if any(packet.text(f"proofsheet:{name}") != clean(value) for name, value in edits.provenance):
        done.append("provenance")
    return done


def _edit_regions(packet: Packet, edits: Edits, picture: Picture, notes: list[str]) -> bool:
    if picture.size is None:
        if edits.regions or edits.remove_regions:
            notes.append("regions stay: the file does not say how large its picture is")
        return False
    place = picture.size, picture.orientation
    gone = bool(edits.remove_regions) and regions.remove(packet, edits.remove_regions, *place)
    return regions.add(packet, edits.regions, *place) or gone


def _edit_rating(packet: Packet, rating: int) -> bool:
    different = packet.text("xmp:Rating") != str(rating)
    if different:
        packet.set_text("xmp:Rating", str(rating))
    percent = str(PERCENT.get(rating, 0))
    if packet.has("MicrosoftPhoto:Rating") and packet.text("MicrosoftPhoto:Rating") != percent:
        packet.set_text("MicrosoftPhoto:Rating", percent)
        different = True
    return different


def sign(packet: Packet, done: Sequence[str], edits: Edits) -> None:
    """Notes in the packet when, by whom and what was changed."""
    when = (edits.when or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")
    packet.set_text("xmp:MetadataDate", when)
    for name, value in edits.provenance:
        packet.set_text(f"proofsheet:{name}", clean(value))
    element = packet.element("xmpMM:History")
    if element is None:
        element = packet.add("xmpMM:History")
    array = element.find(tag("rdf:Seq"))
    if array is None:
        array = etree.SubElement(element, tag("rdf:Seq"))
    item = etree.SubElement(array, tag("rdf:li"), nsmap={"stEvt": NAMESPACES["stEvt"]})
    item.set(tag("rdf:parseType"), "Resource")
    fields = {
        "action": "saved",
        "when": when,
        "softwareAgent": AGENT,
        "changed": "/metadata",
        "parameters": "changed " + ", ".join(dict.fromkeys(done)),
    }
    for name, text in fields.items():
        etree.SubElement(item, tag(f"stEvt:{name}")).text = text


def exif_changes(blocks: Blocks, change: keywords.Change, edits: Edits) -> dict[int, Value | None]:
    """What becomes different in the first EXIF directory: XPKeywords, and the rating where one is
    set.
    """
    changes: dict[int, Value | None] = {}
    order = blocks.exif.order if blocks.exif else "<"
    old = exif.xp_keywords(blocks.exif) if blocks.exif else []
    new = change.flat(old, ";")
    if change.effective and new != old:
        data = (";".join(new) + "\0").encode("utf-16-le")
        changes[exif.XP_KEYWORDS] = Value(BYTE, len(data), data) if new else None
    if edits.rating is not None:
        rating = max(edits.rating, 0)
        for number, value in ((RATING, rating), (RATING_PERCENT, PERCENT.get(rating, 0))):
            data = value.to_bytes(2, "little" if order == "<" else "big")
            entry = blocks.exif.first.by_tag.get(number) if blocks.exif else None
            if entry is None or blocks.exif is None or blocks.exif.integers(entry) != (value,):
                changes[number] = Value(SHORT, 1, data)
    return changes


def iptc_changes(
    blocks: Blocks, change: keywords.Change, packet: Packet
) -> tuple[bytes, bytes | None] | None:
    """The new IPTC block and its digest; None where its keywords are right already."""
    datasets = iptc.parse(blocks.iptc or b"")
    old = iptc.keywords(datasets)
    new = change.short(old)
    if new == old or not change.effective:
        return None
    block = iptc.build(iptc.with_keywords(datasets, new))
    return block, None if _distrusts(blocks, datasets, packet) else iptc.digest(block)


def _distrusts(blocks: Blocks, datasets: Sequence[iptc.Dataset], packet: Packet) -> bool:
    """Whether readers take this file's texts from IPTC since its digest is stale, and XMP says
    something else.

    A fresh digest would then change the caption that they show; so it stays stale.
    """
    if (
        blocks.iptc is None
        or blocks.iptc_digest is None
        or blocks.iptc_digest == iptc.digest(blocks.iptc)
    ):
        return False
    return any(
        (text := "; ".join(iptc.texts(datasets, number)))
        and packet.has(name)
        and text != packet.text(name)
        for number, name in SHARED
    )
