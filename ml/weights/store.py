"""Where weights lie on this machine, and whether they are the right ones."""

import hashlib
import os
import sys
from pathlib import Path

from ml.errors import WeightsError
from ml.weights.manifest import FOLDER, Weights, entry


def cache_folder() -> Path:
    """Return the folder of fetched weights: PROOFSHEET_WEIGHTS, else one in the user's cache."""
    setting = os.environ.get("PROOFSHEET_WEIGHTS")
    if setting:
        return Path(setting).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "proofsheet" / "weights"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "proofsheet" / "weights"


def candidates(weights: Weights) -> list[Path]:
    """Return the places where a file of these weights may lie, best first."""
    if weights.committed:
        return [FOLDER / weights.file]
    places = [cache_folder() / weights.file]
    extra = os.environ.get("PROOFSHEET_WEIGHTS_DIR")
    if extra:
        places.append(Path(extra).expanduser() / weights.file)
    return places


def sha256(path: Path) -> str:
    """Return the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(weights: Weights) -> Path | None:
    """Return the first file that has the manifest's sha256, or None."""
    for path in candidates(weights):
        if (
            path.is_file()
            and path.stat().st_size == weights.size
            and sha256(path) == weights.sha256
        ):
            return path
    return None


def locate(name: str) -> Path:
    """Return the verified file of the weights of that name.

    Raises WeightsError, saying how to get them, when the file is missing or is not the one of the
    manifest.
    """
    weights = entry(name)
    path = find(weights)
    if path is not None:
        return path
    damaged = [str(path) for path in candidates(weights) if path.exists()]
    if damaged:
        raise WeightsError(
            f"{damaged[0]} is not the file that the manifest describes; fetch {name} again"
        )
    if weights.committed:
        raise WeightsError(f"{weights.file}, which belongs to the source, is missing from {FOLDER}")
    raise WeightsError(
        f"the weights {name} are not on this machine; get them by: "
        f"python -m ml weights fetch {name}"
    )
