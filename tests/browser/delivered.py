"""Holds a downloaded zip against what was dropped: paths, pixels, tags, everything else."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from tests.browser.visitor import exiftool_reads, files_below

pillow_heif.register_heif_opener()
SIDECAR = ".xmp"
BESIDE = {".heic", ".avif", ".dng", ".gif", ".bmp"}  # never written into
# What a delivered copy may say otherwise than its original: our own fields, where things lie in
# the file, and WebP's outer header, which a plain one lacks.
OURS = re.compile(
    r"^(SourceFile|System:|ExifTool:|File:(FileSize|FileType|CurrentIPTCDigest|ExifByteOrder)|RIFF:|"
    r"IPTC:(Keywords|CodedCharacterSet|EnvelopeRecordVersion|ApplicationRecordVersion)|"
    r"Photoshop:IPTCDigest|IFD0:XPKeywords|XMP-dc:(Copy\d:)?Subject|XMP-lr:|XMP-digiKam:TagsList|"
    r"XMP-x:XMPToolkit|XMP-xmp:MetadataDate|XMP-xmpMM:History|XMP-proofsheet:|"
    r"XMP-microsoft:LastKeyword|XMP-mediapro:CatalogSets|"
    r"Composite:|MPImage1:MPImageLength|[\w-]+:(ThumbnailOffset|PreviewImageStart|MPImageStart)$)"
)
EVERYWHERE = ("IPTC:Keywords", "XMP-dc:Subject", "XMP-lr:HierarchicalSubject")
FIELDS = (*EVERYWHERE, "XMP-digiKam:TagsList", "IFD0:XPKeywords")


@dataclass(frozen=True)
class Correction:
    """One tag that was put right on one photo: it has to be in its copy, or must not be."""

    path: str
    tag: str
    present: bool


def words(entry: Mapping[str, Any], field: str) -> list[str]:
    """A field's values as text, empty ones left out; XPKeywords are one text with semicolons."""
    value = entry.get(field, [])
    values = [str(one) for one in (value if isinstance(value, list) else [value])]
    parts = [word for text in values for word in text.split(";")] if "XP" in field else values
    return [part for part in parts if part]


class Delivered:
    """What came out of the zip, beside what went in."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path, exiftool: Path) -> None:
        self.names = archive.namelist()
        archive.extractall(folder)
        self.folder, self.exiftool = folder, exiftool
        self.read = exiftool_reads(exiftool, folder, "-G1")

    def check_names(self, dropped: Mapping[str, Path], refused: Mapping[str, str]) -> None:
        """Every dropped file is here once, under its own path, or was refused with a reason."""
        twice = [name for name, n in Counter(self.names).items() if n > 1]
        assert not twice, f"more than once in the zip: {twice}"
        for path in dropped:
            if path in refused:
                assert refused[path].strip(), f"{path} was refused without a reason"
                assert path not in self.names, f"{path} was refused and delivered"
            elif not path.endswith(SIDECAR):  # one without its photo has nothing to lie beside
                assert path in self.names, f"{path} is not in the zip"
        extra = {n for n in self.names if n not in dropped and not n.endswith(SIDECAR)}
        assert not extra, f"nobody dropped {sorted(extra)}"

    def check_pixels(self, dropped: Mapping[str, Path]) -> int:
        """Every picture decodes to its original's pixels; gives how many differ in bytes."""
        changed = 0
        for path, original in dropped.items():
            copy = self.folder / path
            if path.endswith(SIDECAR) or not copy.exists():
                continue
            before, after = original.read_bytes(), copy.read_bytes()
            if before == after:
                continue
            changed += 1
            assert Path(path).suffix.lower() not in BESIDE, f"{path} was written into"
            assert np.array_equal(pixels(before), pixels(after)), f"{path} has other pixels"
        return changed

    def check_rest(self, roots: Iterable[Path]) -> None:
        """GPS, maker notes, regions and everything else that ExifTool reads is as it was."""
        wrong: list[str] = []
        for root in roots:
            everything = ("-G1:4", "-u")
            before = exiftool_reads(self.exiftool, root, *everything)
            after = exiftool_reads(self.exiftool, self.folder / root.name, *everything)
            for path, told in before.items():
                if path in after and not path.endswith(SIDECAR):
                    wrong += (f"{root.name}/{path}: {k}" for k in differing(told, after[path]))
        assert not wrong, "\n".join(wrong)

    def check_corrections(self, corrections: Iterable[Correction]) -> None:
        """ExifTool reads right tags in each field that the format has, wrong ones in none."""
        for one in corrections:
            beside = one.path + SIDECAR
            entry = self.read[beside if beside in self.read else one.path]
            inside = self.read[one.path]
            for field in FIELDS:
                if one.present:
                    if beside in self.read and not field.startswith("XMP"):
                        continue  # a sidecar is XMP alone
                    if one.path.endswith(".webp") and field.startswith("IPTC"):
                        continue  # has no place for it
                    assert one.tag in words(entry, field), f"{one}: not in {field} of {entry}"
                else:
                    for read in (entry, inside):
                        assert one.tag not in words(read, field), f"{one}: still in {field}"

    def check_gone(self, tag: str) -> None:
        """No file of the zip carries this tag any more."""
        for path, entry in self.read.items():
            for field in FIELDS:
                assert tag not in words(entry, field), f"{path} still says {tag} in {field}"

    def check_kept(self, roots: Iterable[Path], removed: set[tuple[str, str]]) -> None:
        """Keywords of other programs are still there, but for those taken away by path and word."""
        for root in roots:
            for path, told in exiftool_reads(self.exiftool, root, "-G1").items():
                name = f"{root.name}/{path}"
                if name not in self.read or path.endswith(SIDECAR):
                    continue
                for field in FIELDS:
                    kept = {word for word in words(told, field) if (name, word) not in removed}
                    lost = kept - set(words(self.read[name], field))
                    assert not lost, f"{name}: {field} lost {lost}"


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What two readings of a file do not have in common, apart from our own fields."""
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key) and not OURS.match(key):
            yield f"{key}: {before.get(key)!r} became {after.get(key)!r}"


def pixels(data: bytes) -> np.ndarray:
    """Every frame of a picture as stored."""
    image = Image.open(io.BytesIO(data))
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(np.asarray(image).ravel())
    return np.concatenate(frames)


def dropped_paths(roots: Iterable[Path]) -> dict[str, Path]:
    """Every file below these folders by the path that it is dropped under."""
    return {
        f"{root.name}/{path.relative_to(root)}": path
        for root in roots
        for path in files_below(root)
    }
