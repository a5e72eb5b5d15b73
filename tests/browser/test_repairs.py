"""Repairs by keyboard: reviewed, taken back, set by hand, delivered."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.config import Config
from app.core import Core
from app.models import Photo
from app.services.repairs import findings
from ml.repair.quality import psnr
from ml.results import Finding
from ml.warps import Warp, distort
from ml.warps.bulge import Bulge
from ml.warps.swirl import Swirl
from ml.warps.wave import Wave
from tests.api_client import ApiClient
from tests.browser import visitor
from tests.conftest import Launch
from tests.covered_photo import png
from tests.unit.ml_distortion.known_picture import photo as known_picture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SIZE = (480, 360)
REGION = (80.0, 60.0, 240.0, 240.0)
MIDDLE = (200.0, 180.0)
BULGE = Bulge(center=MIDDLE, strength=0.4, radius=120.0)
WAVE = Wave((0.0, 6.0), 120.0, (0.0, 0.0))
# How each photo is bent, what is found on it, how sure: the queue goes from the top down.
BENT: dict[str, tuple[Warp, Warp, float]] = {
    "face.jpg": (Swirl(MIDDLE, 70.0, 120.0), Swirl(MIDDLE, 70.0, 120.0), 0.6),
    "fine.jpg": (BULGE, BULGE, 0.65),
    "sea.jpg": (WAVE, WAVE, 0.7),
    "wrong.jpg": (Swirl(MIDDLE, 75.0, 110.0), Swirl(MIDDLE, 40.0, 110.0), 0.75),
    "sure.jpg": (Swirl(MIDDLE, -80.0, 120.0), Swirl(MIDDLE, -80.0, 120.0), 0.92),
    "surest.jpg": (Swirl(MIDDLE, 90.0, 100.0), Swirl(MIDDLE, 90.0, 100.0), 0.97),
}
ANGLE_STEPS = 7  # of 5.4 degrees each: from 40, which the slider has as 37.8, to 75.6


@pytest.fixture(scope="module")
def bent(launch: Launch) -> tuple[ApiClient, dict[str, bytes]]:
    """A library of bent photos with what was found on them."""
    running = launch(PROOFSHEET_WORKERS="1")
    client = ApiClient(running.url).connect()
    client.send("/settings", {"analyse_on_upload": False}, "PUT")
    files = {}
    for name, (warp, _, _) in BENT.items():
        out = io.BytesIO()
        Image.fromarray(distort(known_picture(*SIZE), warp)).save(out, "JPEG", quality=95)
        files[name] = out.getvalue()
        client.upload(files[name], f"bent/{name}")
    client.wait(100)
    core = Core.build(Config(data=running.data))
    with core.db.write() as session:
        for photo in session.scalars(select(Photo)):
            _, found, sure = BENT[photo.name]
            seen = Finding("distortion", found.kind, sure, found.as_json(), REGION)
            findings.keep(session, photo, "distortion", [seen], "distortion@12345678")
        session.commit()
    core.db.dispose()
    return client, files


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def asked(page: Page, *words: str) -> None:
    """Wait for the question, and until its two pictures can be seen."""
    for word in words:
        expect(page.locator(".review-words")).to_contain_text(word)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.compare img')].every((image) => image.naturalWidth)"
    )


def answer(page: Page, key: str) -> None:
    """Press a key, and wait until the server has taken the answer."""
    with page.expect_response(re.compile(r"/api/v1/repairs/\d+$")) as told:
        page.keyboard.press(key)
    assert told.value.ok


def review(page: Page) -> None:
    """Accept, reject, take back, skip, and accept all that is left of a kind and sure."""
    asked(page, "Swirl in the middle", "60% sure", "distortion@12345678", "pixels")
    visitor.tab_to(page, "Before and after")
    divider = page.get_by_role("slider", name="Before and after")
    expect(divider).to_have_value("50")
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuetext", "51 % before")
    page.keyboard.press("b")
    expect(divider).to_have_attribute("aria-valuetext", "After alone")
    page.keyboard.press("v")
    expect(page.locator(".review-stage.side")).to_be_visible()
    page.keyboard.press("v")
    page.keyboard.press("z")
    expect(page.locator(".review-stage.zoomed")).to_be_visible()
    answer(page, "y")
    asked(page, "Bulge", "65% sure")
    answer(page, "n")
    asked(page, "Wave", "70% sure")
    answer(page, "y")
    asked(page, "Swirl", "75% sure")
    with page.expect_response(re.compile(r"/actions/\d+/undo$")):
        page.keyboard.press("u")
    asked(page, "Wave", "70% sure")
    expect(page.locator(".review-left")).to_have_text("4 left")
    page.keyboard.press("s")
    asked(page, "75% sure")
    page.keyboard.press("s")
    asked(page, "92% sure")
    page.keyboard.press("a")
    expect(page.get_by_role("dialog").get_by_role("spinbutton")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("90")
    page.keyboard.press("Enter")
    expect(page.locator(".review-left")).to_have_text("2 left")
    expect(page.locator(".past-list")).to_contain_text("Repair all: swirl")


def set_by_hand(page: Page) -> None:
    """Open the photo on which too little was found, and turn it further."""
    panel = visitor.open_photo(page, "wrong", "wrong.jpg")
    expect(panel.get_by_text("75% sure, proposed")).to_be_visible()
    visitor.tab_to(page, "Adjust by hand: Swirl")
    page.keyboard.press("Enter")
    bench = page.get_by_role("dialog", name="Adjust by hand: Swirl")
    angle = bench.get_by_role("slider", name="Angle")
    angle.focus()
    with page.expect_response(re.compile(r"/photos/\d+/repaired\?.*75\.")) as seen:
        for _ in range(ANGLE_STEPS):
            page.keyboard.press("ArrowRight")
    assert psnr(pixels(seen.value.body()), known_picture(*SIZE)) > 27, "the live preview"
    expect(angle).to_have_attribute("aria-valuetext", "76°")
    visitor.tab_to(page, "Apply")
    page.keyboard.press("Enter")
    expect(bench).to_have_count(0)
    expect(panel.locator(".versions")).to_contain_text("shown", timeout=30_000)
    expect(panel.get_by_text("75% sure, repaired")).to_be_visible()
    page.keyboard.press("b")
    compared = page.get_by_role("dialog", name="Compare with the original")
    expect(compared).to_be_visible()
    page.keyboard.press("Escape")
    expect(compared).to_have_count(0)
    page.keyboard.press("Escape")
    # Closing goes back in the history, which would cut off a later navigation.
    expect(page).not_to_have_url(re.compile(r"/photo/\d+"))


def test_repairs_are_reviewed_and_delivered(
    page: Page, bent: tuple[ApiClient, dict[str, bytes]], tmp_path: Path
) -> None:
    client, files = bent
    page.goto(f"{client.base}/review/repairs")
    review(page)
    visitor.open_library(page, client.base)
    expect(page.get_by_role("link", name="Repairs to review")).to_contain_text("2")
    set_by_hand(page)
    client.wait(60)
    visitor.open_library(page, client.base)
    with visitor.download(page, tmp_path) as zipped:
        got = {Path(name).name: zipped.read(name) for name in zipped.namelist()}
    assert {name for name in files if got[name] == files[name]} == {"fine.jpg", "sea.jpg"}
    for name in files.keys() - {"fine.jpg", "sea.jpg"}:
        assert psnr(pixels(got[name]), known_picture(*SIZE)) > 27, name
        assert psnr(pixels(files[name]), known_picture(*SIZE)) < 25, name


def test_a_download_of_originals_is_what_was_sent(
    page: Page, bent: tuple[ApiClient, dict[str, bytes]], tmp_path: Path
) -> None:
    client, files = bent
    visitor.open_library(page, client.base)
    page.keyboard.press("d")
    page.get_by_role("radio", name="Originals").press("Space")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download", exact=True).last.press("Enter")
    begun.value.save_as(tmp_path / "originals.zip")
    with zipfile.ZipFile(tmp_path / "originals.zip") as zipped:
        got = {Path(name).name: zipped.read(name) for name in zipped.namelist()}
    assert got == files


def test_a_mosaic_is_outlined_and_undone(
    page: Page, bent: tuple[ApiClient, dict[str, bytes]]
) -> None:
    client, _ = bent
    client.send("/settings", {"repair_pixelation": "suggest"}, "PUT")
    client.upload(png(), "plate.png")
    client.wait(100)
    page.goto(f"{client.base}/review/repairs?kind=mosaic")
    asked(page, "Mosaic in the middle", "blocks of", "nobody can be identified")
    outline = page.locator(".compare-before .mask")
    expect(outline).to_be_visible()
    assert outline.evaluate("mask => mask.style.clipPath").startswith("polygon(")
    page.keyboard.press("o")
    expect(outline).to_be_hidden()
    answer(page, "y")
    visitor.open_library(page, client.base)
    panel = visitor.open_photo(page, "plate", "plate.png")
    expect(panel.get_by_text("nobody can be identified")).to_be_visible()
    expect(panel.locator(".versions")).to_contain_text("shown", timeout=60_000)
    expect(panel.locator(".versions")).to_contain_text("superres_quality@")
