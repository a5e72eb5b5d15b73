"""People on a phone: a swipe to the right is yes, to the left no; tiny faces in their fold."""

import io
from collections.abc import Iterator

import pytest
import skimage.data
from PIL import Image, ImageEnhance
from playwright.sync_api import Browser, Locator, Page, expect

from tests.api_client import ApiClient
from tests.conftest import Launch, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WHO = "Eileen Collins"
SHARP, TINY = 5, 2


@pytest.fixture(scope="module")
def client(launch: Launch) -> ApiClient:
    """Portraits of one person, one of them named, the others proposed, two too small to be."""
    client = ApiClient(launch().url).connect()
    portrait = Image.fromarray(skimage.data.astronaut()[:300, 60:420])
    for number in range(SHARP + TINY):
        image = ImageEnhance.Brightness(portrait).enhance(0.8 + 0.06 * number)
        if number >= SHARP:
            crowd = Image.new("RGB", (640, 480), (90, 110, 130))
            crowd.paste(image.resize((46, 38), Image.Resampling.BOX), (200, 40 * number))
            image = crowd
        out = io.BytesIO()
        image.save(out, "JPEG", quality=90)
        client.upload(out.getvalue(), f"{number}.jpg")
    client.wait(120)
    until(lambda: not client.get("/people")["learning"], "stacking", 60)
    first = client.photos("q=0.jpg")[0]["id"]
    faces = [face["id"] for face in client.get(f"/photos/{first}")["faces"]]
    client.send("/faces/name", {"faces": faces, "name": WHO})
    until(lambda: not client.get("/people")["learning"], "learning", 60)
    return client


@pytest.fixture
def phone(browser: Browser, client: ApiClient) -> Iterator[Page]:
    context = browser.new_context(
        locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    errors: list[str] = []
    page = context.new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, "\n".join(errors)


def swipe(tile: Locator, by: int) -> None:
    """Draw a finger across a tile."""
    box = tile.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    devtools = tile.page.context.new_cdp_session(tile.page)
    points = [{"x": x + by * step / 5, "y": y} for step in range(6)]
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    devtools.detach()


def counts(client: ApiClient) -> tuple[int, int, int]:
    [person] = client.get("/people")["people"]
    told = client.get(f"/people/{person['id']}")
    return told["person"]["named"], told["person"]["suggested"], told["rejected"]


def test_a_swipe_answers_for_a_face(phone: Page, client: ApiClient) -> None:
    assert counts(client) == (1, SHARP - 1, 0)
    phone.goto(f"{client.base}/review/people")
    tiles = phone.locator(".face-tile")
    expect(tiles).to_have_count(SHARP - 1)
    swipe(tiles.nth(1), 100)
    expect(tiles).to_have_count(SHARP - 2)
    until(lambda: counts(client) == (2, SHARP - 2, 0), "a yes")
    swipe(tiles.nth(1), -90)
    expect(tiles).to_have_count(SHARP - 3)
    until(lambda: counts(client)[2] == 1, "a no")
    swipe(tiles.first, 20)
    expect(tiles.first).not_to_have_attribute("data-swipe", "yes")
    assert counts(client)[::2] == (2, 1), "hardly a swipe says nothing"


def test_tiny_faces_are_named_in_their_fold(phone: Page, client: ApiClient) -> None:
    phone.goto(f"{client.base}/people")
    fold = phone.locator(".people-poor")
    expect(fold.locator("summary")).to_have_text(f"Blurred or tiny faces ({TINY})")
    fold.locator("summary").tap()
    faces = fold.locator(".stack-face")
    expect(faces).to_have_count(TINY)
    faces.first.tap()
    expect(faces.first).to_have_attribute("aria-pressed", "true")
    fold.get_by_role("combobox").fill(WHO)
    fold.get_by_role("combobox").press("Enter")
    expect(faces).to_have_count(TINY - 1)
    expect(fold.locator("summary")).to_have_text(f"Blurred or tiny faces ({TINY - 1})")
