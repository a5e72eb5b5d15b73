"""Geometric distortion of a photo: what bent it, and by how much."""

from ml.estimators.diagnosis import SIDE, diagnose
from ml.estimators.distortion import NETWORK
from ml.estimators.gate import gate_of
from ml.estimators.refinement import networks
from ml.image import Picture
from ml.image.picture import shrink
from ml.results import Finding
from ml.weights.manifest import entry

VIEW_SIDE = SIDE


def find_distortion(picture: Picture) -> tuple[Finding, ...]:
    """Find the effects of a photo, in the order in which they are to be undone.

    Raises WeightsError when the network is missing, ImageError when the photo turns out damaged.
    """
    found_by = networks()
    view = shrink(picture.view(SIDE), SIDE)
    factor = picture.size[0] / view.shape[1]
    found = diagnose(found_by, view, gate_of(entry(NETWORK).sha256))
    return tuple(
        Finding(
            "distortion",
            each.kind,
            each.confidence,
            each.scaled(factor).warp.as_json(),
            each.scaled(factor).region(picture.size),
        )
        for each in found
    )
