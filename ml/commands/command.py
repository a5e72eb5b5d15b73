"""What the module of a command must offer."""

import argparse
from typing import Protocol


class Command(Protocol):
    """A module with a docstring, whose first line is the command's help."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command's arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Run it; returns the exit code."""
