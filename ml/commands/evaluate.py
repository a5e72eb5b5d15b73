"""Measure a task on labelled data; prints one JSON object."""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ml.errors import MLError
from ml.evaluate import (
    authenticity,
    authenticity_developed,
    authenticity_failures,
    authenticity_fakes,
    authenticity_maps,
    authenticity_splices,
    authenticity_traces,
    categories,
    concepts,
    detection,
    distortion,
    distortion_faces,
    distortion_programs,
    faces,
    lowlight,
    pixelation,
    restoration,
    restoration_faces,
    rotation,
    superres,
    tags,
)
from ml.evaluate.face_damage import DAMAGES
from ml.evaluate.report import Report
from ml.faces.embed import EMBEDDERS, SETTING

TASKS: dict[str, Callable[[Path, int], Report]] = {
    "categories": categories.evaluate,
    "owntags": concepts.evaluate,
    "tags": tags.evaluate,
}
# Tasks that take several folders.
GATHERING: dict[str, Callable[[Sequence[Path], int], Report]] = {
    "authenticity": authenticity.evaluate,
    "authenticity-developed": authenticity_developed.evaluate,
    "authenticity-fakes": authenticity_fakes.evaluate,
    "authenticity-failures": authenticity_failures.evaluate,
    "authenticity-maps": authenticity_maps.evaluate,
    "authenticity-splices": authenticity_splices.evaluate,
    "authenticity-traces": authenticity_traces.evaluate,
    "detection": detection.evaluate,
    "distortion": distortion.evaluate,
    "distortion-faces": distortion_faces.evaluate,
    "distortion-programs": distortion_programs.programs,
    "distortion-two": distortion_programs.two,
    "faces": faces.evaluate,
    "lowlight": lowlight.evaluate,
    "pixelation": pixelation.evaluate,
    "restoration": restoration.evaluate,
    "restoration-faces": restoration_faces.evaluate,
    "rotation": rotation.evaluate,
    "superres": superres.evaluate,
}
# Tasks with rows of published networks.
TAUGHT = {"restoration": restoration.evaluate, "superres": superres.evaluate}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    known = sorted(TASKS | GATHERING)
    parser.add_argument("task", metavar="TASK", choices=known, help=f"of {', '.join(known)}")
    parser.add_argument("--data", metavar="DIR", type=Path, required=True, action="append")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--embedder", choices=EMBEDDERS, metavar="NAME", help=f"faces: {', '.join(EMBEDDERS)}"
    )
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument(
        "--undamaged", action="store_true", help="faces: without the rows of damaged photos"
    )
    rows.add_argument(
        "--damage",
        choices=DAMAGES,
        metavar="NAME",
        action="append",
        help=f"faces: these of the damages alone, of {', '.join(DAMAGES)}",
    )
    parser.add_argument(
        "--teachers",
        metavar="DIR",
        type=Path,
        help=f"{', '.join(TAUGHT)}: rows of the networks in DIR",
    )
    parser.add_argument("--json", action="store_true", help="JSON (the only output there is)")


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    if options.embedder:
        os.environ[SETTING] = options.embedder
    if options.task == "faces":
        damages = () if options.undamaged else options.damage or tuple(DAMAGES)
        report = faces.evaluate(options.data, options.seed, damages)
    elif options.task in TAUGHT and options.teachers:
        report = TAUGHT[options.task](options.data, options.seed, options.teachers)
    elif options.task in GATHERING:
        report = GATHERING[options.task](options.data, options.seed)
    elif len(options.data) != 1:
        raise MLError(f"{options.task} takes one --data")
    else:
        report = TASKS[options.task](options.data[0], options.seed)
    print(json.dumps(report.as_json(), indent=2))
    return 0
