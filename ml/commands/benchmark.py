"""Measure the speed and memory of the analysis on this machine; prints one JSON object."""

import argparse
import json

from ml.benchmarks.bench import bench

_MEMORY_COUNTS = [100, 500, 2000]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--json", action="store_true", help="JSON (the only output there is)")
    parser.add_argument("--naive", type=int, default=8, metavar="N", help="its photos; 0: without")
    parser.add_argument(
        "--memory", type=int, nargs="*", default=_MEMORY_COUNTS, metavar="N", help="after N photos"
    )


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    print(json.dumps(bench(options.naive, options.memory), indent=2))
    return 0
