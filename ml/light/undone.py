"""Lost light given back at a photo's own depth, strip by strip, as a recipe's steps say."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.errors import ImageError
from ml.light import laws
from ml.light.told import COLOURS, KINDS, check, ranges_of

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""
Floats = NDArray[np.float32]
Told = tuple[str, dict[str, Any], float]
"""A kind, its parameters, and how much of it is undone, 0 to 1."""

_NOISY = 1.0  # grey levels: less is not seen
_STRIP = 1 << 20  # pixels in floats at a time
_LIGHT = np.array([0.299, 0.587, 0.114], np.float32)
_IDLE = {"density": 1.0, "paper": 1.0, "through": 1.0, "gain": 1.0, "power": 1.0}
_IDLE |= {"veil": 0.0, "depth": 0.0, "air": 0.9, "noise": 0.0}
"""What changes nothing, by what a number's name begins with."""
_SUMMARIES = {
    "faded": "Dyes that faded, on paper that yellowed.",
    "varnish": "Varnish that darkened.",
    "dark": "Too little light.",
    "haze": "Haze between camera and scene.",
}


def undo(values: Values, mode: str, steps: Sequence[Told]) -> Values:
    """Give back light to pixels of a mode as Pillow names it; alpha stays as it is.

    A photo without colour stays so. Raises ImageError for what is no L or RGB, MLError for
    parameters that are none.
    """
    colours = mode.removesuffix("A")
    if colours not in ("L", "RGB"):
        raise ImageError(f"the light of {mode} pictures is not repaired; save it as RGB")
    pixels = values.reshape(*values.shape[:2], -1)
    result = pixels.copy()
    channels = slice(0, len(colours))
    height, width = pixels.shape[:2]
    peak = np.float32(np.iinfo(values.dtype).max)
    step = max(1, _STRIP // width)
    for top in range(0, height, step):
        rows = slice(top, min(height, top + step))
        down = np.arange(rows.start, rows.stop, dtype=np.float32) / max(1, height - 1)
        lost = pixels[rows][..., channels].astype(np.float32) / peak
        done = given_back(np.broadcast_to(lost, (*lost.shape[:2], 3)), down, steps)
        clean = done if colours == "RGB" else (done @ _LIGHT)[..., None]
        result[rows][..., channels] = np.rint(clean * peak)
    return result.reshape(values.shape)


def grain(steps: Sequence[Told]) -> list[Told]:
    """The noise that brightening brings up, told as ml.restoration does; empty where none does."""
    found = [(float(check(kind, told).get("noise", 0)), each) for kind, told, each in steps]
    most, strength = max(found, default=(0.0, 0.0))
    return [("noise", {"sigma": most}, strength)] if most >= _NOISY and strength else []


def given_back(values: Floats, down: Floats, steps: Sequence[Told]) -> Floats:
    """Colours (h, w, 3) of 0..1, whose rows lie so far `down` (h,), 0 to 1, without what steps say,
    one after the other.
    """
    for kind, params, strength in steps:
        clean = _undone(kind, check(kind, params), values, down)
        values = np.asarray(values + np.float32(strength) * (clean - values), np.float32)
    return values


def _undone(kind: str, params: dict[str, float], values: Floats, down: Floats) -> Floats:
    def each(what: str) -> Floats:
        return np.array([params[f"{what}_{colour}"] for colour in COLOURS], np.float32)

    if kind == "faded":
        done = laws.faded(values, each("density"), each("paper"))
    elif kind == "varnish":
        veil = np.array(laws.veil_of(params["veil"]), np.float32)
        done = laws.varnish(values, each("through"), veil)
    elif kind == "dark":
        done = laws.dark(values, each("gain"), each("power"))
    else:
        top, bottom = np.float32(params["depth_top"]), np.float32(params["depth_bottom"])
        done = laws.haze(values, (top + (bottom - top) * down)[:, None, None], each("air"))
    return np.asarray(done, np.float32)


def draft(pixels: NDArray[np.uint8], steps: Sequence[Told]) -> NDArray[np.uint8]:
    """The same of a small (H, W, 3), for the screen."""
    return np.asarray(undo(pixels, "RGB", steps), np.uint8)


def kinds() -> list[dict[str, Any]]:
    """The kinds with what can be set by hand, as ml.warps.told has those of warps."""
    return [
        {
            "effect": kind,
            "summary": _SUMMARIES[kind],
            "parameters": [
                {
                    "name": name,
                    "type": "number",
                    "unit": None,
                    "range": list(ends),
                    "default": idle(kind)[name],
                    "of": None,
                }
                for name, ends in ranges_of(kind).items()
            ],
        }
        for kind in KINDS
    ]


def idle(kind: str) -> dict[str, float]:
    """The numbers of a kind that change least."""
    return {
        name: float(np.clip(_IDLE[name.partition("_")[0]], *ends))
        for name, ends in ranges_of(kind).items()
    }
