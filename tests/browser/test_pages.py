"""Every page, light and dark, wide and on a phone: accessible, quiet, usable by keyboard alone."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import skimage
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.api_client import ApiClient
from tests.browser import visitor
from tests.conftest import ROOT, Launch, lacking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"wide": (1600, 1000), "phone": (390, 844)}
PICTURES = (
    "chelsea.png",
    "astronaut.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
)
RULES = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  const where = (nodes) => nodes.slice(0, 4).map((node) => node.target.join(' '));
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${where(nodes)}`); }"""
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (Math.max(scrollWidth, document.body.scrollWidth) <= clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > clientWidth + 1)
    .map((one) => `${one.tagName}.${one.className}`).slice(0, 5); }"""
MOVING = """() => {
  const long = (text) => text.split(', ').some((each) => parseFloat(each) > 0.01);
  const moves = ({ transitionDuration, animationDuration }) =>
    long(transitionDuration) || long(animationDuration);
  const all = [...document.querySelectorAll('*')];
  return all.filter((one) => moves(getComputedStyle(one))).map((one) => one.className); }"""


@pytest.fixture(scope="module")
def filled(launch: Launch) -> str:
    """An app with a handful of scikit-image's pictures, analysed."""
    client = ApiClient(launch().url).connect()
    for number, name in enumerate(PICTURES):
        image = Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
        exif = Image.Exif()
        exif[0x0132] = f"2025:0{number + 1}:1{number} 10:00:00"
        out = io.BytesIO()
        image.save(out, "JPEG", quality=88, exif=exif)
        client.upload(out.getvalue(), f"Pictures/{Path(name).stem}.jpg")
    client.upload(b"no picture", "Pictures/broken.jpg")
    client.wait(180)
    (astronaut,) = client.photos("q=astronaut")
    (face,) = client.get(f"/photos/{astronaut['id']}")["faces"]
    client.send("/faces/name", {"faces": [face["id"]], "name": "Eileen Collins"})
    client.wait(60)
    return client.base


@pytest.fixture(scope="module")
def empty(launch: Launch) -> str:
    """An app that nobody has put a photo into."""
    return launch().url


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """`opened(theme, size)` gives a page; what its console complained about fails the test."""
    errors: list[str] = []
    contexts = []

    def fresh(theme: str = "light", size: str = "wide", **more: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            locale="en-GB", color_scheme=theme, viewport={"width": width, "height": height},
            has_touch=size == "phone", **more,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield fresh
    for context in contexts:
        context.close()
    unexpected = [error for error in errors if "404" not in error]
    assert not unexpected, unexpected


def judge(page: Page, what: str) -> None:
    """Hold what is shown now against axe-core's rules and the width of the window."""
    page.wait_for_timeout(250)  # fades end
    page.evaluate(AXE.read_text())
    violations = page.evaluate(RULES)
    assert not violations, f"{what}: " + "\n".join(violations)
    assert not page.evaluate(TOO_WIDE), f"{what} is wider than its window"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible(
    opened: Opened, filled: str, empty: str, theme: str, size: str
) -> None:
    if not AXE.exists():
        lacking("axe-core is not installed (make setup)")
    page = opened(theme, size, bypass_csp=True)  # axe-core puts styles into the page
    visitor.open_library(page, empty)
    judge(page, "the empty library")
    box, window = page.locator(".empty-drop").bounding_box(), page.viewport_size
    assert box
    assert window
    assert abs(box["x"] + box["width"] / 2 - window["width"] / 2) < 2, "not in the middle"
    visitor.open_library(page, filled)
    judge(page, "the library")
    page.keyboard.press("?")
    judge(page, "the keys")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(page.locator(".export-size")).to_contain_text("about")
    judge(page, "the download sheet")
    page.keyboard.press("Escape")
    page.locator(".cell").first.focus()
    page.keyboard.press(" ")
    judge(page, "a selection")
    page.keyboard.press("t")
    judge(page, "the dialog of tags")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator(".photo-view .view-bar")).to_be_visible()
    page.keyboard.press("o")
    page.wait_for_timeout(500)
    judge(page, "a photo")
    for path, shown in (
        ("/review", ".review-words strong"),
        ("/review/repairs", ".review-done h2"),
        ("/people", ".person-card"),
        ("/people/1", ".face-tile"),
        ("/lab/enlarge", ".enlarge-panel"),
        ("/jobs", ".job-row >> nth=0"),
        ("/settings", ".setting >> nth=0"),
        ("/nowhere", ".error-page"),
        ("/?q=nothing-like-it", ".nothing"),
    ):
        page.goto(filled + path)
        expect(page.locator(shown)).to_be_visible()
        judge(page, path)


def test_the_library_works_by_keyboard_alone(opened: Opened, filled: str) -> None:
    page = opened()
    visitor.open_library(page, filled)
    page.keyboard.press("ArrowRight")
    first = visitor.focused(page)
    page.keyboard.press("ArrowRight")
    assert visitor.focused(page) != first
    page.keyboard.press("ArrowLeft")
    assert visitor.focused(page) == first
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.locator(".selection-bar")).to_contain_text("1 selected")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".selection-bar")).to_contain_text("2 selected")
    page.keyboard.press("Control+a")
    expect(page.locator(".selection-bar")).to_contain_text("6 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".selection-bar")).to_be_hidden()
    here = visitor.focused(page)
    for key, dialog in (("?", "Keys"), ("t", "Tag 1 photo"), ("d", "Download 6 photos")):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert visitor.focused(page) == here, f"the focus did not come back after {key}"
    page.keyboard.press("/")
    page.keyboard.type("chelsea")
    page.keyboard.press("Enter")
    expect(page.locator(".gallery-count")).to_have_text("1 photo")
    page.go_back()
    expect(page.locator(".gallery-count")).to_have_text("6 photos")
    page.go_forward()
    expect(page.locator(".gallery-count")).to_have_text("1 photo")


def test_a_photo_works_by_keyboard_alone(opened: Opened, filled: str) -> None:
    page = opened()
    visitor.open_library(page, filled)
    page.keyboard.press("ArrowRight")
    here = visitor.focused(page)
    page.keyboard.press("Enter")
    view = page.locator(".photo-view")
    name = view.locator(".panel h2").first
    expect(name).not_to_have_text("")
    before = name.inner_text()
    page.keyboard.press("ArrowRight")
    expect(name).not_to_have_text(before)
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(before)
    image = view.locator(".pswp__img:not(.pswp__img--placeholder)").first
    page.keyboard.press("z")
    page.keyboard.press("z")
    expect(image).to_be_visible()
    page.keyboard.press("o")
    page.keyboard.press("i")
    expect(view.locator(".panel")).to_be_hidden()
    page.keyboard.press("t")
    expect(view.get_by_role("combobox", name="Add a tag")).to_be_focused()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(view.get_by_role("link", name="by keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(view.get_by_role("link", name="by keyboard")).to_have_count(0)
    page.keyboard.press("d")
    expect(page.get_by_role("dialog", name="Download 1 photo")).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)
    page.wait_for_url("**/")
    assert visitor.focused(page) == here
    page.go_forward()
    expect(page.locator(".photo-view .panel h2").first).to_have_text(before)
    page.go_back()
    expect(page.locator(".photo-view")).to_have_count(0)


def test_the_review_works_by_keyboard_alone(opened: Opened, filled: str) -> None:
    page = opened()
    visitor.open_library(page, filled)
    page.keyboard.press("g")
    page.keyboard.press("r")
    asked = page.locator(".review-words")
    expect(asked.locator("strong")).to_be_visible()
    count = visitor.ask(page, "/review?limit=1")["left"]
    assert count >= 4, "too few proposals to try"
    shown = page.locator(".review-photo img")
    past = page.locator(".past-list li")
    first = (asked.inner_text(), shown.get_attribute("alt"))
    page.keyboard.press("s")
    expect(past).to_have_count(0)
    for number, key in enumerate("yn", 1):
        with page.expect_response("**/api/v1/review"):
            page.keyboard.press(key)
        expect(past).to_have_count(number)
    expect(page.locator(".review-left")).to_have_text(f"{count - 2} left")
    for number in (1, 0):
        with page.expect_response("**/undo"):
            page.keyboard.press("u")
        expect(past).to_have_count(number)
    expect(page.locator(".review-left")).to_have_text(f"{count} left")
    page.keyboard.press("o")
    expect(page.locator(".review-photo .boxes")).to_be_hidden()
    page.keyboard.press("o")
    page.keyboard.press("z")
    expect(page.locator(".review-stage.zoomed")).to_be_visible()
    page.keyboard.press("z")
    page.reload()
    expect(asked.locator("strong")).to_be_visible()
    assert (asked.inner_text(), shown.get_attribute("alt")) == first, (
        "an undone answer left a trace"
    )
    for key, path in (("j", "/jobs"), ("s", "/settings"), ("l", "/"), ("r", "/review")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(filled + path)
        expect(page.locator("[data-nav][aria-current=page]")).to_have_attribute("href", path)
    page.go_back()
    page.wait_for_url(filled + "/")
    expect(page.locator(".cell").first).to_be_visible()


def test_nothing_moves_where_reduced_motion_is_asked(opened: Opened, filled: str) -> None:
    page = opened(reduced_motion="reduce")
    visitor.open_library(page, filled)
    assert page.evaluate(MOVING) == []
    page.keyboard.press("?")
    assert page.evaluate(MOVING) == []


def test_the_chosen_look_stays(opened: Opened, filled: str) -> None:
    page = opened("light")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    page.goto(filled + "/settings")
    light = page.evaluate(ground)
    page.get_by_label("Dark", exact=True).check()
    assert page.evaluate(ground) != light
    page.goto(filled)
    assert page.evaluate(ground) != light
