"""Which format a file has, told by its first bytes and never by its name."""

from dataclasses import dataclass
from pathlib import Path

from ml.errors import ImageError

TAKEN = "JPEG, PNG, WebP, TIFF, HEIC, AVIF and RAW"
SNIFF_BYTES = 64
PHOTO_SUFFIXES = frozenset(
    f".{suffix}"
    for line in (
        "jpg jpeg jpe png webp tif tiff heic heif hif avif dng nef nrw cr2 cr3 crw arw srf sr2",
        "orf rw2 raf pef x3f mrw raw rwl srw erf kdc dcr 3fr mef iiq",
    )
    for suffix in line.split()
)

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_CONTAINER_BRANDS = {b"mif1", b"msf1", b"mif2", b"miaf"}

_RAW_MAGIC = (
    (0, b"IIRO", "ORF", "image/x-olympus-orf"),
    (0, b"IIRS", "ORF", "image/x-olympus-orf"),
    (0, b"MMOR", "ORF", "image/x-olympus-orf"),
    (0, b"IIU\0", "RW2", "image/x-panasonic-rw2"),
    (0, b"FUJIFILMCCD-RAW", "RAF", "image/x-fuji-raf"),
    (0, b"FOVb", "X3F", "image/x-sigma-x3f"),
    (0, b"\0MRM", "MRW", "image/x-minolta-mrw"),
    (6, b"HEAPCCDR", "CRW", "image/x-canon-crw"),
    (8, b"CR\x02", "CR2", "image/x-canon-cr2"),
    (4, b"ftypcrx ", "CR3", "image/x-canon-cr3"),
)

_NOT_TAKEN = (
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a zip archive or office document"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"RIFF", "a sound or video file"),
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (0, b"<svg", "a drawing"),
    (0, b"<?xml", "an XML file"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format that is taken: its name, its MIME type, and whether it is a camera's RAW."""

    name: str
    mime: str
    raw: bool = False


JPEG = Format("JPEG", "image/jpeg")
PNG = Format("PNG", "image/png")
WEBP = Format("WebP", "image/webp")
TIFF = Format("TIFF", "image/tiff")
HEIC = Format("HEIC", "image/heic")
AVIF = Format("AVIF", "image/avif")
DNG = Format("DNG", "image/x-adobe-dng", raw=True)
TIFF_RAW = Format("RAW", "image/x-dcraw", raw=True)


def sniff(head: bytes) -> Format:
    """Return the format of a file from its first SNIFF_BYTES bytes.

    A RAW that is a TIFF inside (DNG, NEF, ARW, ...) comes out as TIFF here; `ml.image.header` looks
    deeper. Raises ImageError, naming what the file seems to be, when it is none that is taken.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    for offset, magic, name, mime in _RAW_MAGIC:
        if head.startswith(magic, offset):
            return Format(name, mime, raw=True)
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return TIFF
    if head[4:8] == b"ftyp":
        container = _iso_brand(head)
        if container is not None:
            return container
    raise ImageError(_refusal(head))


def _iso_brand(head: bytes) -> Format | None:
    """Tell HEIC and AVIF apart by the major brand, then by the compatible ones."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, size - 3, 4)}
    if major in _HEIC_BRANDS:
        return HEIC
    if major in _AVIF_BRANDS or (major in _CONTAINER_BRANDS and compatible & _AVIF_BRANDS):
        return AVIF
    return HEIC if major in _CONTAINER_BRANDS else None


def _no_file(path: Path) -> str:
    if path.is_dir():
        return "this is a folder that cannot be read"
    return "this is not a regular file" if path.exists() else "there is no file here"


def _refusal(head: bytes) -> str:
    for offset, magic, what in _NOT_TAKEN:
        if head.startswith(magic, offset):
            return f"this is {what}, which is not taken; save it as one of {TAKEN}"
    return f"this is not a photo that can be read; taken are {TAKEN}"


def is_taken(path: Path) -> bool:
    """Return whether a file is of a kind that is taken, or is named as one.

    A damaged photo keeps its name, and its owner wants to hear of it.
    """
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    try:
        sniff(read_head(path))
    except ImageError:
        return False
    return True


def read_head(path: Path) -> bytes:
    """Return the first SNIFF_BYTES bytes of a regular file; raises ImageError when there is none or
    it is empty.
    """
    try:
        if not path.is_file():
            raise ImageError(_no_file(path))
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except OSError as error:
        raise ImageError(f"the file cannot be opened: {error.strerror or error}") from error
    if not head:
        raise ImageError("the file is empty; copy it again from where it came")
    return head
