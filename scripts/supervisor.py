"""Starts programs, keeps them alive, stops them, leaves none behind. Knows nothing of the app."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

WINDOW_S = 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """A program cannot be kept alive; the message says which and why."""


class Stop(Exception):
    """Somebody asked this process to stop."""


@dataclass(frozen=True)
class Program:
    """What to start: its name for people, command line, whole environment, folder.

    What the others lean on is `last` to stop; `log` is where it writes, if not to our stderr.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    last: bool = False
    log: Path | None = None


@dataclass
class Child:
    """A program with its process (None until it is due to start again) and its recent deaths."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)
    due: float = 0.0


class Guard:
    """A process that outlives this one just long enough to kill the groups it has left behind.

    It holds the reading end of a pipe. When this process ends, however it ends, the pipe closes;
    then the guard kills every process group it was told of. Unlike Linux's parent-death signal,
    that reaches grandchildren, and it works on macOS too.
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.groups: set[int] = set()

    def ensure(self) -> IO[bytes]:
        """The pipe to a living guard that knows every group."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                (sys.executable, "-I", __file__),
                stdin=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
            for group in self.groups:
                self._tell(b"+%d\n" % group)
        assert self.process.stdin is not None  # noqa: S101 - Popen was given a pipe
        return self.process.stdin

    def spawn(self, program: Program) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own; it reports to the guard before it begins."""
        pipe = self.ensure().fileno()
        process = subprocess.Popen(
            program.command,
            env=program.env,
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            # Safe, as there is one thread; inside the child, so that no moment is uncovered.
            preexec_fn=lambda: os.write(pipe, b"+%d\n" % os.getpid()) and None,  # noqa: PLW1509
        )
        self.groups.add(process.pid)
        return process

    def bury(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what is left of a dead program's group and forget it."""
        kill_group(process.pid)
        self.groups.discard(process.pid)
        self._tell(b"-%d\n" % process.pid)

    def _tell(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # a dead guard is replaced by ensure()
            if self.process is not None and self.process.stdin is not None:
                self.process.stdin.write(line)

    def close(self) -> None:
        """End the guard."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self.process.wait()


class Supervisor:
    """Keeps programs alive: `with Supervisor(...) as it: it.start(program); it.step(1.0)`.

    A program that dies is started again, a little later each time; `limit` deaths within a minute
    raise Failure. SIGINT, SIGTERM and SIGHUP raise Stop out of `step` and `call`. Leaving the block
    stops everything.
    """

    def __init__(self, say: Callable[[str], None], limit: int, patience_s: float = 10.0) -> None:
        self.say, self.limit, self.patience_s = say, limit, patience_s
        self.children: dict[str, Child] = {}
        self.guard = Guard()
        self._waker, self._bell = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._bell, False)

    def __enter__(self) -> Supervisor:
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, lambda *_: None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.guard.close()
        signal.set_wakeup_fd(-1)
        os.close(self._waker)
        os.close(self._bell)

    def start(self, program: Program) -> None:
        """Start a program and keep it alive from now on."""
        self.children[program.name] = Child(program, self.guard.spawn(program))

    def call(self, program: Program) -> None:
        """Run a program to its end; raises Failure where it fails."""
        process = self.guard.spawn(program)
        try:
            while process.poll() is None:
                self._check(self._wait(1.0))
        finally:
            self._end([process])
        if process.returncode:
            raise Failure(f"{program.name} failed ({cause(process.returncode)}).")

    def step(self, timeout_s: float) -> None:
        """Wait at most `timeout_s` for something to happen, then start again what has died."""
        now = time.monotonic()
        due = [child.due for child in self.children.values() if child.process is None]
        self._check(self._wait(max(0.0, min([timeout_s, *(at - now for at in due)]))))
        self.guard.ensure()
        for child in self.children.values():
            if child.process is not None and child.process.poll() is not None:
                self._mourn(child, child.process)
            if child.process is None and child.due <= time.monotonic():
                child.process = self.guard.spawn(child.program)

    def stop(self) -> None:
        """Stop every program, those that others lean on last."""
        for last in (False, True):
            stage = [child for child in self.children.values() if child.program.last == last]
            self._end([child.process for child in stage if child.process is not None])
        self.children.clear()

    def _mourn(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Note a death and set the time of the next start, or give up."""
        self.guard.bury(process)
        child.process, now = None, time.monotonic()
        child.deaths.append(now)
        while child.deaths[0] < now - WINDOW_S:
            child.deaths.popleft()
        name, why = child.program.name, cause(process.returncode)
        if len(child.deaths) >= self.limit:
            times = f"{len(child.deaths)} times within a minute"
            words = f"are in {child.program.log}" if child.program.log else "stand above"
            raise Failure(f"{name} died {times}, the last time with {why}; its words {words}.")
        child.due = now + min(8.0, 0.1 * 2 ** len(child.deaths))
        self.say(f"{name} died ({why}); it is started again.")

    def _end(self, processes: list[subprocess.Popen[bytes]]) -> None:
        """End processes: asked at first, killed when patience ends or a second signal comes."""
        for process in processes:
            process.terminate()
        deadline, hurried = time.monotonic() + self.patience_s, False
        while any(process.poll() is None for process in processes):
            left = deadline - time.monotonic()
            if left <= 0 or hurried:
                break
            hurried = bool(self._wait(left) & set(STOP_SIGNALS))
        for process in processes:
            kill_group(process.pid)
            process.wait()
            self.guard.bury(process)

    def _wait(self, timeout_s: float) -> set[int]:
        """The signals that arrive within the time; returns at the first."""
        if not select.select([self._waker], [], [], timeout_s)[0]:
            return set()
        return set(os.read(self._waker, 4096))

    @staticmethod
    def _check(signals: set[int]) -> None:
        if signals & set(STOP_SIGNALS):
            raise Stop


def cause(returncode: int) -> str:
    """A return code of subprocess in words."""
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"


def kill_group(group: int) -> None:
    """Kill every process of a group; none left is fine."""
    with contextlib.suppress(
        ProcessLookupError, PermissionError
    ):  # macOS: not permitted on zombies
        os.killpg(group, signal.SIGKILL)


def watch(lines: Iterable[bytes]) -> None:
    """Read "+group" and "-group" until the writer is gone, then kill the groups that are left."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith(b"+") else groups.discard)(int(line[1:]))
    for group in groups:
        kill_group(group)


if __name__ == "__main__":
    watch(sys.stdin.buffer)
