"""Files to begin from: one of every format that is taken or met, and files built to do harm."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.unit.ml import samples

MAGIC_PNG = b"\x89PNG\r\n\x1a\n"
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
XMP = b"""<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>dog</rdf:li></rdf:Bag>
</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def png(width: int, height: int, depth: int, colour: int, lines: bytes, **more: bytes) -> bytes:
    """A PNG of these scanlines (packed here); `more` are further chunks by their type."""
    interlaced = more.pop("interlaced", b"\0")[0]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    chunks = {"IHDR": head, **more, "IDAT": zlib.compress(lines, 9), "IEND": b""}
    return MAGIC_PNG + b"".join(chunk(kind.encode(), data) for kind, data in chunks.items())


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced_png() -> bytes:
    """A PNG in the seven passes of Adam7, which Pillow reads but does not write."""
    pixels, lines = samples.scene(), []
    for x, y, dx, dy in ADAM7:
        lines += [b"\0" + row.tobytes() for row in pixels[y::dy, x::dx]]
    return png(pixels.shape[1], pixels.shape[0], 8, 2, b"".join(lines), interlaced=b"\1")


def jpeg_with(*segments: bytes) -> bytes:
    """A JPEG with these APP1 segments after its start."""
    plain = samples.encoded("JPEG")
    extra = b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments)
    return plain[:2] + extra + plain[2:]


def exif_jpeg() -> bytes:
    """A JPEG with EXIF: date, GPS, camera, orientation, thumbnail-sized maker note."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x0112] = "Camera", "2026:05:04 10:00:00", 6
    exif.get_ifd(0x8769)[0x927C] = b"maker note " * 200
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 1.5)
    return samples.encoded("JPEG", exif=exif)


def tiff_chain(count: int, loop: bool) -> bytes:
    """A TIFF of `count` directories in a row, the last one pointing at the first where `loop`."""
    out, size = io.BytesIO(), 2 + 12 * 8 + 4
    out.write(b"II*\0" + struct.pack("<I", 8))
    strip = 8 + count * size
    entries = ((256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, strip), (278, 4), (279, 16))
    for n in range(count):
        out.write(struct.pack("<H", len(entries)))
        out.write(b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries))
        follows = 8 + (n + 1) * size if n + 1 < count else (8 if loop else 0)
        out.write(struct.pack("<I", follows))
    return out.getvalue() + b"\x80" * 16


def exif_loop() -> bytes:
    """EXIF whose directories point at themselves, inside a JPEG."""
    directory = struct.pack("<HHHIIHHIII", 2, 0x8769, 4, 1, 8, 0x8825, 4, 1, 8, 8)
    return jpeg_with(b"Exif\0\0II*\0\x08\0\0\0" + directory)


def entities() -> bytes:
    """XML that grows to gigabytes where entities are resolved."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11)]
    kinds = f'<!DOCTYPE x [<!ENTITY a0 "lolololol">{"".join(lines)}]>'
    return f'{kinds}<x:xmpmeta xmlns:x="adobe:ns:meta/">&a10;</x:xmpmeta>'.encode()


def deep_xml() -> bytes:
    """XML nested deeper than any reader's stack."""
    return b"<x>" * 50_000 + b"</x>" * 50_000


SEEDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    **{name: (name.split("-")[0], make) for name, make in samples.SAMPLES.items()},
    "jpeg-exif": ("jpg", exif_jpeg),
    "jpeg-xmp": ("jpg", lambda: jpeg_with(b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
    "png-interlaced": ("png", interlaced_png),
    "tiff-tiled": ("tif", lambda: samples.tiff(photometric="rgb", tile=(32, 32))),
    "tiff-big": ("tif", lambda: samples.tiff(photometric="rgb", bigtiff=True)),
    "tiff-packbits": ("tif", lambda: samples.encoded("TIFF", compression="packbits")),
    "tiff-jpeg": ("tif", lambda: samples.encoded("TIFF", compression="jpeg")),
    "tiff-deflate-predictor": (
        "tif",
        lambda: samples.tiff(
            data=samples.scene(), photometric="rgb", compression="zlib", predictor=True
        ),
    ),
    "tiff-planar": (
        "tif",
        lambda: samples.tiff(
            data=np.ascontiguousarray(samples.scene().transpose(2, 0, 1)),
            photometric="rgb",
            planarconfig="separate",
        ),
    ),
    "tiff-pages": (
        "tif",
        lambda: samples.tiff(data=np.stack([samples.scene()] * 3), photometric="rgb"),
    ),
    "gif": ("gif", lambda: samples.encoded("GIF", Image.fromarray(samples.scene()).quantize(16))),
    "bmp": ("bmp", lambda: samples.encoded("BMP")),
    "xmp": ("xmp", lambda: XMP),
}

# Built whole, not mutated: each would cost gigabytes, minutes or the stack if it were believed.
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "bomb-png-20000": ("png", lambda: png(20_000, 20_000, 1, 0, b"\0" * 2501 * 2000)),
    "bomb-png-max": ("png", lambda: png(2**31 - 1, 2**31 - 1, 16, 6, b"\0" * 100)),
    "bomb-png-line": ("png", lambda: png(150_000_000, 1, 8, 2, b"\0" * 1000)),
    "bomb-png-text": (
        "png",
        lambda: png(8, 8, 8, 0, b"\0" * 72, zTXt=b"k\0\0" + zlib.compress(b"a" * 2**28, 9)),
    ),
    "bomb-png-profile": (
        "png",
        lambda: png(8, 8, 8, 0, b"\0" * 72, iCCP=b"k\0\0" + zlib.compress(b"\0" * 2**28, 9)),
    ),
    "bomb-tiff-loop": ("tif", lambda: tiff_chain(3, loop=True)),
    "bomb-tiff-chain": ("tif", lambda: tiff_chain(20_000, loop=False)),
    "bomb-exif-loop": ("jpg", exif_loop),
    "bomb-exif-huge": ("jpg", lambda: jpeg_with(*[b"Exif\0\0MM\0*" + b"\xff" * 65_000] * 100)),
    "bomb-xmp-entities": ("jpg", lambda: jpeg_with(b"http://ns.adobe.com/xap/1.0/\0" + entities())),
    "bomb-sidecar-entities": ("xmp", entities),
    "bomb-sidecar-deep": ("xmp", deep_xml),
    "bomb-zeros": ("jpg", lambda: bytes(2**20)),
    "bomb-empty": ("png", lambda: b""),
}


def shared(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Real files of other programs, where a folder of them is at hand: (name, suffix, bytes)."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.stat().st_size < 3_000_000:
            yield f"real-{path.stem}", path.suffix.lstrip("."), path.read_bytes()
