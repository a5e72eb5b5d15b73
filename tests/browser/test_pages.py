"""Every page, light and dark, wide and on a phone: accessible and quiet."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitor
from tests.browser.visitor import SIZES, Opened
from tests.conftest import ROOT, Launch, lacking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
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
def empty(launch: Launch) -> str:
    """An app that nobody has put a photo into."""
    return launch().url


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
        ("/lab/mosaics", ".enlarge-panel"),
        ("/jobs", ".job-row >> nth=0"),
        ("/settings", ".setting >> nth=0"),
        ("/nowhere", ".error-page"),
        ("/?q=nothing-like-it", ".nothing"),
    ):
        page.goto(filled + path)
        expect(page.locator(shown)).to_be_visible()
        judge(page, path)


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
