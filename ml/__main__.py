"""The command line: python -m ml COMMAND. JSON lines alone on stdout, everything else on stderr."""

import argparse
import os
import sys

from ml.commands import COMMANDS
from ml.errors import MLError

FAILED = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns 0, or 2 if any input failed."""
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        summary = (command.__doc__ or "").splitlines()[0]
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    # A worker is one process of several and takes one thread; a command has the machine to itself.
    os.environ.setdefault("PROOFSHEET_THREADS", str(os.cpu_count() or 1))
    try:
        code: int = options.run(options)
    except MLError as error:
        print(error, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader of the pipe has gone; the interpreter must not fail once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
