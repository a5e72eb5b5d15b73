"""Which YOLO network runs: the setting PROOFSHEET_YOLO, a name of the manifest or the path of a
.onnx or .pt file.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from ml import weights
from ml.errors import WeightsError
from ml.weights.store import cache_folder, sha256

DEFAULT = "yolo11n"
_EXPORT_TIMEOUT_S = 600
_EXPORT = """
import sys
from ultralytics import YOLO
YOLO(sys.argv[1]).export(format="onnx", dynamic=True, simplify=False, imgsz=640)
"""


def chosen() -> str:
    """Return the setting: a name of the manifest, or a path."""
    return os.environ.get("PROOFSHEET_YOLO") or DEFAULT


def locate() -> Path:
    """Return the ONNX file of the chosen network; a .pt is exported once into the cache.

    Raises WeightsError when it is missing, or a .pt that cannot be exported here.
    """
    return _located(chosen())


@lru_cache(maxsize=8)  # verifying the sha256 for every photo would cost more than decoding it
def _located(name: str) -> Path:
    path = weights.locate(name) if name in weights.manifest() else Path(name).expanduser()
    if path.suffix == ".onnx":
        return path
    if path.suffix != ".pt":
        raise WeightsError(
            f"PROOFSHEET_YOLO is {name!r}; it must be a name of the manifest or a .onnx or .pt file"
        )
    if not path.is_file():
        raise WeightsError(f"there is no network at {path}")
    return _exported(path)


def network_name() -> str:
    """Return the short name of the chosen network."""
    name = chosen()
    return name if name in weights.manifest() else Path(name).stem


def _exported(checkpoint: Path) -> Path:
    """Export a torch checkpoint to ONNX in the cache, once; named by the checkpoint's sha256."""
    target = cache_folder() / f"{checkpoint.stem}-{sha256(checkpoint)[:8]}.onnx"
    if target.exists():
        return target
    if find_spec("ultralytics") is None or find_spec("torch") is None:
        raise WeightsError(
            f"{checkpoint.name} is a torch checkpoint; using it needs torch and ultralytics "
            "(pip install -r requirements.txt), or export it to ONNX first"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="export-") as folder:
        copy = Path(shutil.copy(checkpoint, folder))  # the exporter writes beside its input
        done = subprocess.run(
            [sys.executable, "-c", _EXPORT, copy.name],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_EXPORT_TIMEOUT_S,
            check=False,
        )
        made = copy.with_suffix(".onnx")
        if done.returncode != 0 or not made.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["without a word"]
            raise WeightsError(f"{checkpoint.name} could not be exported to ONNX: {last[0]}")
        made.replace(target)
    return target
