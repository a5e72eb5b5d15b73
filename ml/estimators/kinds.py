"""The kinds of distortion that the network tells apart."""

from ml.estimators.encodings import ENCODINGS

KINDS = ("none", *ENCODINGS)
GROUPS = (
    "none",
    "swirl",
    "radial",
    "bulge_pinch",
    "wave_ripple",
    "polar",
    "arc",
    "contour",
    "perspective",
    "shear",
    "rotation",
)
_GROUPED = {
    "barrel": "radial",
    "pincushion": "radial",
    "fisheye": "radial",
    "bulge": "bulge_pinch",
    "pinch": "bulge_pinch",
    "wave": "wave_ripple",
    "ripple": "wave_ripple",
}
GROUP_OF = {kind: _GROUPED.get(kind, kind) for kind in KINDS}
# Which model of a kind, where kinds have several: one softmax over those of the kind.
CHOICES = tuple(
    (kind, choice) for kind, encoding in ENCODINGS.items() for choice in encoding.choices(kind)
)
