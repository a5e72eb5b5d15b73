"""The brush: damage painted with the mouse and by keyboard is filled at once, and taken back."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ml.marks.mask import decoded
from tests.api_client import ApiClient
from tests.browser import visitor
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SIZE = (480, 320)
MASK = re.compile(r"/api/v1/repairs/\d+/mask$")


@pytest.fixture(scope="module")
def scratched(launch: Launch) -> ApiClient:
    """A library of one photo with a white scratch across it, and a finer one at its side."""
    client = ApiClient(launch(PROOFSHEET_WORKERS="1").url).connect()
    client.send("/settings", {"analyse_on_upload": False}, "PUT")
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    photo = np.stack([40 + x / 4, 60 + y / 4, 90 + x / 8], 2).astype(np.uint8)
    photo[158:163, 60:420] = 250
    photo[40:280, 30] = 250
    out = io.BytesIO()
    Image.fromarray(photo).save(out, "PNG")
    client.upload(out.getvalue(), "old.png")
    client.wait(100)
    return client


def marked(page: Page, address: str) -> int:
    """How many pixels of a mask are white."""
    return int(decoded(base64.b64encode(page.request.get(address).body()).decode()).sum())


def test_a_scratch_is_painted_over_filled_and_taken_back(page: Page, scratched: ApiClient) -> None:
    visitor.open_library(page, scratched.base)
    panel = visitor.open_photo(page, "old", "old.png")
    panel.get_by_role("button", name="Mark damage by hand").click()
    bench = page.get_by_role("dialog", name="Mark damage by hand")
    expect(bench.get_by_text("Paint over what is damaged")).to_be_visible()
    canvas = bench.locator("canvas")
    expect(canvas).to_be_focused()
    with page.expect_response(MASK) as told:
        bench.get_by_role("button", name="Find it").click()
    assert marked(page, told.value.url) > 150, "what is found is painted for a start"
    expect(bench.get_by_text("Wipe away what is no damage")).to_be_visible()
    with page.expect_response(MASK) as told:
        page.keyboard.press("Control+z")
    assert marked(page, told.value.url) == 0
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=8)
    with page.expect_response(MASK) as told, page.expect_response(re.compile("/repaired")) as seen:
        page.mouse.up()
    assert told.value.ok
    address = told.value.url
    painted = marked(page, address)
    assert painted > 360 * 5
    picture = np.asarray(Image.open(io.BytesIO(seen.value.body())).convert("L").resize(SIZE))
    assert picture[160, 70:410].max() < 200, "the white scratch is gone from the preview"
    with page.expect_response(MASK):
        canvas.press("ArrowDown")
        for _ in range(9):
            canvas.press("ArrowDown")
        canvas.press("]")
        canvas.press(" ")
    dabbed = marked(page, address)
    assert dabbed > painted
    with page.expect_response(MASK):
        canvas.press("Shift+ ")
    assert marked(page, address) < dabbed
    with page.expect_response(MASK):
        page.keyboard.press("Control+z")
    assert marked(page, address) == dabbed
    page.keyboard.press("Escape")
    expect(bench).to_have_count(0)
    expect(panel.locator(".versions")).to_contain_text("shown", timeout=60_000)
