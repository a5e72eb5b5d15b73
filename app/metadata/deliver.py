"""The delivered copy: edits inside it where its format is safely written, else in a sidecar."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from . import safe, sidecars
from .blocks import Changes, Container
from .containers import RAW, container
from .edit import changes_for
from .model import Delivered, Edits, MetadataError
from .source import Range, Source, same_bytes, spliced


def deliver(
    source: Path,
    target: Path,
    edits: Edits,
    sidecar: Path | None = None,
    *,
    embed: bool = True,
    within: Edits | None = None,
) -> Delivered:
    """Writes a copy of `source`, which is never touched, to `target` with the edits merged in.

    JPEG, TIFF, PNG and WebP carry them inside, all else unchanged and the picture's bytes the same;
    any other file is copied byte by byte and a sidecar `NAME.EXT.xmp` lies beside it, merged with
    the given one. With `embed` off every format is treated so. `within` are the edits of the file
    itself, where it says other things than its sidecar. Where the edits change nothing the
    copy is identical. A target that exists is replaced at once or not at all. Raises OSError where
    a file cannot be read or written, ValueError where source and target are one file,
    MetadataError where the source ends while it is copied.
    """
    if target.exists() and target.samefile(source):
        raise ValueError(f"{target} is the original itself")
    notes: list[str] = []
    with Source(source) as origin:
        inside = _inside(origin, target, within or edits, notes) if embed else None
        if not inside:
            safe.write(target, origin.chunks([Range(0, origin.size)]))
    stat = source.stat()
    if not inside:
        os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    beside, changed = None, False
    if sidecar is not None or (inside is None and not edits.empty):
        place = target.with_name(target.name + ".xmp")
        beside, changed = sidecars.deliver(source, place, edits, sidecar, notes)
    files = (target,) if beside is None else (target, beside)
    how: Literal["embedded", "sidecar", "unchanged"]
    how = "embedded" if inside else "sidecar" if changed else "unchanged"
    return Delivered(files, how, "; ".join(notes))


def deliver_sidecar(
    source: Path, place: Path, edits: Edits, sidecar: Path | None = None
) -> Delivered:
    """Writes to `place` what a sidecar of `source` says with the edits merged in, and no photo.

    No file where there is neither a given sidecar nor anything to say. Raises OSError where a file
    cannot be read or written.
    """
    notes: list[str] = []
    written, changed = sidecars.deliver(source, place, edits, sidecar, notes)
    files = () if written is None else (written,)
    return Delivered(files, "sidecar" if changed else "unchanged", "; ".join(notes))


def _inside(origin: Source, target: Path, edits: Edits, notes: list[str]) -> bool | None:
    """Writes the edits into the copy: False when nothing was to be done, None when it cannot be."""
    try:
        file = container(origin)
        if file is None or not file.writable or target.suffix.lower() in RAW:
            return None
        changes = changes_for(file, edits, notes)
        if not changes:
            return False
        with safe.replacing(target, spliced(origin, file.splices(changes))) as copy:
            _check(file, copy, changes)
    except MetadataError as error:
        notes.append(f"tags stand in a sidecar, not in the file: {error}")
        return None
    return True


def _check(file: Container, copy: Path, changes: Changes) -> None:
    """Reads a copy back; MetadataError unless it says what it should and all else is the same."""
    with Source(copy) as written:
        again = container(written)
        if again is None or not same_bytes(
            file.source, file.untouched(), written, again.untouched()
        ):
            raise MetadataError("the picture's own bytes would have changed")
        new, old = again.blocks, file.blocks
        if new.problems != old.problems:
            raise MetadataError("the copy could not be read back")
        for wanted, before, found in (
            (changes.xmp, old.xmp, new.xmp),
            (changes.iptc, old.iptc, new.iptc),
            (changes.extended, old.extended, new.extended),
        ):
            expected = before if wanted is None else wanted
            if (found or b"").rstrip(b"\0") != (expected or b"").rstrip(b"\0"):
                raise MetadataError("the copy does not say what was written")
        _check_exif(file, again, changes)


def _check_exif(file: Container, again: Container, changes: Changes) -> None:
    old, new = file.blocks.exif, again.blocks.exif
    before = {entry.tag: entry for entry in old.first.entries} if old else {}
    after = {entry.tag: entry for entry in new.first.entries} if new else {}
    for tag in before.keys() | after.keys() | changes.exif.keys():
        entry = after.get(tag)
        if tag not in again.own_tags and tag not in changes.exif:
            same = entry == before.get(tag)
        elif tag in changes.exif:
            value = changes.exif[tag]
            same = (
                (entry is None)
                if value is None
                else bool(entry and new and new.data(entry) == value.data)
            )
        else:
            same = True
        if not same:
            raise MetadataError(f"EXIF tag {tag} would have changed")
