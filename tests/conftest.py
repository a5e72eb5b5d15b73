"""What every test may ask for: tools, shared photos, the running app, a browser."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest

from app.config import SETTINGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as main.py has it
START_S = 60.0
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def lacking(what: str) -> NoReturn:
    """Skip a test for want of something; under CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}: under CI it must be there")
    pytest.skip(what)


def tool(*names: str) -> Path:
    """The first of these programs that is on the PATH."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    lacking(f"{names[0]} is not installed (make tools)")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The photos that are no part of the repository: ../shared/data."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        lacking("../shared/data is not here")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="session")
def exiftool() -> Path:
    return tool("exiftool")


@pytest.fixture(scope="session")
def imagemagick() -> Path:
    """ImageMagick's `convert` or `magick`."""
    for name in ("magick", "/usr/bin/convert", "convert"):
        if found := shutil.which(name):
            told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
            if "ImageMagick" in told.stdout:
                return Path(found)
    lacking("ImageMagick is not installed (make tools)")


@pytest.fixture(scope="session")
def chromium() -> Path:
    return tool("chromium", "chromium-browser", "google-chrome")


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on loopback, empty."""
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    line = [tool("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen([*line, "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        until(lambda: reachable(port), "redis-server")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL on loopback with one empty database.

    Its folder is not pytest's, which other runs on this machine tidy up.
    """
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
    binaries = [place for place in places if (place / "initdb").exists()]
    if not binaries:
        lacking("PostgreSQL is not installed (make tools)")
    folder, port = Path(tempfile.mkdtemp(prefix="proofsheet-postgresql-")), free_port()
    become: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    cluster = folder / "cluster"
    make = [*become, binaries[0] / "initdb", "-D", cluster, "-U", "proofsheet", "--auth=trust"]
    subprocess.run([*make, "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        line = [*become, binaries[0] / "postgres", "-D", cluster, *options]
        server = subprocess.Popen(line, stdout=log, stderr=log, cwd=folder)
    address = f"proofsheet@127.0.0.1:{port}/postgres"
    try:
        until(lambda: serves(f"postgresql://{address}"), "PostgreSQL", START_S)
        yield f"postgresql+psycopg://{address}"
        if server.poll() is not None:
            pytest.fail(f"PostgreSQL ended by itself:\n{(folder / 'log').read_text()[-2000:]}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def reachable(port: int) -> bool:
    """Whether something listens on this port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def serves(url: str) -> bool:
    """Whether a PostgreSQL takes connections: it listens already while it still starts up."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


def until(true: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Wait until something is true; fails in words."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} not within {timeout_s:g} s")
        time.sleep(0.05)


@dataclass
class Running:
    """main.py as its own process."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


Launch = Callable[..., Running]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Start main.py: `launch(data=None, wait=True, PROOFSHEET_WORKERS="1")`; stopped at the end."""
    started: list[Running] = []

    def start(data: Path | None = None, wait: bool = True, **settings: str) -> Running:
        folder = data or tmp_path_factory.mktemp("app")
        port = settings.pop("PROOFSHEET_PORT", str(free_port()))
        names = {row.metadata["name"] for row in SETTINGS}
        inherited = {"PROOFSHEET_WEIGHTS", "PROOFSHEET_WEIGHTS_DIR"}
        env = {k: v for k, v in os.environ.items() if k not in names or k in inherited}
        env |= {"PROOFSHEET_DATA": str(folder), "PROOFSHEET_PORT": port, **settings}
        log = tmp_path_factory.mktemp("log") / "log"
        with log.open("wb") as file:
            line = [sys.executable, str(ROOT / "main.py")]
            process = subprocess.Popen(line, env=env, stdout=file, stderr=file, cwd=log.parent)
        running = Running(f"http://127.0.0.1:{port}", folder, process, log)
        started.append(running)
        if wait:
            ready = re.compile(rb"^Proofsheet runs at http", re.MULTILINE)
            until(
                lambda: ready.search(log.read_bytes()) or process.poll() is not None,
                "start",
                START_S,
            )
            assert process.poll() is None, log.read_text()
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="module")
def live(launch: Launch) -> str:
    """The address of the app, started for this file with an empty data folder."""
    return launch().url


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        yield chrome
        chrome.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own; an error on its console or in its scripts fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    fresh = context.new_page()
    fresh.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    yield fresh
    context.close()
    assert not errors, "\n".join(errors)
