"""From whatever a file stores to 8-bit sRGB: palettes, grey, CMYK, Lab, alpha, high bit depths, ICC
profiles.
"""

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_MAX_PROFILE_BYTES = 8_000_000
_IDENTITY_TOLERANCE = 3  # of 255: a profile this close to sRGB is not worth a pass over every pixel
_SRGB = ImageCms.createProfile("sRGB")
_LAB = ImageCms.createProfile("LAB")
_HIGH_DEPTH = {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}


def to_8_bit(image: Image.Image) -> Image.Image:
    """Bring bilevel, palette, 16-bit, 32-bit and float pictures to an 8-bit mode; others come back
    as they are.
    """
    if image.mode in _HIGH_DEPTH:
        return Image.fromarray(_scale_depth(np.asarray(image)))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert(
            "RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB"
        )
    if image.mode in ("RGB", "L") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _scale_depth(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Map 16-bit integers by their range, wider integers and floats by the smallest usual range
    that holds them.
    """
    if values.dtype.itemsize == 2:
        return (values.astype(np.uint16) >> 8).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(numbers.max(initial=0.0))
    is_float = np.issubdtype(values.dtype, np.floating)
    ranges = (1.0, 255.0, 65535.0) if is_float else (255.0, 65535.0, 2.0**31)
    top = next((limit for limit in ranges if peak <= limit), peak)
    scaled: NDArray[np.float32] = np.clip(numbers * np.float32(255.0 / top), 0, 255)
    return scaled.astype(np.uint8)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an 8-bit picture to RGB in sRGB, transparent parts on white.

    A profile that is damaged or does not fit the picture is left aside, as browsers do.
    """
    if image.mode in ("LA", "La", "RGBA", "RGBa"):
        return _on_white(image, profile)
    transform = _transform(profile or b"", image.mode)
    if transform is not None:
        try:
            return ImageCms.applyTransform(image, transform) or image
        except (ImageCms.PyCMSError, ValueError):
            pass
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image, profile: bytes | None) -> Image.Image:
    colour = image.convert("RGBA")
    alpha = colour.getchannel("A")
    opaque = image.convert("L") if image.mode in ("LA", "La") else colour.convert("RGB")
    rgb = to_srgb(opaque, profile)
    white = Image.new("RGB", rgb.size, "white")
    white.paste(rgb, mask=alpha)
    return white


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from a profile to sRGB, or None where none is needed or possible."""
    if mode == "LAB":
        return ImageCms.buildTransform(_LAB, _SRGB, "LAB", "RGB")
    if not profile or len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            _SRGB,
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if mode == "RGB" and _is_identity(transform) else transform


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    out = np.asarray(ImageCms.applyTransform(Image.fromarray(lattice), transform))
    return bool(np.abs(out.astype(int) - lattice).max() <= _IDENTITY_TOLERANCE)
