"""Small files of every format that is taken, made on the spot."""

import io
from collections.abc import Callable

import numpy as np
import pillow_heif
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

WIDTH, HEIGHT = 96, 64


def scene(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A smooth picture with corners in red, green, grey and blue, clockwise from top left."""
    y, x = np.mgrid[0:height, 0:width]
    right, low = x / (width - 1), y / (height - 1)
    corners = np.array([[200, 40, 40], [40, 180, 40], [128, 128, 128], [40, 40, 220]], float)
    weights = np.stack([(1 - right) * (1 - low), right * (1 - low), right * low, (1 - right) * low])
    return np.einsum("khw,kc->hwc", weights, corners).round().astype(np.uint8)


def encoded(form: str, image: Image.Image | None = None, **options: object) -> bytes:
    """Encode a picture by Pillow."""
    out = io.BytesIO()
    (image or Image.fromarray(scene())).save(out, form, **options)
    return out.getvalue()


def dng(preview: bool = False, orientation: int = 6) -> bytes:
    """A raw mosaic of 128 × 96 with the few tags that a reader of DNG asks for.

    With `preview`, the scene at 64 × 48 comes first, as cameras and converters write it.
    """
    mosaic = (scene(128, 96)[:, :, 1].astype(np.uint16) * 16) + 64
    camera = [
        (50706, 1, 4, (1, 4, 0, 0), True),  # DNGVersion
        (50707, 1, 4, (1, 1, 0, 0), True),  # DNGBackwardVersion
        (50708, 2, 0, "Proofsheet test", True),  # UniqueCameraModel
        (271, 2, 0, "Proofsheet", True),
        (272, 2, 0, "Test", True),
        (274, 3, 1, orientation, True),
        (
            50721,
            10,
            9,
            (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1),
            True,
        ),  # ColorMatrix1
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),  # AsShotNeutral
        (50778, 3, 1, 21, True),  # CalibrationIlluminant1
    ]
    sensor = [
        (33421, 3, 2, (2, 2), True),  # CFARepeatPatternDim
        (33422, 1, 4, (0, 1, 1, 2), True),  # CFAPattern
        (50714, 3, 1, 64, True),  # BlackLevel
        (50717, 4, 1, 4095, True),  # WhiteLevel
    ]
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        if preview:
            first = {"photometric": "rgb", "subfiletype": 1, "subifds": 1, "extratags": camera}
            writer.write(scene(64, 48), metadata=None, **first)
        tags = sensor if preview else camera + sensor
        writer.write(mosaic, photometric=32803, subfiletype=0, extratags=tags, metadata=None)
    return out.getvalue()


def raw_file(number: int) -> bytes:
    """A DNG of another mosaic for every number."""
    row = ((scene(128, 96)[0, :, 1].astype(np.uint16) * 16) + 64).astype("<u2")
    changed = (row + np.uint16(number + 1)).astype("<u2")
    return dng().replace(row.tobytes(), changed.tobytes(), 1)


def heic() -> bytes:
    """A HEIC by libheif's encoder."""
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(scene())).save(out, quality=80)
    return out.getvalue()


def tiff(**options: object) -> bytes:
    """A TIFF by tifffile, 16 bit unless data are given."""
    out = io.BytesIO()
    data = options.pop("data", scene().astype(np.uint16) * 257)
    tifffile.imwrite(out, data, **options)
    return out.getvalue()


def animation(form: str) -> bytes:
    """Two frames, the first one being the scene."""
    first, second = Image.fromarray(scene()), Image.new("RGB", (WIDTH, HEIGHT), "black")
    return encoded(form, first, save_all=True, append_images=[second], duration=100)


SAMPLES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded("JPEG", quality=92),
    "jpeg-progressive": lambda: encoded("JPEG", quality=85, progressive=True),
    "jpeg-grey": lambda: encoded("JPEG", Image.fromarray(scene()).convert("L")),
    "jpeg-cmyk": lambda: encoded("JPEG", Image.fromarray(scene()).convert("CMYK")),
    "png": lambda: encoded("PNG"),
    "png-palette": lambda: encoded("PNG", Image.fromarray(scene()).quantize(64)),
    "png-alpha": lambda: encoded("PNG", Image.fromarray(scene()).convert("RGBA")),
    "png-grey16": lambda: encoded("PNG", Image.fromarray(scene()[:, :, 1].astype(np.uint16) * 257)),
    "png-bilevel": lambda: encoded("PNG", Image.fromarray(scene()).convert("1")),
    "png-animated": lambda: animation("PNG"),
    "webp": lambda: encoded("WEBP", quality=80),
    "webp-lossless": lambda: encoded("WEBP", lossless=True),
    "webp-animated": lambda: animation("WEBP"),
    "tiff": lambda: encoded("TIFF"),
    "tiff-lzw": lambda: encoded("TIFF", compression="tiff_lzw"),
    "tiff-lab": lambda: encoded("TIFF", Image.fromarray(scene()).convert("LAB")),
    "tiff-16": lambda: tiff(photometric="rgb"),
    "tiff-16-deflate": lambda: tiff(photometric="rgb", compression="zlib", predictor=True),
    "tiff-float": lambda: tiff(data=scene()[:, :, 1].astype(np.float32) / 255),
    "avif": lambda: encoded("AVIF", quality=80),
    "heic": heic,
    "dng": dng,
    "dng-preview": lambda: dng(preview=True),
}


def swapped_profile() -> bytes:
    """An ICC profile that takes red for blue and blue for red: sRGB with two tags renamed."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")
