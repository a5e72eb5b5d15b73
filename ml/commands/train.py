"""Train one of our own networks or calibrations again, from committed labels."""

import argparse
import importlib
from pathlib import Path

from ml.errors import MLError

TASKS = {
    "authenticity": "ml.train.authenticity",
    "authenticity-gate": "ml.train.authenticity_gate",
    "categories": "ml.train.categories",
    "concepts": "ml.train.concepts",
    "distortion": "ml.train.distortion",
    "distortion-gate": "ml.train.distortion_gate",
    "distortion-lattice": "ml.train.distortion_lattice",
    "distortion-refiner": "ml.train.distortion_refiner",
    "embedding": "ml.train.embedding",
    "grain": "ml.train.grain",
    "grain-gate": "ml.train.grain_gate",
    "light-gate": "ml.train.light_gate",
    "light-kinds": "ml.train.light_kinds",
    "lowlight": "ml.train.light",
    "marks": "ml.train.marks",
    "marks-limits": "ml.train.marks_limits",
    "mosaic-sampling": "ml.train.mosaic_sampling",
    "orientation": "ml.train.orientation",
    "people": "ml.train.people",
    "pixelation": "ml.train.pixelation",
    "pixelation-network": "ml.train.pixelation_cells",
    "pixelation-rival": "ml.train.pixelation_rival",
    "restoration": "ml.train.restoration",
    "restoration-unet": "ml.train.restoration_unet",
    "stains": "ml.train.stains",
    "superres": "ml.train.superres",
    "tag-calibration": "ml.train.tag_calibration",
    "tilt": "ml.train.tilt",
}
# Trained for hours, in as many runs as one likes.
LONG = (
    "authenticity",
    "distortion",
    "distortion-lattice",
    "distortion-refiner",
    "marks",
    "pixelation-network",
    "pixelation-rival",
    "restoration",
    "restoration-unet",
    "stains",
    "superres",
)
SEVERAL = {
    "marks": ("thin", "broad"),
    "restoration": ("noise", "jpeg"),
    "superres": ("quality", "fast", "perceptual", "mosaic"),
}
"""Networks of a task that has more than one, the first unless --network says another."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("task", metavar="TASK", choices=TASKS, help=f"of {', '.join(TASKS)}")
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        required=True,
        help="the folder that the labelled paths begin in",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help=f"stop after so long; the next run goes on from there ({', '.join(LONG)})",
    )
    parser.add_argument(
        "--network",
        choices=sorted({each for names in SEVERAL.values() for each in names}),
        help="; ".join(f"{task}: {', '.join(names)}" for task, names in SEVERAL.items()),
    )


def run(options: argparse.Namespace) -> int:
    """Train; raises MLError where the folder or a package that only training needs is missing."""
    if not options.data.is_dir():
        raise MLError(f"{options.data} is no folder; --data names the one that the labels begin in")
    if options.minutes is not None and options.task not in LONG:
        raise MLError(f"{options.task} is trained in one go, without --minutes")
    if options.network and options.network not in SEVERAL.get(options.task, ()):
        raise MLError(f"{options.task} has no network called {options.network}")
    try:
        task = importlib.import_module(TASKS[options.task])
    except ModuleNotFoundError as error:
        raise MLError(
            f"training needs {error.name}, which is not installed here; make setup FULL=1 brings it"
        ) from error
    if options.network:
        task.main(options.data, options.minutes, options.network)
    elif options.task in LONG:
        task.main(options.data, options.minutes)
    else:
        task.main(options.data)
    return 0
