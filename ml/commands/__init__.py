"""The commands of the command line, one module each with `add_arguments` and `run`."""

from ml.commands import analyse, benchmark, distort, evaluate, restore, train, upscale, weights
from ml.commands.command import Command

COMMANDS: dict[str, Command] = {
    "analyse": analyse,
    "benchmark": benchmark,
    "distort": distort,
    "evaluate": evaluate,
    "restore": restore,
    "train": train,
    "upscale": upscale,
    "weights": weights,
}
