"""One contender of a race: a process that loads its networks, says so, and then runs on a signal.

Everything that is slow but happens once (imports, weights, first run) is over before the start.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ml.errors import MLError

_ROOT = Path(__file__).resolve().parents[2]
_READY = "ready"

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class Stopwatch:
    """Sums the time of named steps in seconds: on the wall, and of the processor in all threads.

    The second hardly depends on what else the machine does.
    """

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    def time(
        self,
        name: str,
        step: Callable[Arguments, Result],
        *args: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Call a step and add its time to the sum of that name."""
        wall, processor = time.perf_counter(), time.process_time()
        result = step(*args, **named)
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.processor[name] = self.processor.get(name, 0.0) + time.process_time() - processor
        return result


def serve(work: Callable[[list[str], Stopwatch], dict[str, Any]]) -> None:
    """Be a contender: warm up on the first photo, wait for the signal, work, answer in JSON."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # networks talk on stdout, which is for the answer
    paths = sys.argv[1:]
    work(paths[:1], Stopwatch())
    print(_READY, file=answer, flush=True)
    sys.stdin.readline()
    watch, wall, processor = Stopwatch(), time.perf_counter(), time.process_time()
    told = work(paths, watch) | {
        "photos": len(paths),
        "seconds": time.perf_counter() - wall,
        "processor_seconds": time.process_time() - processor,
        "wall": watch.wall,
        "processor": watch.processor,
    }
    print(json.dumps(told), file=answer, flush=True)


def race(
    program: str, module: str, shares: list[list[str]], threads: int
) -> tuple[float, list[dict[str, Any]]]:
    """Start a contender for each share of the photos, all at once; wall seconds and their answers.

    Raises MLError when one of them fails.
    """
    running = [_started(program, module, share, threads) for share in shares]
    try:
        for process in running:
            if _line(process) != _READY:
                raise MLError(f"{module} could not start")
        started = time.perf_counter()
        for process in running:
            if process.stdin is not None:
                process.stdin.write("go\n")
                process.stdin.flush()
        answers = [json.loads(_line(process) or "null") for process in running]
        seconds = time.perf_counter() - started
    finally:
        for process in running:
            process.kill()
            process.communicate()
    if None in answers:
        raise MLError(f"{module} failed on the way")
    return seconds, answers


def _started(program: str, module: str, share: list[str], threads: int) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "PROOFSHEET_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": str(_ROOT),
    }
    return subprocess.Popen(
        [program, "-m", module, *share],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(process: "subprocess.Popen[str]") -> str:
    return process.stdout.readline().strip() if process.stdout else ""
