"""Geometric warps with their exact inverses: one file a family, one table of all."""

from ml.warps.compose import forward, inverse
from ml.warps.sampling import covered, distort, recovered, undo
from ml.warps.table import FAMILIES
from ml.warps.warp import Parameter, Points, Warp, WarpError

__all__ = [
    "FAMILIES",
    "Parameter",
    "Points",
    "Warp",
    "WarpError",
    "covered",
    "distort",
    "forward",
    "inverse",
    "recovered",
    "undo",
]
