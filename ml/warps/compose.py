"""Several warps one after the other, as a tuple."""

from collections.abc import Sequence

from ml.warps.warp import Points, Warp


def forward(warps: Sequence[Warp], points: Points) -> Points:
    """Where points (N, 2) of the clean picture lie after all warps; the first is applied first."""
    for warp in warps:
        points = warp.forward(points)
    return points


def inverse(warps: Sequence[Warp], points: Points) -> Points:
    """Where points (N, 2) of the distorted picture lay before all warps."""
    for warp in reversed(warps):
        points = warp.inverse(points)
    return points


def scaled(warps: Sequence[Warp], factor: float) -> tuple[Warp, ...]:
    """The same warps for the picture resized by `factor`."""
    return tuple(warp.scaled(factor) for warp in warps)
