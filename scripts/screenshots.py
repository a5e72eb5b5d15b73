"""Makes docs/images: pictures of the running app with photos out of packages and the demo set.

    python -m scripts.screenshots [FOLDER]

Needs Chromium and the development packages. Nothing is fetched; nobody's own photos are shown.
"""

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which
from socket import socket
from typing import Literal

import skimage
import sklearn.datasets
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

Theme = Literal["light", "dark"]
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images"
LIMIT_BYTES = 300_000
START_S, ANALYSE_S = 60, 300
SCIKIT = Path(skimage.__file__).parent / "data"
SKLEARN = Path(sklearn.datasets.__file__).parent / "images"
# file, name in the library, folder, day, share that is shown (left, top, right, bottom)
WHOLE = (0.0, 0.0, 1.0, 1.0)
PHOTOS = (
    (SKLEARN / "china.jpg", "Summer Palace", "Journeys/Beijing", "2026-08-30", WHOLE),
    (SKLEARN / "china.jpg", "Roof at noon", "Journeys/Beijing", "2026-08-30", (0.3, 0.1, 1.0, 0.8)),
    (SKLEARN / "flower.jpg", "Dahlia", "Journeys/Beijing", "2026-08-30", (0.1, 0.0, 1.0, 1.0)),
    (SCIKIT / "chelsea.png", "Chelsea", "At home", "2026-08-30", WHOLE),
    (SCIKIT / "chelsea.png", "Chelsea, close", "At home", "2026-08-30", (0.2, 0.0, 0.75, 1.0)),
    (SCIKIT / "coffee.png", "Espresso", "At home", "2026-08-30", WHOLE),
    (SCIKIT / "motorcycle_left.png", "Workshop", "At home", "2026-08-30", WHOLE),
    (SCIKIT / "astronaut.png", "Eileen Collins", "Space", "2026-07-20", WHOLE),
    (SCIKIT / "rocket.jpg", "Launch", "Space", "2026-07-20", WHOLE),
    (SCIKIT / "hubble_deep_field.jpg", "Deep field", "Space", "2026-07-20", (0.0, 0.0, 1.0, 0.8)),
    (SCIKIT / "camera.png", "Cameraman", "Space", "2026-07-20", WHOLE),
)  # fmt: skip


def main() -> None:
    """Start an app of its own, fill it, and photograph it page by page."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        room = Path(name)
        write_photos(room / "photos")
        chromium = which("chromium") or which("google-chrome")
        with app(room / "data") as url:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            fill(browser, url, room / "photos")
            for shot in (library, photo, review, phone, download):
                shot(browser, url, target)
            browser.close()


def write_photos(folder: Path) -> None:
    """Write the packages' pictures as photos with a name and a date."""
    for number, (source, name, place, day, share) in enumerate(PHOTOS):
        image = Image.open(source).convert("RGB")
        left, top, right, bottom = share
        width, height = image.size
        image = image.crop(
            (int(left * width), int(top * height), int(right * width), int(bottom * height))
        )
        exif = Image.Exif()
        taken = datetime.fromisoformat(f"{day}T18:00:00") - timedelta(minutes=11 * number)
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
        path = folder / place / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, quality=93, exif=exif)


@contextmanager
def app(data: Path) -> Iterator[str]:
    """Run main.py on a free port; gives its address."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"PROOFSHEET_DATA": str(data), "PROOFSHEET_PORT": str(port)}
    line = [sys.executable, str(ROOT / "main.py")]
    process = subprocess.Popen(line, env=env, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or "runs at" not in process.stdout.readline():
            raise SystemExit("The app did not start.")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def fill(browser: Browser, url: str, photos: Path) -> None:
    """Drop the photos and the demo set, and wait until all are analysed."""
    page = browser.new_page()
    page.goto(url)
    page.locator("[data-do=demo]").click()
    for folder in sorted(photos.iterdir()):
        page.locator("#folder-input").set_input_files(folder)
    begun = time.monotonic()
    wanted = len(PHOTOS) + 6
    while time.monotonic() - begun < ANALYSE_S:
        page.wait_for_timeout(1000)
        told = page.evaluate("fetch('/api/v1/progress').then((answer) => answer.json())")
        if told["total"] >= wanted and not told["waiting"] + told["running"] + told["uploading"]:
            page.close()
            return
    raise SystemExit(f"Not analysed within {ANALYSE_S} s: {told}")


def opened(browser: Browser, url: str, theme: Theme, width: int = 1280, height: int = 800) -> Page:
    """A page of this size in this theme."""
    page = browser.new_page(
        locale="en-GB", color_scheme=theme, viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )  # fmt: skip
    page.goto(url)
    return page


def settle(page: Page, selector: str) -> None:
    """Wait until something is there and the pictures on the page have come."""
    page.locator(selector).locator("visible=true").first.wait_for()
    page.wait_for_timeout(1500)


def save(page: Page, path: Path) -> None:
    """Write what the page shows as a PNG with as many colours as its size allows."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    sample = image.resize((image.width // 3, image.height // 3), Image.Resampling.NEAREST)
    for colours in (256, 192, 128, 96, 64):
        palette = sample.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=1)
        few = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
        few.save(path, optimize=True)
        if path.stat().st_size <= LIMIT_BYTES:
            break
    print(f"{path.name}: {path.stat().st_size // 1000} kB, {colours} colours")
    page.close()


def library(browser: Browser, url: str, target: Path) -> None:
    """The library in both themes."""
    themes: tuple[Theme, ...] = ("light", "dark")
    for theme in themes:
        page = opened(browser, url, theme)
        settle(page, ".cell img.loaded")
        save(page, target / f"library-{theme}.png")


def photo(browser: Browser, url: str, target: Path) -> None:
    """One photo with what was found on it."""
    page = opened(browser, f"{url}/?q=workshop", "light")
    settle(page, ".cell img.loaded")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page, ".photo-view .paths")
    page.keyboard.press("o")
    page.wait_for_timeout(400)
    save(page, target / "photo-light.png")


def review(browser: Browser, url: str, target: Path) -> None:
    """The review in the dark, a few answers on."""
    page = opened(browser, f"{url}/review?order=most", "dark")
    for _ in range(4):
        settle(page, ".review-words strong")
        page.keyboard.press("y")
    page.locator("[name=order]").select_option("least")
    settle(page, ".review-words strong")
    save(page, target / "review-dark.png")


def phone(browser: Browser, url: str, target: Path) -> None:
    """The library on a phone."""
    page = opened(browser, url, "light", 390, 844)
    settle(page, ".cell img.loaded")
    save(page, target / "phone-light.png")


def download(browser: Browser, url: str, target: Path) -> None:
    """The sheet that makes a zip."""
    page = opened(browser, url, "light")
    settle(page, ".cell img.loaded")
    page.keyboard.press("d")
    page.get_by_text("Originals stay as they are").wait_for()
    page.wait_for_timeout(300)
    save(page, target / "download-light.png")


if __name__ == "__main__":
    main()
