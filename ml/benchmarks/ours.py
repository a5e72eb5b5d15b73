"""Our path as a contender: `python -m ml.benchmarks.ours PHOTO...`."""

from typing import Any

from ml import pipeline
from ml.benchmarks.contender import Stopwatch, serve
from ml.image import Picture


def work(paths: list[str], _watch: Stopwatch) -> dict[str, Any]:
    """Analyse every photo just as a worker does."""
    faces = 0
    for path in paths:
        result = pipeline.analyse(Picture.open(path))
        faces += len(result.faces or ())
    return {"faces": faces}


if __name__ == "__main__":
    serve(work)
