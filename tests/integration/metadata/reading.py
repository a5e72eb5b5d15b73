"""Files before and after delivery as ExifTool reads them, which shares no code with ours."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

DATA = Path(__file__).parents[4] / "shared" / "data"
EXIFTOOL = shutil.which("exiftool")
if EXIFTOOL is None and os.environ.get("CI") == "true":
    raise RuntimeError("under CI the tests need ExifTool: apt-get install libimage-exiftool-perl")
needs_exiftool = [
    pytest.mark.integration,
    pytest.mark.skipif(EXIFTOOL is None, reason="ExifTool is not installed"),
]

ADDED = (("Nature", "Proof Beach"), ("Prüfung",))
OURS = {
    "XMP-dc:Subject",
    "XMP-lr:HierarchicalSubject",
    "XMP-digiKam:TagsList",
    "XMP-microsoft:LastKeywordXMP",
    "XMP-microsoft:LastKeywordIPTC",
    "XMP-mediapro:CatalogSets",
    "XMP-acdsee:Categories",
    "XMP-acdsee:Keywords",
    "XMP-xmp:MetadataDate",
    "XMP-xmpMM:History",
    "IPTC:Keywords",
    "IPTC:CodedCharacterSet",
    "Photoshop:IPTCDigest",
    "IFD0:XPKeywords",
}
# What ExifTool says of a block that was not there before, and of the file itself.
NEW_BLOCKS = {
    "IPTC:ApplicationRecordVersion",
    "File:ExifByteOrder",
    "File:CurrentIPTCDigest",
    "XMP-x:XMPToolkit",
    "RIFF:ImageWidth",
    "RIFF:ImageHeight",
}


# Files that were broken before, and what in them ExifTool then reads differently.
BROKEN = {
    # Its thumbnail claims one byte more than its EXIF block has.
    "metadata-extractor__Sony_DCR-PC110E_(1).jpg": "IFD1:ThumbnailImage",
}


def exiftool(path: Path) -> dict[str, Any]:
    """Every tag that ExifTool finds, maker notes, unknown ones and binary values included."""
    return exiftool_each([path])[0]


def exiftool_each(paths: Sequence[Path], *options: str) -> list[dict[str, Any]]:
    """The same for several files, by one run of ExifTool; `options` in place of "everything"."""
    command = [str(EXIFTOOL), "-json", "-b", "-api", "largefilesupport"]
    everything = options or ("-G1", "-struct", "-n", "-u")
    line = [*command, *everything, *map(str, paths)]
    done = subprocess.run(line, capture_output=True, check=False)
    hidden = ("System:", "ExifTool:", "Composite:", "SourceFile")
    return [
        {
            name: digest(value)
            if isinstance(value, str) and len(value) > 300 and not options
            else value
            for name, value in tags.items()
            if not name.startswith(hidden)
        }
        for tags in json.loads(done.stdout)
    ]


def digest(text: str) -> str:
    """What stands for a long text."""
    return hashlib.sha256(text.encode()).hexdigest()


def differences(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    names = before.keys() | after.keys()
    return {name for name in names if not _same(name, before.get(name), after.get(name))}


def _same(name: str, before: object, after: object) -> bool:
    if name.startswith("IPTC:") and isinstance(before, str):
        # UTF-8 that the file did not declare: ExifTool takes it for Latin-1 until we declare it.
        return after in (before, before.encode("cp1252", "replace").decode("utf-8", "replace"))
    return before == after


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def pixels(path: Path) -> list[bytes]:
    with Image.open(path) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.tobytes())
        return frames


def check_only_ours(source: Path, target: Path) -> None:
    """Nothing but keyword fields, their date and history changed; the text fields are complete."""
    before, after = exiftool(source), exiftool(target)
    changed = differences(before, after) - OURS
    unexpected = {name for name in changed if name not in NEW_BLOCKS or name in before}
    # Told as places in the file, which move with what stands before; the images there are compared.
    unexpected -= {"File:CurrentIPTCDigest", "IFD1:ThumbnailOffset", "RIFF:WebP_Flags"}
    if before.get("MPImage1:MPImageLength") == source.stat().st_size:
        assert after["MPImage1:MPImageLength"] == target.stat().st_size
        unexpected -= {"MPImage1:MPImageLength"}
    if source.name in BROKEN:
        unexpected -= {BROKEN[source.name]}
    assert not {name: (before.get(name), after.get(name)) for name in unexpected}
    for field in ("XMP-dc:Subject", "IFD0:XPKeywords"):
        text = str(after[field])
        assert "Proof Beach" in text
        assert "Prüfung" in text
    assert "Nature|Proof Beach" in as_list(after["XMP-lr:HierarchicalSubject"])
    assert "Nature/Proof Beach" in as_list(after["XMP-digiKam:TagsList"])
    if target.suffix != ".webp":
        assert {"Proof Beach", "Prüfung"} <= set(as_list(after["IPTC:Keywords"]))


def shared(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in sorted((DATA / folder).rglob("*"))]
    suffixes = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".heic", ".avif"}
    return [path for path in paths if path.suffix.lower() in suffixes]


def photo(path: Path, orientation: int = 1, **options: Any) -> Path:
    """A generated photo with EXIF, as a camera and its owner leave it."""
    exif = Image.Exif()
    exif.update({0x010F: "Proofcam", 0x0110: "One", 0x0112: orientation})
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 6.0, 54.0), 3: "W", 4: (108.0, 24.0, 3.6)})
    exif.get_ifd(0x8769)[0x927C] = b"a maker's own note, of unknown shape \0\1\2"
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    image.save(path, exif=exif, icc_profile=SRGB, **options)
    return path


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
