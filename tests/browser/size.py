"""What a visitor waits for in a small library and in a large one, in Chromium.

    python -m tests.browser.size --data FOLDER [--data FOLDER ...]

Each folder is one that tests.seed has filled. Starts the app on it and prints JSON: milliseconds
until the first photos stand on the gallery's, a search's and the review page (each opened anew),
from a search typed there to its photos, from a key of the review page to the next question, and the
longest task while the library is scrolled through.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.smooth import WATCH, longest_on_cpu
from tests.conftest import CHROMIUM, ROOT, tool, until
from tests.servers import free_port, reachable

SETTLED_S = 8.0
DRAWN = """() => [...document.querySelectorAll('.cell img.loaded')].some((image) =>
  image.getBoundingClientRect().top < innerHeight)"""
ASKED = """() => document.querySelector('.review-photo img')?.complete"""
FOUND = ["wedding", "tag:dog", "tag:cat", "wedding tag:dog", "dsc"]
KEY = """(key) => new Promise((resolve) => {
  const before = document.querySelector('.review-photo');
  const begun = performance.now();
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const look = () => document.querySelector('.review-photo') === before
    ? requestAnimationFrame(look)
    : requestAnimationFrame(() => resolve(performance.now() - begun));
  look();
})"""
SEARCH = """(words) => new Promise((resolve) => {
  const box = document.querySelector('#search');
  box.value = words;
  const begun = performance.now();
  const sheet = document.querySelector('.grid-sheet');
  const seen = new MutationObserver(() => {
    if (!sheet.querySelector('.cell')) return;
    seen.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - begun));
  });
  seen.observe(sheet, { childList: true, subtree: true });
  box.form.requestSubmit();
})"""


def opened(browser: Browser, addresses: Sequence[str], ready: str = DRAWN) -> list[float]:
    """Milliseconds from an address to its first picture drawn, each in a page of its own."""
    times = []
    for address in addresses:
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.wait_for_function(ready)
        times.append(float(page.evaluate("performance.now()")))
        context.close()
    return times


def scroll(page: Page) -> dict[str, Any]:
    """Scroll from top to bottom in steps, then jump about; the longest task."""
    page.evaluate(WATCH)
    chrome = page.context.browser
    assert chrome is not None
    chrome.start_tracing(page=page, categories=["toplevel"])
    for _ in range(60):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(30)
    for share in (0.5, 0.9, 0.2, 0.7, 0.35):
        page.evaluate(
            "s => { const g = document.querySelector('.grid');g.scrollTop = s * g.scrollHeight; }",
            share,
        )
        page.wait_for_function(DRAWN)
    cpu = longest_on_cpu(chrome.stop_tracing())
    tasks = page.evaluate("() => tasks")
    return {"longest_ms": round(max(tasks, default=0)), "longest_cpu_ms": round(cpu)}


def measure(browser: Browser, url: str, rounds: int) -> dict[str, Any]:
    """Everything that is measured of one library, once workers have loaded their networks."""
    opened(browser, [url])
    time.sleep(SETTLED_S)
    searches = [f"{url}/?{urlencode({'q': FOUND[n % len(FOUND)]})}" for n in range(rounds)]
    told: dict[str, Any] = {
        "gallery_page_ms": median(opened(browser, [url] * rounds)),
        "search_page_ms": median(opened(browser, searches)),
        "review_page_ms": median(opened(browser, [f"{url}/review"] * rounds, ASKED)),
    }
    page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 800})
    page.goto(url)
    page.wait_for_function(DRAWN)
    told["photos"] = page.locator(".gallery-count").inner_text()
    told["scroll"] = scroll(page)
    told["search_in_place_ms"] = median([page.evaluate(SEARCH, one) for one in FOUND])
    page.goto(f"{url}/review")
    page.locator(".review-photo").wait_for()
    page.wait_for_timeout(500)
    keys = []
    for n in range(rounds * 2):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            keys.append(page.evaluate(KEY, "yn"[n % 2]))
    told["key_to_answer_ms"] = median(keys)
    told["key_to_answer_worst_ms"] = round(max(keys), 1)
    page.close()
    return told


def median(times: Sequence[float]) -> float:
    """The median, rounded."""
    return round(statistics.median(times), 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every folder, print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args(arguments)
    told = []
    with sync_playwright() as playwright:
        program = tool("chromium", "chromium-browser", "google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM))
        for data in chosen.data:
            port = free_port()
            env = os.environ | {"PROOFSHEET_DATA": str(data), "PROOFSHEET_PORT": str(port)}
            server = subprocess.Popen(
                [sys.executable, ROOT / "main.py"], env=env, stdout=sys.stderr
            )
            try:
                until(lambda port=port: reachable(port), "the app", 90)
                told.append(measure(browser, f"http://127.0.0.1:{port}", chosen.rounds))
            finally:
                server.terminate()
                server.wait(30)
        browser.close()
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps({"load": load, "sizes": told}) + "\n")


if __name__ == "__main__":
    main()
