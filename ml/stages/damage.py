"""Damage of a photo: noise, blur and compression, where they are strong enough to be repaired."""

from ml.image import Picture
from ml.image.header import UNREPAIRED
from ml.restoration import gate, grain, undone
from ml.results import Finding
from ml.weights.manifest import entry


def find_damage(picture: Picture) -> tuple[Finding, ...]:
    """Judge a photo at full size; nothing where it is clean, or too small to tell, nor of a RAW:
    what is seen of it is a camera's compressed preview, not the pixels that a repair would change.
    What is told and not repaired has no parameters: motion, and anything in a file of other
    colours than grey or RGB, which no network takes.

    Raises WeightsError when trees or gate are missing, ImageError when the photo turns out
    damaged.
    """
    if picture.raw:
        return ()
    width, height = picture.size
    repaired = () if picture.header.colours in UNREPAIRED else undone.REPAIRED
    region = (0.0, 0.0, float(width), float(height))
    return tuple(
        Finding("damage", one.kind, one.chance, one.params if one.kind in repaired else {}, region)
        for one in gate.proposed(picture.full())
    )


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    return ((grain.NETWORK, entry(grain.NETWORK).sha256),)
