"""Teaching a tag: from a selection to proposals, a key an answer, undo, the end."""

import io
import re
from pathlib import Path

import pytest
import skimage
from PIL import Image
from playwright.sync_api import Page, expect

from tests.api_client import ApiClient
from tests.browser import visitor
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
OTHERS = ("rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg")
EXAMPLES = 3


def crops(name: str, count: int) -> list[bytes]:
    """Overlapping parts of one of scikit-image's pictures."""
    image = Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
    image.thumbnail((640, 640))
    width, height = image.size
    parts = []
    for number in range(count):
        left, top = (number * width) // (5 * count), (number % 3) * height // 20
        out = io.BytesIO()
        part = image.crop((left, top, left + width * 4 // 5, top + height * 4 // 5))
        part.save(out, "JPEG", quality=85)
        parts.append(out.getvalue())
    return parts


@pytest.fixture(scope="module")
def cups(launch: Launch) -> ApiClient:
    """A library of a few cups of coffee, three of them the examples, among other pictures."""
    client = ApiClient(launch().url).connect()
    for number, data in enumerate(crops("coffee.png", EXAMPLES + 3)):
        name = "example" if number < EXAMPLES else "another"
        client.upload(data, f"cups/{name}_{number}.jpg")
    for name in OTHERS:
        for number, data in enumerate(crops(name, 3)):
            client.upload(data, f"others/{Path(name).stem}_{number}.jpg")
    client.wait(200)
    return client


def test_a_tag_is_taught_from_a_selection(page: Page, cups: ApiClient) -> None:
    visitor.open_library(page, cups.base)
    visitor.seek(page, "example", "example_2.jpg")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Find more like these").click()
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("hot drink")
    page.keyboard.press("Enter")
    expect(page.locator(".teach-state")).to_have_text("Your answers are learned.", timeout=30_000)
    expect(page.locator(".teach-yes .figures")).to_have_text("3 of 10")

    marked = page.locator(".teach-tile[aria-current=true] .teach-photo")
    expect(marked).to_be_focused()
    for count in (4, 5):
        expect(marked).to_have_attribute("aria-label", re.compile("^another_"))
        page.keyboard.press("y")
        expect(page.locator(".teach-yes .figures")).to_have_text(f"{count} of 10")
    expect(page.locator(".teach-state")).to_have_text("Your answers are learned.", timeout=30_000)

    page.keyboard.press("ArrowRight")
    refused = str(marked.get_attribute("aria-label")).rpartition(",")[0]
    page.keyboard.press("n")
    expect(page.locator(".teach-no .figures")).to_have_text("1 of 10")
    expect(page.locator(f".teach-photo[aria-label^='{refused},']")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".teach-no .figures")).to_have_text("0 of 10")
    expect(page.locator(f".teach-photo[aria-label^='{refused},']")).to_have_count(1)

    page.locator(f".teach-photo[aria-label^='{refused},']").click()
    page.keyboard.press("n")
    expect(page.locator(".teach-state")).to_have_text("Your answers are learned.", timeout=30_000)
    page.reload()
    expect(page.locator(".teach-tile").first).to_be_visible()
    expect(page.locator(f".teach-photo[aria-label^='{refused},']")).to_have_count(0)
    told = cups.get("/concepts")["concepts"]
    assert [(one["name"], one["yes"], one["no"]) for one in told] == [("hot drink", 5, 1)]


def test_all_above_the_marked_one_at_once_and_the_end(page: Page, cups: ApiClient) -> None:
    chosen = [card["id"] for card in cups.photos("q=rocket")][:2]
    begun = cups.send("/concepts", {"name": "launch"})["concept"]
    cups.send(f"/concepts/{begun['id']}", {"photos": chosen, "answer": "yes"})
    cups.wait()
    page.goto(f"{cups.base}/teach/{begun['id']}")
    expect(page.locator(".teach-state")).to_have_text("Your answers are learned.", timeout=30_000)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    expect(page.locator(".teach-yes .figures")).to_have_text("4 of 10")
    expect(page.locator(".toast")).to_contain_text("2 photos")
    cups.wait()
    assert cups.get(f"/concepts/{begun['id']}")["concept"]["yes"] == 4

    page.locator("[data-do=stop]").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop teaching").click()
    expect(page.locator(".taught")).not_to_contain_text("launch")
    page.locator(".toast").get_by_role("button", name="Undo").last.click()
    expect(page.locator(".taught")).to_contain_text("launch")
