"""List the weights of the networks, or fetch them."""

import argparse
import json
import sys

from ml import weights
from ml.errors import WeightsError
from ml.weights.store import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|fetch")
    actions.add_parser("list", help="one JSON line per weights, with licence and place")
    fetch = actions.add_parser("fetch", help="fetch the default weights, or those named")
    fetch.add_argument("names", nargs="*", metavar="NAME")
    fetch.add_argument("--all", action="store_true", help="also those that are no default")


def run(options: argparse.Namespace) -> int:
    """List or fetch; 2 if any could not be fetched."""
    return _list() if options.action == "list" else _fetch(options.names, options.all)


def _list() -> int:
    for entry in weights.manifest().values():
        place = find(entry)
        line = {
            "name": entry.name,
            "file": entry.file,
            "sha256": entry.sha256,
            "size": entry.size,
            "licence": entry.licence,
            "commercial_use": entry.commercial_use,
            "default": entry.default,
            "origin": entry.origin,
            "metrics": entry.metrics,
            "path": str(place) if place else None,
        }
        print(json.dumps(line))
    return 0


def _fetch(names: list[str], everything: bool) -> int:
    """Fetch by name; a licence that forbids commercial use must be asked for by name."""
    known = weights.manifest().values()
    wanted = names or [
        entry.name for entry in known if entry.default or (everything and entry.commercial_use)
    ]
    failed = False
    for name in wanted:
        try:
            print(json.dumps({"name": name, "path": str(weights.fetch(name))}), flush=True)
        except WeightsError as error:
            print(error, file=sys.stderr)
            failed = True
    return 2 if failed else 0
