"""The commands of the command line, one module each with `add_arguments` and `run`."""

from ml.commands import analyse, evaluate, weights
from ml.commands.command import Command

COMMANDS: dict[str, Command] = {"analyse": analyse, "evaluate": evaluate, "weights": weights}
