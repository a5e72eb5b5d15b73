"""Light of a photo: faded, under dark varnish, too dark or hazy, where that is sure."""

from typing import Any

from ml.image import Picture
from ml.image.header import UNREPAIRED
from ml.light import brighten, gate, told
from ml.results import Finding
from ml.weights.manifest import entry


def find_light(picture: Picture) -> tuple[Finding, ...]:
    """Judge a photo by a small view, in the order in which losses are undone; nothing of a RAW,
    whose light its developer makes. What is told of a file of other colours than grey or RGB has no
    parameters: it is not repaired.

    Raises WeightsError when network or gate are missing, ImageError when the photo turns out
    damaged.
    """
    if picture.raw:
        return ()
    width, height = picture.size
    region = (0.0, 0.0, float(width), float(height))
    return tuple(
        Finding("light", one.kind, one.chance, _params(picture, one), region)
        for one in gate.proposed(picture.view(brighten.SIDE))
    )


def _params(picture: Picture, one: told.Loss) -> dict[str, Any]:
    if picture.header.colours in UNREPAIRED:
        return {}
    if one.kind != "dark":
        return dict(one.params)
    return one.params | {"noise": brighten.noise(picture.full(), one.params)}


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    names = (told.TREES, told.NETWORK, brighten.NETWORK)
    return tuple((name, entry(name).sha256) for name in names)
