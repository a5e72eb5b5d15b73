"""Which camera body took a photo, as far as its file says."""

import re
from typing import Any

from PIL import ExifTags, Image

from ml.authenticity.metadata import EDITORS, EXPOSURE
from ml.image import Picture, formats
from ml.image.header import DECODER_ERRORS, open_plugin

_FIELDS = 3  # of what cameras write about an exposure, at least
_LONGEST = 200


def body(picture: Picture) -> str | None:
    """Make, model, serial number where one is written, and stored size, in at most 200 characters;
    None where the file does not look like a camera's own JPEG.
    """
    if picture.header.format != formats.JPEG.name:
        return None
    exif = Image.Exif()
    try:
        with open_plugin(picture.path, picture.form) as image:
            exif.load(image.info.get("exif") or b"")
            size = f"{image.width}×{image.height}"
        taken = exif.get_ifd(ExifTags.IFD.Exif)
    except DECODER_ERRORS:
        return None
    named = (exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model))
    make, model = (_plain(each) for each in named)
    edited = EDITORS.search(str(exif.get(ExifTags.Base.Software) or ""))
    if not (make and model) or edited or sum(tag in taken for tag in EXPOSURE) < _FIELDS:
        return None
    serial = _plain(taken.get(ExifTags.Base.BodySerialNumber))
    return " · ".join((make, model, serial or "no serial number", size))[:_LONGEST]


def _plain(field: Any) -> str:
    """A field without control characters, which databases refuse."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(field or "")).strip()
