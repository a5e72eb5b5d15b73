"""Mosaics in Chromium: a file is chosen, a method, and the mask lies over the picture."""

from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect

from ml.degradations.mosaic import Mosaic

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
LOOKED_MS = 60_000


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo with a mosaic over a face."""
    place = tmp_path / "face.png"
    mosaic = Mosaic(9, (2, 4), shape="rectangle", region=(150, 40, 180, 180))
    Image.fromarray(mosaic.apply(skimage.data.astronaut())).save(place)
    return place


def test_a_mosaic_is_found_and_its_mask_shown(page: Page, live: str, photo: Path) -> None:
    page.goto(f"{live}/lab")
    page.get_by_role("link", name="Mosaics").click()
    expect(page.get_by_text("No photo is chosen")).to_be_visible()
    run = page.get_by_role("button", name="Look for mosaics")
    expect(run).to_be_disabled()
    page.locator("[data-mosaics=file]").set_input_files(photo)
    page.get_by_role("radio", name="Trees, then the network").focus()
    page.keyboard.press("ArrowDown")  # radios go by keys
    run.press("Enter")
    expect(page.get_by_text("Blocks of 9 px")).to_be_visible(timeout=LOOKED_MS)
    expect(page.get_by_text("Told by the trees")).to_be_visible()
    mask, picture = page.locator(".mosaics-mask"), page.locator(".mosaics-frame img")
    expect(mask).to_be_visible()
    assert mask.bounding_box() == picture.bounding_box()
    page.keyboard.press("m")
    expect(mask).to_be_hidden()


def test_a_clean_photo_has_no_mask(page: Page, live: str, tmp_path: Path) -> None:
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "clean.png")
    page.goto(f"{live}/lab/mosaics")
    page.locator("[data-mosaics=file]").set_input_files(tmp_path / "clean.png")
    page.get_by_role("button", name="Look for mosaics").click()
    expect(page.get_by_text("No mosaic is found")).to_be_visible(timeout=LOOKED_MS)
    expect(page.get_by_role("button", name="Mask")).to_be_hidden()


def test_another_photo_ends_a_look(page: Page, live: str, photo: Path) -> None:
    page.route("**/lab/mosaics/file*", lambda route: None)  # never answered
    page.goto(f"{live}/lab/mosaics")
    chosen = page.locator("[data-mosaics=file]")
    chosen.set_input_files(photo)
    page.get_by_role("button", name="Look for mosaics").click()
    expect(page.get_by_text("Looking")).to_be_visible()
    with page.expect_event("requestfailed") as ended:
        chosen.set_input_files(photo)
    assert "/lab/mosaics/file" in ended.value.url
    expect(page.get_by_role("button", name="Look for mosaics")).to_be_enabled()
