"""Repair photos: find what is wrong and undo it; one JSON line per photo."""

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ml import pipeline
from ml.commands.walk import Walk
from ml.errors import ImageError, MLError
from ml.image import Picture
from ml.repair import making, policy, quality, saving
from ml.repair.recipe import Recipe, Step
from ml.repair.step import FOUND
from ml.results import Finding
from ml.stages.table import PLANNED

POLICIES = ("suggest", "automatic")


@dataclass
class _Told:
    """What has been said once already on stderr."""

    missing: set[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    known = ", ".join(FOUND)
    parser.add_argument("source", metavar="IN", help="a photo, or a folder of photos")
    parser.add_argument("out", metavar="OUT", type=Path, help="a file, or a folder like IN")
    parser.add_argument("--stages", metavar="A,B", help=f"of {known}; default all")
    parser.add_argument(
        "--policy", choices=POLICIES, default="automatic", help="suggest: find, and repair nothing"
    )
    parser.add_argument("--strength", type=float, default=1.0, metavar="S", help="0 to 1")
    parser.add_argument(
        "--reference", metavar="DIR", type=Path, help="clean photos of the same names: PSNR, SSIM"
    )
    parser.add_argument("--by-kind", action="store_true", help="a folder for each kind of damage")
    parser.add_argument("--force", action="store_true", help="write over what is there")
    parser.add_argument("--json", action="store_true", help="JSON lines (the only output there is)")


def run(options: argparse.Namespace) -> int:
    """Repair every photo; 2 if any failed."""
    if not 0 <= options.strength <= 1:
        raise MLError("--strength is a number from 0 to 1")
    stages = _stages(options.stages)
    walk, failed, told = Walk([options.source]), False, _Told(set())
    for name, path in list(walk):
        try:
            line = _restored(name, path, stages, options, told)
        except (MLError, OSError) as error:
            said = f"OUT: {error.strerror}" if isinstance(error, OSError) else str(error)
            print(f"{name}: {said}", file=sys.stderr)
            line, failed = {"path": name, "error": said}, True
        print(json.dumps(line), flush=True)
    if walk.skipped:
        print(f"{walk.skipped} files of other types were skipped", file=sys.stderr)
    return 2 if failed else 0


def _stages(setting: str | None) -> tuple[str, ...]:
    if setting is None:
        return FOUND
    asked = tuple(dict.fromkeys(part.strip() for part in setting.split(",") if part.strip()))
    unknown = [stage for stage in asked if stage not in (*FOUND, *PLANNED)]
    if unknown or not asked:
        known = ", ".join((*FOUND, *PLANNED))
        raise MLError(f"no stage repairs {', '.join(unknown) or setting!r}; known: {known}")
    planned = [stage for stage in asked if stage in PLANNED]
    if planned:
        print(f"not part of this version: {', '.join(planned)}", file=sys.stderr)
    return tuple(stage for stage in asked if stage in FOUND)


def _restored(
    name: str, path: Path, stages: tuple[str, ...], options: argparse.Namespace, told: _Told
) -> dict[str, Any]:
    picture = Picture.open(path)
    result = pipeline.analyse(picture, stages)
    for stage, reason in result.missing.items():
        if stage not in told.missing:
            told.missing.add(stage)
            print(f"{stage}: {reason}", file=sys.stderr)
    found = result.findings or ()
    steps = _steps(found, options)
    out = _place(name, picture, found, options, repaired=bool(steps))
    recipe = Recipe(steps)
    geometry = recipe.geometry(picture.size)
    if steps:
        making.make(picture, recipe, out)
    else:
        _copy(path, out)
    metrics = None
    if options.reference:
        reference = options.reference / _inside(name, options)
        metrics = quality.compare(out, reference, geometry.box if geometry else None)
    return {
        "path": name,
        "out": str(out),
        "findings": [asdict(each) | {"region": list(each.region), "mask": None} for each in found],
        "applied": [asdict(step) for step in steps],
        "metrics": metrics,
        "error": None,
    }


def _steps(found: tuple[Finding, ...], options: argparse.Namespace) -> tuple[Step, ...]:
    """What is undone, in the order of the findings: what is sure enough not to be asked about."""
    if options.policy != "automatic" or options.strength == 0:
        return ()
    return tuple(
        Step(one.stage, one.kind, one.params, options.strength)
        for one in found
        if one.params and one.confidence >= policy.sure(one.stage, one.kind)
    )


def _inside(name: str, options: argparse.Namespace) -> Path:
    """The photo's place within IN, or its name."""
    if Path(options.source).is_dir():
        return Path(name.removeprefix(options.source.rstrip("/")).lstrip("/"))
    return Path(Path(name).name)


def _place(
    name: str,
    picture: Picture,
    found: tuple[Finding, ...],
    options: argparse.Namespace,
    *,
    repaired: bool,
) -> Path:
    source, out = Path(options.source), Path(options.out)
    if not source.is_dir() and not out.is_dir() and not options.by_kind:
        if repaired and out.suffix.lower() not in saving.SUFFIXES[saving.format_of(picture)]:
            known = " or ".join(saving.SUFFIXES[saving.format_of(picture)])
            raise ImageError(f"{out}: a repaired {saving.format_of(picture)} ends in {known}")
    else:
        if options.by_kind:
            out /= found[0].kind if found else "clean"
        out /= _inside(name, options)
        if repaired:
            out = out.with_suffix(saving.suffix_of(picture))
    if out.exists() and (not options.force or out.samefile(picture.path)):
        raise ImageError(f"{out} is there already; --force writes over it, but never over IN")
    return out


def _copy(path: Path, out: Path) -> None:
    """Copy byte for byte, at once or not at all."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(path, part)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ImageError(f"{out} cannot be written: {error.strerror}") from error
