"""What a visitor does on a page: drops folders, presses keys, waits for words, downloads."""

import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

ALL_ANALYSED = "All analysed"
SIZES = {"wide": (1600, 1000), "phone": (390, 844)}
Opened = Callable[..., Page]
"""`opened(theme, size)` gives a fresh page."""
WATCH_DROPS = "window.dropped = false; addEventListener('drop', () => { window.dropped = true; })"
PATH_AND_REASON = """rows => rows.map((row) =>
    ['.file-path', '.file-reason'].map((part) => row.querySelector(part)?.innerText ?? ''))"""


def open_library(page: Page, url: str) -> None:
    """Open the library and wait until it has been drawn."""
    page.goto(url)
    page.locator(".empty, .nothing, .cell").locator("visible=true").first.wait_for()


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders of this disk onto the middle of the window, as a hand would."""
    size = page.viewport_size or {"width": 800, "height": 600}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    place = {"x": size["width"] // 2, "y": size["height"] // 2, "data": data}
    devtools = page.context.new_cdp_session(page)
    page.evaluate(WATCH_DROPS)
    # Chromium drops nothing before the page has said yes to hovering, so a hand hovers a while.
    for kind in ("dragEnter", "dragOver", "dragOver"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place})
        expect(page.locator(".drop-veil")).to_be_visible()
        page.wait_for_timeout(100)
    devtools.send("Input.dispatchDragEvent", {"type": "drop", **place})
    page.wait_for_function("window.dropped")
    expect(page.locator(".drop-veil")).to_have_count(0)
    devtools.detach()


def choose(page: Page, folder: Path) -> None:
    """Choose a folder through the page's own chooser."""
    with page.expect_file_chooser() as asked:
        page.locator("[data-do=upload]").click()
        # Named by its dialog: the page's own button of that name lies under it.
        page.get_by_role("dialog").get_by_role("button", name="Choose a folder").click()
    asked.value.set_files(folder)


def slow_down(page: Page, bytes_per_s: int) -> Callable[[], None]:
    """Make the line to the server slow; returns what makes it fast again."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")

    def shape(upload: int) -> None:
        devtools.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
        )

    shape(bytes_per_s)
    return lambda: shape(-1)


def analysed(page: Page, timeout_s: float = 60) -> None:
    """Watch the strip until everything has been sent and analysed."""
    expect(page.locator(".strip-analysis")).to_have_text(ALL_ANALYSED, timeout=timeout_s * 1000)


def ask(page: Page, path: str) -> Any:
    """What the server answers to this page."""
    return page.evaluate("path => fetch('/api/v1' + path).then((answer) => answer.json())", path)


def photos(page: Page, query: str = "") -> list[dict[str, Any]]:
    """Every photo of the library, of at most 500."""
    return list(ask(page, f"/photos?limit=500{query}")["photos"])


def not_taken(page: Page) -> dict[str, str]:
    """Path and reason of what was refused, as the page's list of files shows it."""
    page.locator("#strip").get_by_role("button", name="Files").click()
    dialog = page.get_by_role("dialog", name="Files")
    dialog.get_by_role("button", name=re.compile("^Not taken")).click()
    # Read in one go: rows are used again for other files while the list is drawn.
    rows = dialog.locator(".file-row:visible")
    expect(rows.first).to_be_visible()
    told: dict[str, str] = dict(rows.evaluate_all(PATH_AND_REASON))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return told


def focused(page: Page) -> str:
    """The name of what has the focus."""
    return str(
        page.evaluate(
            """() => { const it = document.activeElement;
            if (it === document.body) return '';
            return it.getAttribute('aria-label') || it.title || it.textContent.trim(); }"""
        )
    )


def tab_to(page: Page, name: str, within: int = 60) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(within):
        page.keyboard.press("Tab")
        if name in focused(page):
            return
    raise AssertionError(f"{name!r} is not reached by Tab; the focus is on {focused(page)!r}")


def seek(page: Page, words: str, name: str) -> Locator:
    """Search by keyboard until the first tile is the photo of this name; it has the focus then."""
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator(".gallery-head .chip")).to_contain_text(words)
    tile = page.locator(f".cell[title='{name}']:visible").first
    expect(tile).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(tile).to_be_focused()
    return tile


def open_photo(page: Page, words: str, name: str) -> Locator:
    """Open a photo by keyboard; gives its panel when its tags are there."""
    seek(page, words, name)
    page.keyboard.press("Enter")
    panel = page.locator(".photo-view .panel")
    expect(panel.locator(".paths")).to_be_visible()
    return panel


def download(page: Page, into: Path, timeout_s: float = 60) -> zipfile.ZipFile:
    """Download everything the page shows through its sheet, by keyboard."""
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name=re.compile("^Download"))
    expect(dialog.locator(".export-size")).to_contain_text("about")
    with page.expect_download(timeout=timeout_s * 1000) as begun:
        page.keyboard.press("Enter")
    target = into / "photos.zip"
    begun.value.save_as(target)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return zipfile.ZipFile(target)


def exiftool_reads(program: Path, folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Everything ExifTool reads in every file below a folder, by relative path."""
    line = [program, "-j", "-n", "-r", "-q", "-a", "-api", "largefilesupport=1", *options, folder]
    told = subprocess.run(line, capture_output=True, text=True, check=False).stdout
    return {
        str(Path(entry["SourceFile"]).relative_to(folder)): entry
        for entry in (json.loads(told) if told.strip() else [])
    }


def files_below(folder: Path) -> Iterable[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
