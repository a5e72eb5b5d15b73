"""The whole benchmark: our path in two arrangements, its steps, the naive baseline, memory."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ml import weights
from ml.benchmarks import photos
from ml.benchmarks.contender import race
from ml.benchmarks.photos import Photos
from ml.evaluate import full_environment

_CORES = 2
_NAIVE_WEIGHTS = "yolo26n"
_PACKAGES = ("numpy", "onnxruntime", "pillow", "opencv-python-headless", "opencv-python")
_ROOT = Path(__file__).resolve().parents[2]


def bench(naive_photos: int, memory_counts: list[int]) -> dict[str, Any]:
    """Run everything; `naive_photos` is how many photos of 12 megapixels the baseline gets."""
    small, large = photos.photos(12), photos.photos(24)
    ours = {f"{size.megapixels}mp": _ours(size) for size in (small, large)}
    naive = _naive(small, naive_photos)
    return {
        **_circumstances(small, large),
        **_ratios(ours["12mp"], naive),
        "ours": ours,
        "naive": naive,
        "memory_mb": _memory(small, memory_counts),
    }


def _ratios(ours: dict[str, Any], naive: dict[str, Any] | None) -> dict[str, float | None]:
    """How many times as fast we are; by processor time too, which other work does not disturb."""
    if naive is None:
        return {"ratio_to_naive": None}
    rate, time_ms = ours["photos_per_s"], "processor_ms_per_photo"
    return {
        "ratio_to_naive": round(rate / naive["photos_per_s"], 2),
        "ratio_to_naive_without_mtcnn": round(rate / naive["photos_per_s_without_mtcnn"], 2),
        "ratio_to_naive_processor_time": round(naive[time_ms] / ours[time_ms], 2),
    }


def _ours(size: Photos) -> dict[str, Any]:
    """Race two processes of one thread against one process of two, then time the steps alone."""
    paths = [str(path) for path in size.paths]
    split = [paths[start::_CORES] for start in range(_CORES)]
    rates: dict[str, float] = {}
    answers: list[dict[str, Any]] = []
    for name, shares, threads in (("1x2", [paths], _CORES), ("2x1", split, 1)):
        _say(f"{size.megapixels} megapixels: processes x threads {name}")
        seconds, answers = race(sys.executable, "ml.benchmarks.ours", shares, threads)
        rates[name] = round(len(paths) / seconds, 2)
    _, (steps,) = race(sys.executable, "ml.benchmarks.steps", [paths], 1)
    return {
        "megapixels": size.megapixels,
        "photos": len(paths),
        "faces_per_photo": round(sum(answer["faces"] for answer in answers) / len(paths), 2),
        "photos_per_s": max(rates.values()),
        "photos_per_s_by_processes_x_threads": rates,
        "processor_ms_per_photo": _per_photo(answers, "processor_seconds"),
        "engine": "ONNX Runtime, CPU",
        "milliseconds": _steps(steps, "wall"),
        "processor_milliseconds": _steps(steps, "processor"),
    }


def _per_photo(answers: list[dict[str, Any]], key: str) -> float:
    total_s = float(sum(answer[key] for answer in answers))
    count = int(sum(answer["photos"] for answer in answers))
    return round(1000 * total_s / count, 1)


def _steps(answer: dict[str, Any], clock: str) -> dict[str, float]:
    """Mean milliseconds per photo and step, one thread; the thumbnail is not part of analysis."""
    table = {name: 1000 * seconds / answer["photos"] for name, seconds in answer[clock].items()}
    if "faces" in table:
        table["faces_embed"] = table.pop("faces") - table["faces_detect"]
    return {name: round(value, 1) for name, value in table.items()}


def _naive(size: Photos, count: int) -> dict[str, Any] | None:
    """Run what a user would wire together; None where its environment is missing."""
    program = full_environment.python("facenet_pytorch")
    if program is None or count < 1:
        _say("the naive baseline is left out: .venv-full is missing")
        return None
    os.environ["NAIVE_YOLO"] = str(weights.fetch(_NAIVE_WEIGHTS))
    paths = [str(path) for path in size.paths[:count]]
    _say(f"naive baseline on {len(paths)} photos")
    seconds, (answer,) = race(program, "ml.benchmarks.naive", [paths], _CORES)
    mtcnn = answer["wall"].get("mtcnn", 0.0)
    return {
        "photos": len(paths),
        "photos_per_s": round(len(paths) / seconds, 3),
        "photos_per_s_without_mtcnn": round(len(paths) / (seconds - mtcnn), 3),
        "mtcnn_share": round(mtcnn / answer["seconds"], 3),
        "processor_ms_per_photo": _per_photo([answer], "processor_seconds"),
        "milliseconds": _steps(answer, "wall"),
        "processor_milliseconds": _steps(answer, "processor"),
        "yolo": f"{_NAIVE_WEIGHTS}.pt in torch (no checkpoint of yolo11n is in the manifest)",
        "inception_resnet_v1": "random weights: they cannot be had from a package, time is equal",
        "versions": answer["versions"],
    }


def _memory(size: Photos, counts: list[int]) -> dict[str, float] | None:
    """Resident MB of one process after so many photos; None where the system does not tell."""
    if not counts or not Path("/proc/self/status").exists():
        return None
    _say(f"memory over {max(counts)} photos")
    command = [sys.executable, "-m", "ml.benchmarks.memory", *map(str, counts), "--"]
    done = subprocess.run(
        [*command, *map(str, size.paths)],
        cwd=_ROOT,
        env=os.environ | {"PROOFSHEET_THREADS": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _circumstances(*sizes: Photos) -> dict[str, Any]:
    return {
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": {"cpu": _cpu(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version()} | _versions(),
        "data": {f"{s.megapixels}mp": {"origin": s.origin, "sha256": s.sha256} for s in sizes},
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except ModuleNotFoundError:  # one of the two builds of OpenCV is there
            continue
    return found


def _commit() -> str | None:
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
