"""Distort photos by a known effect; a JSON beside each tells its parameters."""

import argparse
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ml.commands.walk import Walk
from ml.errors import ImageError, MLError
from ml.image import Image, Picture
from ml.warps import FAMILIES, Warp, distort
from ml.warps.draw import default, displacement, draw
from ml.warps.sampling import BORDERS, INTERPOLATIONS
from ml.warps.told import description, parse

_WRITTEN = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".png": [],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
    ".tif": [],
    ".tiff": [],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("source", nargs="?", metavar="IN", help="a photo, or a folder of photos")
    parser.add_argument("out", nargs="?", metavar="OUT", type=Path, help="a file, or a folder")
    parser.add_argument("--effect", metavar="NAME", choices=FAMILIES, help=", ".join(FAMILIES))
    parser.add_argument("--param", metavar="K=V", action="append", default=[])
    parser.add_argument("--seed", type=int, metavar="N", help="draw what is not given")
    parser.add_argument(
        "--severity", type=float, metavar="PERCENT", help="mean displacement, of the width"
    )
    parser.add_argument("--border", choices=BORDERS, default="black", help="default black")
    parser.add_argument("--interpolation", choices=INTERPOLATIONS, default="cubic")
    parser.add_argument("--force", action="store_true", help="write over what is there")
    parser.add_argument("--list", action="store_true", help="the effects and their parameters")
    parser.add_argument("--json", action="store_true", help="JSON lines (the only output there is)")


def run(options: argparse.Namespace) -> int:
    """Distort every photo; 2 if any failed."""
    if options.list:
        for name in FAMILIES:
            print(json.dumps(description(name)))
        return 0
    if options.source is None or options.out is None or options.effect is None:
        raise MLError("distort needs IN, OUT and --effect NAME; --list tells the names")
    if options.severity is not None and options.seed is None:
        raise MLError("--severity chooses the strength of what is drawn: it needs --seed N")
    given = parse(options.effect, options.param)
    walk, failed = Walk([options.source]), False
    for name, path in list(walk):
        try:
            line = _distorted(name, path, given, options)
        except MLError as error:
            print(f"{name}: {error}", file=sys.stderr)
            line, failed = {"path": name, "error": str(error)}, True
        print(json.dumps(line), flush=True)
    if walk.skipped:
        print(f"{walk.skipped} files of other types were skipped", file=sys.stderr)
    return 2 if failed else 0


def _distorted(
    name: str, path: Path, given: dict[str, Any], options: argparse.Namespace
) -> dict[str, Any]:
    picture = Picture.open(path)
    out = _place(name, path, options)
    warp = _warp(name, picture.size, given, options)
    pixels = distort(
        picture.full(), warp, border=options.border, interpolation=options.interpolation
    )
    told = {
        "effect": options.effect,
        "parameters": warp.as_json(),
        "source": name,
        "width": picture.size[0],
        "height": picture.size[1],
        "mean_displacement_px": displacement(warp, picture.size) * picture.size[0],
        "border": options.border,
        "interpolation": options.interpolation,
    }
    _write(out, pixels, told)
    return {"path": name, "out": str(out), **told, "error": None}


def _warp(
    name: str, size: tuple[int, int], given: dict[str, Any], options: argparse.Namespace
) -> Warp:
    """The warp of one photo: drawn by the seed and its name within the folder, or the default."""
    if options.seed is None:
        return default(options.effect, size, **given)
    inside = name.removeprefix(options.source.rstrip("/"))
    rng = np.random.default_rng((options.seed, zlib.crc32(inside.encode())))
    severity = None if options.severity is None else options.severity / 100
    return draw(options.effect, size, rng, severity, **given)


def _place(name: str, path: Path, options: argparse.Namespace) -> Path:
    """Where the result goes: OUT itself, or the same place within it, always as a format that can
    be written.
    """
    source, out = Path(options.source), Path(options.out)
    if source.is_dir():
        out = out / name.removeprefix(options.source.rstrip("/")).lstrip("/")
        if out.suffix.lower() not in _WRITTEN:
            out = out.with_name(out.name + ".png")
    elif out.is_dir():
        raise ImageError(f"{out} is a folder; OUT of one photo is a file")
    elif out.suffix.lower() not in _WRITTEN:
        raise ImageError(f"{out}: the name must end in one of {', '.join(_WRITTEN)}")
    if out.exists() and (not options.force or out.samefile(path)):
        raise ImageError(f"{out} is there already; --force writes over it, but never over IN")
    return out


def _write(out: Path, pixels: Image, told: dict[str, Any]) -> None:
    """Write the photo and its JSON, each in one go."""
    done, data = cv2.imencode(out.suffix.lower(), pixels[..., ::-1], _WRITTEN[out.suffix.lower()])
    if not done:
        raise ImageError(f"{out}: a picture of this size cannot be written as {out.suffix}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for place, content in (
            (out.with_name(out.name + ".json"), json.dumps(told, indent=2).encode() + b"\n"),
            (out, data.tobytes()),
        ):
            part = place.with_name(place.name + ".part")
            part.write_bytes(content)
            part.replace(place)
    except OSError as error:
        raise ImageError(f"{out} cannot be written: {error.strerror}") from error
