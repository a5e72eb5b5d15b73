"""Repairs that nothing proposed, by keyboard: quarter turns, and what is chosen by hand."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from skimage import data

from ml.repair.quality import psnr
from tests.api_client import ApiClient
from tests.browser import visitor
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CLEAN = np.ascontiguousarray(data.astronaut()[:300, :400])


@pytest.fixture
def noisy(launch: Launch) -> ApiClient:
    """A library of one grainy photo, where nothing is looked for."""
    running = launch(PROOFSHEET_WORKERS="1")
    client = ApiClient(running.url).connect()
    client.send("/settings", {"analyse_on_upload": False}, "PUT")
    grain = np.random.default_rng(1).normal(0, 30, CLEAN.shape)
    out = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(CLEAN + grain, 0, 255))).save(out, "PNG")
    client.upload(out.getvalue(), "grainy.png")
    client.wait(60)
    return client


def pixels(page: Page, address: str) -> np.ndarray:
    body = page.request.get(address).body()
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))


def test_a_photo_is_turned_and_its_noise_undone_by_hand(page: Page, noisy: ApiClient) -> None:
    visitor.open_library(page, noisy.base)
    panel = visitor.open_photo(page, "grainy", "grainy.png")
    expect(panel.get_by_role("button", name="Repair by hand")).to_be_visible()
    for _ in range(2):
        with page.expect_response(re.compile(r"/photos/\d+/repairs$")) as told:
            page.keyboard.press("]")
        assert told.value.ok
    rows = panel.locator(".repair-row")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Turned upside down")
    expect(panel.locator(".versions strong")).to_be_visible(timeout=60_000)
    half = panel.locator(".versions li", has=page.get_by_text("shown")).get_by_role("link")
    expect(half).to_contain_text("400 × 300", timeout=60_000)
    version = half.get_attribute("href") or ""
    assert psnr(pixels(page, noisy.base + version)[::-1, ::-1], CLEAN) > 18, "upside down"
    page.keyboard.press("Shift+R")
    page.keyboard.press("[")
    expect(rows).to_have_count(0)
    visitor.tab_to(page, "Repair by hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Repair by hand")).to_be_visible()
    visitor.tab_to(page, "Noise")
    page.keyboard.press("Enter")
    bench = page.get_by_role("dialog", name="Adjust by hand: Noise")
    expect(bench.get_by_role("slider", name="Strength")).to_be_visible()
    visitor.tab_to(page, "Apply")
    page.keyboard.press("Enter")
    expect(bench).to_have_count(0)
    expect(panel.get_by_text("by hand, repaired")).to_be_visible()
    expect(panel.locator(".versions li").first).to_contain_text("Noise undone", timeout=60_000)
    version = panel.locator(".versions a").first.get_attribute("href") or ""
    assert psnr(pixels(page, noisy.base + version), CLEAN) > 26


def test_looking_at_a_photo_says_what_was_found(page: Page, noisy: ApiClient) -> None:
    visitor.open_library(page, noisy.base)
    panel = visitor.open_photo(page, "grainy", "grainy.png")
    panel.get_by_role("button", name="Look for what can be repaired").click()
    expect(panel.locator(".repair-row").first).to_contain_text("Noise", timeout=60_000)
    expect(panel.locator(".repair-row").first).to_contain_text("proposed")
