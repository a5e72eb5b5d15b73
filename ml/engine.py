"""Running networks: one interface, ONNX Runtime behind it, on the CPU or on CUDA where that is
installed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ml import weights
from ml.errors import EstimationError, WeightsError
from ml.graph import Rewrite, rewritten

Tensor = NDArray[np.float32]

_ERRORS_ONLY = 3  # ONNX Runtime's severity; below it exporters' habits are reported line by line
_lock = Lock()
_engines: dict[tuple[str, ...], "Engine"] = {}


class Engine(Protocol):
    """A network that is ready to run."""

    @property
    def inputs(self) -> dict[str, tuple[int | str | None, ...]]:
        """Names and shapes of the inputs; a free dimension is a name or None."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the exporter wrote into the file."""

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        """Run on one contiguous float32 batch (N, C, H, W) for the first input.

        Returns every output by name. Raises EstimationError when the network gives up on it.
        """


def threads() -> int:
    """Return how many threads a network may use: PROOFSHEET_THREADS, default 1 (a worker is one
    process of several).
    """
    setting = os.environ.get("PROOFSHEET_THREADS", "1")
    if not setting.isdigit() or int(setting) < 1:
        raise WeightsError(f"PROOFSHEET_THREADS is {setting!r}; it must be a whole number from 1")
    return int(setting)


class OnnxEngine:
    """A network in ONNX Runtime, on CUDA where its provider is there, else on the CPU."""

    def __init__(self, model: str | bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # A thread that spins while it waits takes the core from the other worker.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        available = onnxruntime.get_available_providers()
        wanted: list[str | tuple[str, dict[str, str]]] = []
        if "CUDAExecutionProvider" in available:
            wanted.append("CUDAExecutionProvider")
        # The arena grows by what is asked, not by powers of two: shapes vary from photo to photo.
        wanted.append(("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"}))
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=wanted)
        except (
            Exception
        ) as error:  # ONNX Runtime's own classes are not public and derive from Exception alone
            raise WeightsError(f"the network cannot be loaded: {error}") from error

    @property
    def inputs(self) -> dict[str, tuple[int | str | None, ...]]:
        return {node.name: tuple(node.shape) for node in self._session.get_inputs()}

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(node.name for node in self._session.get_outputs())

    @property
    def metadata(self) -> Mapping[str, str]:
        found: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        first = self._session.get_inputs()[0].name
        try:
            outputs = self._session.run(None, {first: batch})
        except Exception as error:  # as above
            raise EstimationError(f"the network failed on this photo: {error}") from error
        return dict(zip(self.outputs, outputs, strict=True))


def load(name: str, *rewrites: Rewrite) -> Engine:
    """Return the engine of the manifest's weights of that name, after rewrites of its graph.

    Loaded once per process, thread count and rewrites. Raises WeightsError when the weights are
    missing, damaged, or cannot be run.
    """
    key = (name, str(threads()), *(rewrite.__name__ for rewrite in rewrites))
    with _lock:
        if key not in _engines:
            path = weights.locate(name)
            model = rewritten(path.read_bytes(), rewrites) if rewrites else str(path)
            _engines[key] = OnnxEngine(model)
        return _engines[key]


def load_file(path: Path) -> Engine:
    """Return the engine of an ONNX file outside the manifest; raises WeightsError when it cannot be
    run.
    """
    key = (str(path), str(threads()))
    with _lock:
        if key not in _engines:
            if not path.is_file():
                raise WeightsError(f"there is no network at {path}")
            _engines[key] = OnnxEngine(str(path))
        return _engines[key]


def unload() -> None:
    """Drop every loaded network, so that an idle process holds no weights."""
    with _lock:
        _engines.clear()
