"""How quickly a zip of many gigabytes is sent, beside `cat` of the same files, and what it costs.

    python -m tests.zip_size --gb 10 --rounds 3 [--keep-cache]

Makes real files (not sparse), a download of them that is prepared, and starts the app. `cat` and
the download run by turns, each from a cold page cache (or with --keep-cache from a warm one). One
download is kept, and opened by `unzip -t` and by Python. Prints JSON; removes everything.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command

from app.config import Config
from app.core import Core
from app.models import Export, ExportItem
from app.services import settings
from scripts.migrate import alembic
from tests.conftest import ROOT, until
from tests.servers import free_port, reachable

FILE = 30 * 2**20  # bytes, as RAW files have


def make_files(folder: Path, size: int) -> list[Path]:
    """Files of 30 MB with bytes that do not repeat from file to file."""
    folder.mkdir(parents=True)
    pattern = os.urandom(FILE + 4096)
    made = []
    for n in range(size // FILE):
        path = folder / f"IMG_{n:05d}.CR3"
        with path.open("wb") as file:
            file.write(n.to_bytes(8, "little"))
            file.write(pattern[n % 4096 : n % 4096 + FILE - 8])
            file.flush()
            os.fsync(file.fileno())
        made.append(path)
    return made


def forget(paths: Sequence[Path]) -> None:
    """Take files out of the page cache."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def prepared(data: Path, paths: Sequence[Path]) -> int:
    """A download of these files, as it is once a worker has prepared it; its id."""
    data.mkdir(mode=0o700)
    config = Config(data=data)
    command.upgrade(alembic(config.database_url), "head")
    core = Core.build(config)
    with core.db.write() as session:
        library = settings.owner(session)
        export = Export(library_id=library.id, state="ready")
        session.add(export)
        session.flush()
        session.add_all(
            ExportItem(export_id=export.id, arcnames=[path.name], files=[[str(path), path.name]])
            for path in paths
        )
        session.commit()
        found = export.id
    core.db.dispose()
    return found


def memory_mb(process: int) -> float:
    """What a process and all below it hold in memory of their own, in MB."""
    total, waiting = 0, [process]
    while waiting:
        pid = waiting.pop()
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(n) for n in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1024


class Watch(threading.Thread):
    """The most memory that a process held while this ran."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.most, self.going = process, 0.0, True

    def run(self) -> None:
        """Look five times a second."""
        while self.going:
            self.most = max(self.most, memory_mb(self.process))
            time.sleep(0.2)


def timed(line: Sequence[str]) -> float:
    """Run a command; its seconds."""
    begun = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def opens(target: Path) -> dict[str, bool]:
    """Whether unzip and Python read the whole zip."""
    told = {}
    if unzip := shutil.which("unzip"):
        line = [unzip, "-tqq", str(target)]
        told["unzip -t"] = subprocess.run(line, check=False).returncode == 0
    with zipfile.ZipFile(target) as archive:
        told["python"] = archive.testzip() is None
    return told


def measure(room: Path, size: int, rounds: int, warm: bool) -> dict[str, Any]:
    """Send the zip and cat the files by turns."""
    paths, port = make_files(room / "files", size), free_port()
    export, total = prepared(room / "data", paths), sum(path.stat().st_size for path in paths)
    env = os.environ | {"PROOFSHEET_DATA": str(room / "data"), "PROOFSHEET_PORT": str(port)}
    server = subprocess.Popen([sys.executable, ROOT / "main.py"], env=env, stdout=sys.stderr)
    try:
        until(lambda: reachable(port), "the app", 60)
        address = f"http://127.0.0.1:{port}/exports/{export}/proofsheet.zip"
        until(lambda: timed(["curl", "-fsS", "-r", "0-0", "-o", "/dev/null", address]), "zip", 30)
        time.sleep(2)
        before, watch = memory_mb(server.pid), Watch(server.pid)
        watch.start()
        seconds: dict[str, list[float]] = {"cat": [], "zip": []}
        lines = {
            "cat": ["cat", *map(str, paths)],
            "zip": ["curl", "-fsS", "-o", "/dev/null", address],
        }
        for n in range(rounds):
            for name in sorted(lines, reverse=n % 2 == 1):
                if not warm:
                    forget(paths)
                seconds[name].append(round(timed(lines[name]), 2))
        watch.going = False
        target = room / "kept.zip"
        timed(["curl", "-fsS", "-o", str(target), address])
    finally:
        server.terminate()
        server.wait(30)
    rate = {name: total / statistics.median(runs) / 2**20 for name, runs in seconds.items()}
    return {
        "bytes": total,
        "files": len(paths),
        "cache": "warm" if warm else "cold",
        "seconds": seconds,
        "mb_per_s": {name: round(value) for name, value in rate.items()},
        "share_of_cat": round(rate["zip"] / rate["cat"], 2),
        "memory_grew_mb": round(watch.most - before, 1),
        "opens": opens(target),
        "load": round(os.getloadavg()[0], 1),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gb", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep-cache", action="store_true", help="do not empty the page cache")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="proofsheet-zip-") as room:
        told = measure(Path(room), int(chosen.gb * 2**30), chosen.rounds, chosen.keep_cache)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
