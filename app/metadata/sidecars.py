"""Sidecars: one XMP packet in a file beside a photo whose format is not written into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import regions, safe
from .edit import Picture, edit_packet, sign
from .keywords import Change
from .model import Edits, Metadata, MetadataError, Region
from .read import photo
from .xmp import MAX_PACKET, Packet

PEOPLE = "Iptc4xmpExt:PersonInImage"


def deliver(
    source: Path, place: Path, edits: Edits, sidecar: Path | None, notes: list[str]
) -> tuple[Path | None, bool]:
    """Writes the sidecar of a photo to `place`: the given one with the edits in it, every node that
    is not ours kept.

    Its path (None when there is none to write) and whether the edits changed it. A given sidecar
    that cannot be understood is copied as it is.
    """
    try:
        packet = Packet.parse(b"" if sidecar is None else _bytes(sidecar))
        done = [] if edits.empty else _edit(packet, source, sidecar, edits, notes)
    except MetadataError as error:
        if sidecar is None:
            notes.append(f"no sidecar could be written: {error}")
            return None, False
        notes.append(f"the sidecar was kept as it is, without the new tags: {error}")
        done = []
    if done:
        sign(packet, done, edits)
        safe.write(place, [packet.serialise()])
    elif sidecar is not None:
        safe.write(place, [sidecar.read_bytes()])
    else:
        return None, False
    return place, bool(done)


def _bytes(sidecar: Path) -> bytes:
    if sidecar.stat().st_size > MAX_PACKET:
        raise MetadataError("more than 32 MB")
    return sidecar.read_bytes()


def _edit(
    packet: Packet, source: Path, sidecar: Path | None, edits: Edits, notes: list[str]
) -> list[str]:
    """Writes the edits with what the photo says itself, since a sidecar is read in its stead."""
    known, picture = photo(source, sidecar)
    change = Change(known.keywords, edits)
    if not _effective(known, change, edits):
        return []
    staying = (name for name in known.people if name not in edits.remove_people)
    everything = replace(edits, people=(*staying, *edits.people))
    if edits.regions or edits.remove_regions:
        own = (one for one in known.regions if not _removed(one, edits))
        everything = replace(everything, regions=(*own, *edits.regions))
    done = edit_packet(packet, change, everything, Picture(*picture), notes)
    if any(_removed(one, edits) for one in known.regions) and regions.keep_empty(packet):
        done.append("regions")  # says that the photo's own are removed
    if edits.remove_people and known.people and not packet.has(PEOPLE):
        packet.set_items(PEOPLE, [], "Bag")
        done.append("people")
    if change.effective and not packet.has("dc:subject"):
        packet.set_items("dc:subject", [], "Bag")  # says that the photo's own are removed
        done.append("keywords")
    return done


def _effective(known: Metadata, change: Change, edits: Edits) -> bool:
    """Whether the edits say anything that the photo and its sidecar do not say already."""
    return (
        tuple(change.after) != known.keywords
        or edits.rating not in (None, known.rating)
        or not set(edits.people) <= set(known.people)
        or bool(set(edits.remove_people) & set(known.people))
        or bool(edits.regions)
        or any(_removed(one, edits) for one in known.regions)
    )


def _removed(region: Region, edits: Edits) -> bool:
    """Whether edits take this region out."""
    return region.type == "Face" and any(
        region.name == one.name and regions.overlap(region.box, one.box) >= regions.MEETS
        for one in edits.remove_regions
    )
