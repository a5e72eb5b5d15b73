"""Memory of one process over many photos: `python -m ml.benchmarks.memory COUNT... -- PHOTO...`."""

import itertools
import json
import sys
from pathlib import Path

from ml import pipeline
from ml.image import Picture

_STATUS = Path("/proc/self/status")


def resident_mb() -> float:
    """Return the resident memory of this process in MB; Linux only."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("the system tells no VmRSS")


def curve(paths: list[str], counts: list[int]) -> dict[int, float]:
    """Analyse photos in turn, again and again; resident MB after each of the counts."""
    found = {}
    for done, path in enumerate(itertools.islice(itertools.cycle(paths), max(counts)), start=1):
        pipeline.analyse(Picture.open(path))
        if done in counts:
            found[done] = round(resident_mb(), 1)
            sys.stderr.write(f"{done} photos: {found[done]} MB\n")
    return found


def main() -> None:
    """Measure and print JSON."""
    at = sys.argv.index("--")
    print(json.dumps(curve(sys.argv[at + 1 :], [int(count) for count in sys.argv[1:at]])))


if __name__ == "__main__":
    main()
