"""How smooth a page stays while thousands of files are dropped, hashed, sent, scrolled through.

    python -m tests.browser.smooth --files 20000

Prints JSON: the longest task of the main thread, on the clock and of CPU, and how many took over
50 ms.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import visitor
from tests.conftest import CHROMIUM, ROOT, tool, until
from tests.servers import free_port, reachable

PER_FOLDER = 500
TRACED = 5000  # a trace of more files takes minutes to fetch
WATCH = """() => {
  window.tasks = []; window.frames = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: 'longtask' });
  let last = performance.now();
  const beat = (now) => { frames.push(now - last); last = now; requestAnimationFrame(beat); };
  requestAnimationFrame(beat);
}"""
SCROLL = """() => { const list = document.querySelector('dialog[open] .vlist');
  list.scrollTop = (list.scrollTop + 700) % list.scrollHeight; }"""
COUNTS = """() => import('/static/js/upload/queue.js').then(({ queue }) => ({ ...queue.counts,
  all: queue.items.length, walking: queue.walking }))"""


@dataclass(frozen=True)
class Figures:
    """What was measured; times of the page's main thread in milliseconds."""

    files: int
    walked: int
    walked_after_s: float
    hashed: int
    longest_task_ms: int
    longest_task_cpu_ms: int | None  # what a busy machine does not lengthen
    tasks_over_50_ms: int
    median_frame_ms: float
    seconds: float
    load: float


def fakes(folder: Path, files: int) -> Path:
    """A tree of tiny files that differ and are called photos."""
    for n in range(files):
        place = folder / f"roll {n // PER_FOLDER:03d}"
        if n % PER_FOLDER == 0:
            place.mkdir(parents=True)
        (place / f"IMG_{n:05d}.jpg").write_bytes(b"\xff\xd8\xff fake %d" % n)
    return folder


def longest_on_cpu(trace: bytes) -> float:
    """The longest task of the page's main thread in a trace, in milliseconds of CPU."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    spans = [one.get("tdur", 0) for one in events if (one["pid"], one["tid"]) in mains]
    return max(spans, default=0) / 1000


def measure(page: Page, url: str, folder: Path, seconds: float) -> Figures:
    """Drop the folder and scroll its list for a while; gives what the main thread went through."""
    files = len(visitor.files_below(folder))
    visitor.open_library(page, url)
    page.evaluate(WATCH)
    chrome = page.context.browser
    assert chrome is not None
    traced = files <= TRACED
    if traced:
        chrome.start_tracing(page=page, categories=["toplevel"])
    begun = time.monotonic()
    visitor.drop(page, folder)
    page.locator("#strip").get_by_role("button", name="Files").click()
    expect(page.locator("dialog[open] .file-row").first).to_be_visible()
    walked_after = 0.0
    while True:
        page.evaluate(SCROLL)
        page.wait_for_timeout(100)
        passed = time.monotonic() - begun
        counts = page.evaluate(COUNTS)
        if not walked_after and counts["all"] >= files:
            walked_after = passed
        if passed > seconds and (walked_after or passed > 10 * seconds):
            break
        if counts["all"] >= files and not counts["queued"] + counts["hashing"] + counts["ready"]:
            break
    cpu_ms = round(longest_on_cpu(chrome.stop_tracing())) if traced else None
    tasks, frames = page.evaluate("() => [tasks, frames]")
    return Figures(
        files=files,
        walked=counts["all"],
        walked_after_s=round(walked_after, 1),
        hashed=files - counts["queued"] - counts["hashing"],
        longest_task_ms=round(max(tasks, default=0)),
        longest_task_cpu_ms=cpu_ms,
        tasks_over_50_ms=len(tasks),
        median_frame_ms=round(sorted(frames)[len(frames) // 2], 1),
        seconds=round(passed, 1),
        load=round(os.getloadavg()[0], 1),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Start an app of its own, measure, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=20000)
    parser.add_argument(
        "--seconds", type=float, default=60, help="at least so long, or until all are sent"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as room, sync_playwright() as playwright:
        folder, port = fakes(Path(room) / "Many", chosen.files), free_port()
        env = os.environ | {"PROOFSHEET_DATA": f"{room}/data", "PROOFSHEET_PORT": str(port)}
        server = subprocess.Popen([sys.executable, ROOT / "main.py"], env=env, stdout=sys.stderr)
        try:
            until(lambda: reachable(port), "the app", 60)
            chromium = tool("chromium", "chromium-browser", "google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
            page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 800})
            figures = measure(page, f"http://127.0.0.1:{port}", folder, chosen.seconds)
            browser.close()
        finally:
            server.terminate()
            server.wait(30)
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")


if __name__ == "__main__":
    main()
