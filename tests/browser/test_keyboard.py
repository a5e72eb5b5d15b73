"""The pages by keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser import visitor
from tests.browser.visitor import Opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


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
