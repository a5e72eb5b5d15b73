"""Proofsheet as a person starts it: main.py with its own folder, port and processes."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
START_S = 90.0
STOP_S = 40.0


@dataclass(frozen=True)
class Process:
    """A process at one moment; `rss_kb` is its resident memory."""

    pid: int
    parent: int
    state: str
    rss_kb: int
    command: str


def table() -> dict[int, Process]:
    """Every process of this machine, by pid; works on Linux and macOS."""
    text = subprocess.run(
        ("ps", "-axo", "pid=,ppid=,stat=,rss=,args="), capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 4) for line in text.splitlines())
    return {
        int(pid): Process(int(pid), int(parent), state, int(rss), " ".join(command))
        for pid, parent, state, rss, *command in rows
    }


class Installation:
    """One installation: `with Installation(folder) as it: it.base` is its address."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None = None, nice: int = 0
    ) -> None:
        self.folder, self.port, self.nice = folder, free_port(), nice
        self.data, self.log = folder / "data", folder / "log.txt"
        self.base = f"http://127.0.0.1:{self.port}"
        own = {"PROOFSHEET_DATA": str(self.data), "PROOFSHEET_PORT": str(self.port)}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL")
        }
        self.environ = {**inherited, **own, **(environ or {})}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start main.py and wait until it answers."""
        command = [sys.executable, "main.py"]
        if self.nice:
            command = ["nice", "-n", str(self.nice), *command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        end = time.monotonic() + START_S
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"main.py did not start:\n{self.words()[-4000:]}")
            time.sleep(0.1)

    def healthy(self) -> bool:
        """Whether web, database and broker answer."""
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> int:
        """Ask main.py to stop, as Ctrl-C does; gives its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        status = self.process.returncode
        self.process = None
        return status

    def kill(self) -> None:
        """Kill main.py itself without a word; what it started ends with it."""
        assert self.process is not None
        started = self.family()
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + 10
        while any(p.pid in started and not p.state.startswith("Z") for p in table().values()):
            if time.monotonic() > end:
                raise AssertionError("processes have outlived main.py")
            time.sleep(0.1)

    def family(self) -> dict[int, Process]:
        """Everything that main.py has started, by pid; without main.py."""
        assert self.process is not None
        everything = table()
        known = {self.process.pid}
        grown = True
        while grown:
            more = {p.pid for p in everything.values() if p.parent in known} - known
            known |= more
            grown = bool(more)
        return {pid: everything[pid] for pid in known - {self.process.pid} if pid in everything}

    def parts(self) -> dict[str, list[Process]]:
        """The processes by part: web, web-worker, worker, pool, valkey; a part may be away."""
        found = self.family()
        marks = {
            "web": "gunicorn app.factory",
            "worker": "celery --quiet",
            "valkey": "valkey-server",
        }
        parts: dict[str, list[Process]] = {}
        children = {"web": "web-worker", "worker": "pool"}
        for process in found.values():
            for name, mark in marks.items():
                if mark in process.command and not process.state.startswith("Z"):
                    parent = found.get(process.parent)
                    inner = parent is not None and mark in parent.command
                    parts.setdefault(children[name] if inner else name, []).append(process)
        return parts

    def words(self) -> str:
        """Everything that was said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""
