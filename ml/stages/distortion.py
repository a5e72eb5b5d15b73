"""Geometric distortion of a photo: what bent it, and by how much."""

from ml.estimators import explanation, gate
from ml.estimators.diagnosis import diagnose
from ml.estimators.refinement import in_use, parts
from ml.image import Picture
from ml.results import Finding
from ml.weights.manifest import entry
from ml.weights.store import sha256


def find_distortion(picture: Picture) -> tuple[Finding, ...]:
    """Find the effects of a photo, in the order in which they are to be undone.

    Raises WeightsError when the network is missing, ImageError when the photo turns out damaged.
    """
    found_by, limits = in_use()
    image = picture.full()
    factor = picture.size[0] / image.shape[1]  # a RAW's preview is smaller
    found = diagnose(found_by, image, limits)
    return tuple(
        Finding(
            "distortion",
            each.effect,
            each.confidence,
            each.scaled(factor).warp.as_json(),
            each.scaled(factor).region(picture.size),
        )
        for each in found
    )


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of, and how warps are looked for."""
    networks = tuple((name, entry(name).sha256) for name in parts())
    return (*networks, ("gate", sha256(gate.FILE)), ("search", explanation.VERSION))
