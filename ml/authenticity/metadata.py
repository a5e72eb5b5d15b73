"""What a file says about its making, weighed for what it is worth: fields are easily written."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ml.authenticity.credentials import CAPTURED_TYPES, EDITED_TYPES, GENERATED_TYPES, read
from ml.image import Picture, formats
from ml.image.header import DECODER_ERRORS, open_plugin
from ml.results import Evidence

Pixels = NDArray[np.uint8]

EXPOSURE = (
    ExifTags.Base.ExposureTime,
    ExifTags.Base.FNumber,
    ExifTags.Base.ISOSpeedRatings,
    ExifTags.Base.FocalLength,
    ExifTags.Base.DateTimeOriginal,
)
EDITORS = re.compile(
    r"photoshop|lightroom|gimp|affinity|capture one|darktable|luminar|snapseed|pixelmator|paint",
    re.IGNORECASE,
)
_PROMPT_KEYS = ("parameters", "prompt", "workflow", "sd-metadata", "invokeai_metadata", "dream")
_THUMBNAIL, _THUMBNAIL_SIZE = 513, 514
_LARGEST_THUMBNAIL = 1024  # px
_MIRRORED = (2, 4, 5, 7)  # orientations
_SAME_SHAPE = 0.03  # of the ratio of the sides
_ALIKE = 0.75  # correlation below which a thumbnail shows another picture
_TYPED = 0.4
STATED = 4.0  # log odds: the file itself says that it was generated


@dataclass(frozen=True)
class Said:
    """What metadata adds: `generated` and `edited` to the log odds of these, and in words."""

    generated: float
    edited: float
    evidence: tuple[Evidence, ...]
    quality: int | None  # of the JPEG, 1 to 100


def said(picture: Picture, view: Pixels) -> Said:
    """Read a photo's fields, thumbnail and credentials; a damaged block says nothing."""
    exif, info, quality = Image.Exif(), dict[Any, Any](), None
    taken: dict[int, Any] = {}
    if not picture.raw:
        try:
            with open_plugin(picture.path, picture.form) as image:
                info = dict(image.info)
                if picture.header.format == formats.TIFF.name:
                    exif = image.getexif()  # its fields are the file's own
                else:
                    exif.load(info.get("exif") or b"")
                taken = exif.get_ifd(ExifTags.IFD.Exif)
                quality = _quality(getattr(image, "quantization", None))
        except DECODER_ERRORS:
            pass  # damaged metadata says nothing
    found = [*_stated(picture.path, info), *_camera(exif, taken, raw=picture.raw)]
    found += _thumbnail(exif, info, view, picture.header.orientation)
    generated = sum(g for g, _, _ in found)
    edited = sum(e for _, e, _ in found)
    return Said(generated, edited, tuple(each for *_, each in found), quality)


_Told = tuple[float, float, Evidence]


def _told(kind: str, text: str, generated: float = 0.0, edited: float = 0.0) -> _Told:
    return generated, edited, Evidence(kind, text, round(0.0 - (generated + edited), 2))


def _stated(path: Path, info: dict[Any, Any]) -> list[_Told]:
    """Content Credentials, DigitalSourceType, and the prompts that programs leave in PNG files."""
    told, found = read(path), list[_Told]()
    if told.present:
        who = f" naming {', '.join(told.names)}" if told.names else ""
        found.append(
            _told(
                "credentials",
                f"The file carries Content Credentials (C2PA){who}. "
                "Their signature has not been verified here.",
            )
        )
    for origin, codes in (("credentials", told.types), ("field", (told.told,) * bool(told.told))):
        for code in codes:
            found.append(_typed(origin, str(code)))
    if any(str(key).lower() in _PROMPT_KEYS for key in info):
        text = "The file holds the prompt or settings that image generators write. Anyone can."
        found.append(_told("metadata", text, STATED))
    return found


def _typed(origin: str, code: str) -> _Told:
    where = "Its Content Credentials say" if origin == "credentials" else "Its IPTC field says"
    text = f"{where} “{code}” (DigitalSourceType). Nobody has verified that."
    if code in GENERATED_TYPES:
        return _told("source_type", text, STATED)
    if code in EDITED_TYPES:
        return _told("source_type", text, 0.0, STATED)
    return _told("source_type", text, -_TYPED if code in CAPTURED_TYPES else 0.0)


def _camera(exif: Image.Exif, taken: dict[int, Any], *, raw: bool) -> list[_Told]:
    if raw:
        return [_told("metadata", "The file is a camera's RAW.", -1.0, -0.5)]
    make, model = (
        str(exif.get(tag) or "").strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)
    )
    # Many write their name into both.
    model = model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()
    fields = sum(tag in taken for tag in EXPOSURE)
    notes = ExifTags.Base.MakerNote in taken
    found = []
    if model and fields >= 3:
        worth = 0.5 if notes else 0.3
        beside = " and the camera maker's own notes" if notes else ""
        text = f"Camera ({model[:60]}), exposure and time{beside} fit together. Such fields can "
        found.append(_told("metadata", text + "be copied from another photo.", -worth))
    elif model:
        text = f"A camera is named ({model[:60]}), but little of what cameras write with it."
        found.append(_told("metadata", text))
    else:
        text = "No camera is named. Messengers and web pages take such fields out of photos, too."
        found.append(_told("metadata", text))
    program = str(exif.get(ExifTags.Base.Software) or "").strip("\0 ")
    if EDITORS.search(program):
        text = f"Saved by {program[:60]}. Developing leaves such a name as well: it counts nothing."
        found.append(_told("editor", text))
    return found


def _thumbnail(
    exif: Image.Exif, info: dict[Any, Any], view: Pixels, orientation: int
) -> list[_Told]:
    """Whether the small picture in the file shows the same as the large one."""
    try:
        block = bytes(info["exif"])[6:]
        first = exif.get_ifd(ExifTags.IFD.IFD1)
        start, size = int(first[_THUMBNAIL]), int(first[_THUMBNAIL_SIZE])
        with Image.open(BytesIO(block[start : start + size]), formats=["JPEG"]) as small:
            if max(small.size) > _LARGEST_THUMBNAIL:
                return []
            thumb = np.asarray(small.convert("L"))
    except DECODER_ERRORS:
        return []
    shape = view.shape[:2][::-1] if orientation >= 5 else view.shape[:2]
    if abs(np.log(thumb.shape[0] / thumb.shape[1] * shape[1] / shape[0])) > _SAME_SHAPE:
        return []  # cropped, or with bars: development
    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    ways = (grey, grey[:, ::-1]) if orientation in _MIRRORED else (grey,)
    best = max(_correlation(thumb, np.rot90(way, turn)) for way in ways for turn in range(4))
    if best >= _ALIKE:
        return [_told("thumbnail", "The small picture in the file shows the same.", 0.0, -0.2)]
    text = "The small picture that the camera left in the file shows something else."
    return [_told("thumbnail", text, 0.0, 1.5)]


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    cells = [
        cv2.resize(np.ascontiguousarray(each), (24, 24), interpolation=cv2.INTER_AREA).ravel()
        for each in (one, other)
    ]
    spread = cells[0].std() * cells[1].std()
    return float(np.asarray(np.corrcoef(cells[0], cells[1]))[0, 1]) if spread > 0 else 1.0


def _quality(tables: dict[int, list[int]] | None) -> int | None:
    """The quality that libjpeg would have been given, from the first table's sum."""
    if not tables or 0 not in tables:
        return None
    share = 100 * sum(tables[0]) / _LIBJPEG_SUM
    return round(5000 / share if share > 100 else max(1.0, (200 - share) / 2))


_LIBJPEG_SUM = 3688  # of the standard luma table, which is quality 50
