"""A repaired photo as a file: format, depth, profile, sampling and metadata of its source kept."""

import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pyexiv2
import tifffile
from PIL import Image, JpegImagePlugin

from ml.errors import ImageError
from ml.image import formats
from ml.image.deep import Deep
from ml.image.header import DECODER_ERRORS, open_plugin
from ml.image.picture import Picture

SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe"),
    "PNG": (".png",),
    "WebP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "HEIC": (".heic", ".heif", ".hif"),
    "AVIF": (".avif",),
}
_LONGEST = {"JPEG": 65_500, "WebP": 16_383}  # pixels of a side that a format holds
_FINE = 369  # the sum of the first table of quality 95
_MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WebP": "image/webp", "TIFF": "image/tiff"}
_QUALITY = 95  # of formats whose own quality cannot be read from a file
_TIFF_KEPT = {"raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"}
_PLACES = ("Xmp.mwg-rs.Regions", "Xmp.MP.RegionInfo", "Xmp.iptcExt.ImageRegion")
# What describes the stored pixels, which are others now.
_STALE = ("Exif.Thumbnail.", "Exif.Image.SubIFDs", "Exif.SubImage", "Exif.Photo.MakerNotePreview")


def format_of(picture: Picture) -> str:
    """Return the format of a repaired version: the photo's own, TIFF for a RAW."""
    return "TIFF" if picture.raw else picture.header.format


def form_for(picture: Picture, size: tuple[int, int]) -> str:
    """Return the format of a version of (width, height): PNG where the usual one holds less."""
    usual = format_of(picture)
    return "PNG" if max(size) > _LONGEST.get(usual, max(size)) else usual


def suffix_of(picture: Picture, form: str | None = None) -> str:
    """Return the suffix of a repaired version: as the photo's, or that of its format."""
    own, known = picture.path.suffix, SUFFIXES[form or format_of(picture)]
    return own if own.lower() in known else known[0]


def save(
    deep: Deep,
    picture: Picture,
    target: Path,
    *,
    moved: bool,
    form: str | None = None,
    finer: bool = False,
) -> None:
    """Write repaired pixels of a photo to `target`, at once or not at all, as `form` (of SUFFIXES)
    or the photo's own.

    A JPEG keeps its quantisation tables (`finer`: those of quality 95 where its own are coarser,
    so that what compression did is not done again) and chroma sampling, a PNG or TIFF its bits;
    EXIF, IPTC and XMP come along with an Orientation of 1 and without thumbnails; where things
    `moved`, without the regions that other programs drew. Raises ImageError where that cannot be
    done, OSError where the disk is full.
    """
    name = form or format_of(picture)
    with _replacing(target, name) as part:
        try:
            _write(deep, picture, part, name, finer=finer)
        except (*DECODER_ERRORS, cv2.error) as error:
            if isinstance(error, OSError) and error.errno:  # a full disk, not a picture's fault
                raise
            raise ImageError(f"the repaired photo cannot be written ({error})") from error
        _bring_metadata(picture, part, (deep.values.shape[1], deep.values.shape[0]), moved)


def turn(picture: Picture, target: Path, quarters: int) -> bool:
    """Copy a JPEG and say in its Orientation that it is shown turned anticlockwise by so many
    quarters; False where the file cannot say so, or says something else already.
    """
    if picture.form is not formats.JPEG or picture.header.orientation != 1:
        return False
    with _replacing(target, "JPEG") as part:
        shutil.copyfile(picture.path, part)
        try:
            with pyexiv2.Image(str(part)) as copy:
                copy.modify_exif({"Exif.Image.Orientation": _SHOWN_TURNED[quarters]})
                if "Xmp.tiff.Orientation" in copy.read_xmp():
                    copy.modify_xmp({"Xmp.tiff.Orientation": _SHOWN_TURNED[quarters]})
        except RuntimeError as error:
            raise ImageError(f"its metadata cannot be written ({error})") from error
    return True


_SHOWN_TURNED = ("1", "8", "3", "6")  # anticlockwise by so many quarters


def _write(deep: Deep, picture: Picture, part: Path, name: str, *, finer: bool) -> None:
    another = name != format_of(picture)
    if another and name not in ("PNG", "TIFF") and deep.values.dtype == np.uint16:
        deep = deep.with_values((deep.values >> 8).astype(np.uint8))
    if deep.values.dtype == np.uint16:
        if name == "PNG":
            part.write_bytes(_deep_png(deep))
        elif name == "TIFF":
            _deep_tiff(deep, part)
        else:
            raise ImageError(f"{name} does not hold 16 bits")
        return
    image = Image.fromarray(deep.values, deep.mode)
    options: dict[str, Any] = {"icc_profile": deep.profile} if deep.profile else {}
    if name == "HEIC":
        pillow_heif.from_pillow(image).save(part, quality=_QUALITY, **options)
        return
    if another:
        options |= {} if name in ("PNG", "TIFF") else {"quality": _QUALITY}
    else:
        with open_plugin(picture.path, picture.form) as source:
            options |= _as_before(source, finer=finer)
    image.save(part, _PILLOW.get(name, name), **options)


_PILLOW = {"WebP": "WEBP"}


def _as_before(source: Image.Image, *, finer: bool) -> dict[str, Any]:
    """Return how the source was compressed, as options for the same again."""
    if isinstance(source, JpegImagePlugin.JpegImageFile):
        sampling = JpegImagePlugin.get_sampling(source)
        coarse = finer and sum(source.quantization[0]) > _FINE
        return {
            **({"quality": _QUALITY} if coarse else {"qtables": source.quantization}),
            "subsampling": max(sampling, 0),
            "progressive": bool(source.info.get("progressive")),
            "optimize": True,
        }
    if source.format == "WEBP":
        lossless = b"VP8L" in Path(source.filename).read_bytes()[:64]  # type: ignore[attr-defined]
        return {"lossless": True} if lossless else {"quality": _QUALITY}
    if source.format == "TIFF":
        kept = source.info.get("compression")
        return {"compression": kept if kept in _TIFF_KEPT else "tiff_adobe_deflate"}
    return {"quality": _QUALITY} if source.format == "AVIF" else {}


def _deep_png(deep: Deep) -> bytes:
    values = deep.values
    if deep.mode == "RGB":
        values = values[:, :, ::-1]
    elif deep.mode == "RGBA":
        values = values[:, :, [2, 1, 0, 3]]
    _, encoded = cv2.imencode(".png", values)
    data = encoded.tobytes()
    if not deep.profile:
        return data
    body = b"iCCP" + b"ICC profile\0\0" + zlib.compress(deep.profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    first = 8 + 25  # signature and IHDR
    return data[:first] + chunk + data[first:]


def _deep_tiff(deep: Deep, part: Path) -> None:
    tifffile.imwrite(
        part,
        deep.values,
        photometric="minisblack" if deep.mode == "L" else "rgb",
        extrasamples=["unassalpha"] if deep.mode == "RGBA" else None,
        compression="adobe_deflate",
        predictor=True,
        iccprofile=deep.profile,
        metadata=None,
        software=False,
    )


def _bring_metadata(picture: Picture, part: Path, size: tuple[int, int], moved: bool) -> None:
    """Copy what the source says of itself; what it says of its stored pixels is made true.

    A source whose metadata cannot be read, or a format that cannot take them, goes without.
    """
    try:
        with pyexiv2.Image(str(picture.path)) as source:
            exif, iptc, xmp = source.read_exif(), source.read_iptc(), source.read_raw_xmp()
    except RuntimeError:
        return
    exif = {key: value for key, value in exif.items() if not key.startswith(_STALE)}
    if picture.form is formats.TIFF or picture.raw:  # its first directory is about its pixels
        exif = {k: v for k, v in exif.items() if not k.startswith(_STRUCTURE)}
    exif["Exif.Image.Orientation"] = "1"
    for key, value in zip(_SIZES, size, strict=True):
        if key in exif:
            exif[key] = str(value)
    try:
        with pyexiv2.Image(str(part)) as copy:
            copy.modify_exif(exif)
            if iptc:
                copy.modify_iptc(iptc)
            if xmp:
                copy.modify_raw_xmp(xmp)
                gone = _PLACES if moved else ()
                stale = [
                    k for k in copy.read_xmp() if k.startswith((*gone, "Xmp.tiff.Orientation"))
                ]
                copy.modify_xmp(dict.fromkeys(stale))
    except RuntimeError:  # HEIC and AVIF take none; the delivered copy has a sidecar
        return


_SIZES = ("Exif.Photo.PixelXDimension", "Exif.Photo.PixelYDimension")
_STRUCTURE = tuple(
    f"Exif.Image.{name}"
    for name in (
        *("NewSubfileType", "ImageWidth", "ImageLength", "BitsPerSample", "Compression", "Strip"),
        *("PhotometricInterpretation", "Tile", "SamplesPerPixel", "RowsPerStrip", "Predictor"),
        *("PlanarConfiguration", "ExtraSamples", "SampleFormat", "InterColorProfile", "JPEG"),
        *("ColorMap", "YCbCr", "ReferenceBlackWhite", "CFA", "DNG", "Opcode", "XMLPacket"),
        *("ImageResources", "IPTCNAA", "ExifTag", "GPSTag"),
    )
)


@contextmanager
def _replacing(target: Path, name: str) -> Iterator[Path]:
    """Give a temporary path with the format's suffix that becomes `target` when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = SUFFIXES[name][0]
    handle, place = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=f".part{suffix}")
    os.close(handle)
    part = Path(place)
    try:
        yield part
        part.chmod(0o644)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
