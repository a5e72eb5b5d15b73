"""Every family of warps, in the one table."""

from ml.warps.arc import Arc
from ml.warps.barrel import Barrel
from ml.warps.bulge import Bulge
from ml.warps.contour import Contour
from ml.warps.fisheye import Fisheye
from ml.warps.lens import Lens
from ml.warps.perspective import Perspective
from ml.warps.pinch import Pinch
from ml.warps.pincushion import Pincushion
from ml.warps.polar import Polar
from ml.warps.ripple import Ripple
from ml.warps.rotation import Rotation
from ml.warps.shear import Shear
from ml.warps.swirl import Swirl
from ml.warps.warp import Warp
from ml.warps.wave import Wave

FAMILIES: dict[str, type[Warp]] = {
    "swirl": Swirl,
    "barrel": Barrel,
    "pincushion": Pincushion,
    "fisheye": Fisheye,
    "lens": Lens,
    "bulge": Bulge,
    "pinch": Pinch,
    "wave": Wave,
    "ripple": Ripple,
    "perspective": Perspective,
    "shear": Shear,
    "rotation": Rotation,
    "polar": Polar,
    "arc": Arc,
    "contour": Contour,
}
