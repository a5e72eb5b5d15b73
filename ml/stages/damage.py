"""Damage of a photo: noise, blur and compression, where they are strong enough to be repaired."""

from ml.image import Picture
from ml.image.header import UNREPAIRED
from ml.restoration import blurred, gate, grain
from ml.results import Finding
from ml.weights.manifest import entry
from ml.weights.store import sha256


def find_damage(picture: Picture) -> tuple[Finding, ...]:
    """Judge a photo at full size; nothing where it is clean, or too small to tell, nor of a RAW:
    what is seen of it is a camera's compressed preview, not the pixels that a repair would change.
    What is told and not repaired has no parameters: anything in a file of other colours than grey
    or RGB, which no network takes.

    Raises WeightsError when trees or gate are missing, ImageError when the photo turns out
    damaged.
    """
    if picture.raw:
        return ()
    width, height = picture.size
    repaired = picture.header.colours not in UNREPAIRED
    region = (0.0, 0.0, float(width), float(height))
    return tuple(
        Finding("damage", one.kind, one.chance, one.params if repaired else {}, region)
        for one in gate.proposed(picture.full())
    )


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of, and how kernels are looked for."""
    return (
        (grain.NETWORK, entry(grain.NETWORK).sha256),
        ("gate", sha256(gate.FILE)),
        ("search", blurred.VERSION),
    )
