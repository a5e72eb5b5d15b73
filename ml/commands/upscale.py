"""Enlarge photos two, three or four times; one JSON line per photo."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from ml.commands.walk import Walk
from ml.engine import Engine
from ml.errors import ImageError, MLError
from ml.image import MAX_PIXELS, Picture, deep
from ml.repair import saving
from ml.superres import streamed
from ml.superres.upscale import FACTORS, INVENTED, METHODS, network, upscale


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("source", metavar="IN", help="a photo, or a folder of photos")
    parser.add_argument("out", metavar="OUT", type=Path, help="a file, or a folder like IN")
    parser.add_argument("--factor", type=int, choices=FACTORS, default=2, help="default 2")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="quality",
        help=f"default quality; the detail of {INVENTED} is invented",
    )
    parser.add_argument("--force", action="store_true", help="write over what is there")
    parser.add_argument("--json", action="store_true", help="JSON lines (the only output there is)")


def run(options: argparse.Namespace) -> int:
    """Enlarge every photo; 2 if any failed."""
    ready = network(options.method)
    walk, failed = Walk([options.source]), False
    for name, path in list(walk):
        try:
            line = _enlarged(name, path, ready, options)
        except MLError as error:
            print(f"{name}: {error}", file=sys.stderr)
            line, failed = {"path": name, "error": str(error)}, True
        print(json.dumps(line), flush=True)
    if walk.skipped:
        print(f"{walk.skipped} files of other types were skipped", file=sys.stderr)
    return 2 if failed else 0


def _enlarged(name: str, path: Path, ready: Engine, options: argparse.Namespace) -> dict[str, Any]:
    picture = Picture.open(path)
    width, height = (side * options.factor for side in picture.size)
    out, form = _place(name, picture, options)
    whole = width * height <= MAX_PIXELS
    if not whole and form != "TIFF":
        raise ImageError(
            f"{options.factor} times as large it would have {width} × {height} pixels: what has "
            f"more than {MAX_PIXELS / 1e6:g} megapixels is written as TIFF alone (OUT.tif)"
        )
    began = time.perf_counter()
    photo, told = deep.read(picture), _Told(name).progress
    if whole:
        large = upscale(photo.values, options.factor, ready, mode=photo.mode, progress=told)
        saving.save(photo.with_values(large), picture, out, moved=False, form=form)
    else:
        streamed.write(photo, picture, out, options.factor, ready, progress=told)
    return {
        "path": name,
        "out": str(out),
        "width": width,
        "height": height,
        "factor": options.factor,
        "method": options.method,
        "invented": options.method == INVENTED,
        "seconds": round(time.perf_counter() - began, 3),
        "error": None,
    }


class _Told:
    """Progress of one photo on stderr, every tenth once."""

    def __init__(self, name: str) -> None:
        self.name, self.tenth = name, 0

    def progress(self, share: float) -> None:
        """Tell a share that is done."""
        if int(share * 10) > self.tenth:
            self.tenth = int(share * 10)
            print(f"{self.name}: {self.tenth * 10} %", file=sys.stderr, flush=True)


def _place(name: str, picture: Picture, options: argparse.Namespace) -> tuple[Path, str]:
    """Where the result goes, and its format: that of OUT's name, within a folder the photo's."""
    source, out = Path(options.source), Path(options.out)
    if source.is_dir() or out.is_dir():
        within = name.removeprefix(options.source.rstrip("/")).lstrip("/")
        out /= within if source.is_dir() else source.name
        out = out.with_suffix(saving.suffix_of(picture))
    known = {suffix: form for form, suffixes in saving.SUFFIXES.items() for suffix in suffixes}
    if out.suffix.lower() not in known:
        raise ImageError(f"{out}: the name must end in one of {', '.join(known)}")
    if out.exists() and (not options.force or out.samefile(picture.path)):
        raise ImageError(f"{out} is there already; --force writes over it, but never over IN")
    return out, known[out.suffix.lower()]
