"""Enlarging in Chromium: chosen, made by the worker, compared, fetched, thrown away."""

import io
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MADE_MS = 90_000
NAME = "cat of the house.png"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo on this disk."""
    place = tmp_path / NAME
    Image.fromarray(skimage.data.chelsea()[:220, :300]).save(place)
    return place


def cut(page: Page) -> float:
    """Where the upper picture is cut, in pixels of the page."""
    layer = page.locator(".pieces-enlarged")
    return float(layer.evaluate("one => parseFloat(one.style.clipPath.split(' ').at(-1))"))


def test_a_file_is_enlarged_compared_and_fetched(page: Page, live: str, photo: Path) -> None:
    page.goto(f"{live}/lab")
    page.get_by_role("link", name="Enlarge").click()
    expect(page.get_by_text("No photo is chosen")).to_be_visible()
    expect(page.locator("nav.pages [aria-current=page]")).to_have_text("Lab")
    run = page.get_by_role("button", name="Enlarge")
    expect(run).to_be_disabled()
    page.locator("[data-enlarge=file]").set_input_files(photo)
    expect(page.get_by_text("It becomes 1,200 × 880 pixels")).to_be_visible()
    page.get_by_role("radio", name="3 ×").focus()
    page.keyboard.press("ArrowRight")  # radios go by keys
    run.press("Enter")
    expect(page.locator(".pieces-enlarged img")).to_be_visible(timeout=MADE_MS)
    _compare(page)
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download", exact=True).click()
    assert begun.value.suggested_filename == "cat of the house-4x.png"
    result = Image.open(io.BytesIO(Path(begun.value.path()).read_bytes()))
    assert result.size == (1200, 880)
    page.reload()  # what was made is still here
    expect(page.locator(".pieces-enlarged img")).to_be_visible()
    page.get_by_role("button", name=f"Throw {NAME} away").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    expect(page.get_by_text("No photo is chosen")).to_be_visible()


def _compare(page: Page) -> None:
    """The divider by keys, both pictures by turns, and pixels one to one."""
    slider = page.get_by_role("slider", name="Bicubic and enlarged")
    slider.focus()
    before = cut(page)
    page.keyboard.press("ArrowLeft")
    assert cut(page) < before
    page.keyboard.press("b")
    expect(slider).to_have_attribute("aria-valuetext", "Bicubic alone")
    page.keyboard.press("b")
    expect(slider).to_have_attribute("aria-valuetext", "Enlarged alone")
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="100 %")).to_have_attribute("aria-pressed", "true")
    pieces = page.locator(".pieces-enlarged img")
    expect(pieces.first).to_be_visible()
    assert pieces.first.evaluate("one => one.decode().then(() => one.naturalWidth)") == 1024
    assert pieces.first.evaluate("one => one.width * devicePixelRatio") == 1024
    page.keyboard.press("z")
    expect(pieces).to_have_count(1)


def test_what_cannot_be_enlarged_says_why(page: Page, live: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 and nothing more")
    page.goto(f"{live}/lab/enlarge")
    page.locator("[data-enlarge=file]").set_input_files(broken)
    page.get_by_role("button", name="Enlarge").click()
    told = page.locator("[data-enlarge=list]")
    expect(told.get_by_text("It cannot be enlarged")).to_be_visible(timeout=MADE_MS)
    page.get_by_role("button", name="Throw broken.jpg away").click()
    expect(told.get_by_text("Nothing yet.")).to_be_visible()


def test_a_photo_of_the_library_is_found_by_a_word(page: Page, filled: str) -> None:
    page.goto(f"{filled}/lab/enlarge")
    page.get_by_role("button", name="From the library").click()
    photos = page.get_by_role("dialog", name="Choose a photo").locator(".lab-photos button")
    expect(photos.nth(1)).to_be_visible()
    name = photos.nth(1).get_attribute("title") or ""
    page.keyboard.type("no such photo at all")
    expect(page.get_by_text("No photo is found by that.")).to_be_visible()
    page.get_by_role("searchbox", name="Find by name or tag").fill(name.partition(".")[0])
    expect(photos).to_have_count(1)
    photos.press("Enter")
    expect(page.locator(".enlarge-before")).to_have_attribute("alt", name)
    expect(page.get_by_text("It becomes")).to_be_visible()
    expect(page.get_by_role("button", name="Enlarge")).to_be_focused()
