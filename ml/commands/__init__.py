"""The commands of the command line, one module each with `add_arguments` and `run`."""

from ml.commands import analyse, benchmark, distort, evaluate, train, weights
from ml.commands.command import Command

COMMANDS: dict[str, Command] = {
    "analyse": analyse,
    "benchmark": benchmark,
    "distort": distort,
    "evaluate": evaluate,
    "train": train,
    "weights": weights,
}
