"""What every test may ask for: tools, shared photos, the running app, a browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from app.config import SETTINGS
from tests import servers
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as main.py has it
START_S = 60.0
Server = TypeVar("Server", servers.Redis, servers.Postgresql)
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


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis on loopback, empty."""
    server = installed(servers.Redis)
    try:
        server.start()
        yield server.url
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Postgresql]:
    """A real PostgreSQL on loopback with one empty database."""
    server = installed(servers.Postgresql)
    try:
        server.start()
        yield server
        if server.process is not None and server.process.poll() is not None:
            pytest.fail(f"PostgreSQL ended ({server.process.returncode}):\n{server.words()}")
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgresql_url(postgresql: servers.Postgresql) -> str:
    """The address of its own database."""
    return postgresql.url


def installed(server: type[Server]) -> Server:
    """A server of this kind; skips where it is not installed."""
    try:
        return server()
    except servers.Missing as error:
        lacking(f"{error} is not installed (make tools)")


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
def playwright() -> Iterator[Playwright]:
    """Playwright, of which a process can have only one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: Path) -> Iterator[Browser]:
    """Chromium."""
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
