"""The lab in Chromium: the shader against ml/warps, and an effect chosen and undone by keyboard."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from app.services import lab
from ml.warps import FAMILIES, Warp, distort
from tests.conftest import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DRAWN = """canvas => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
    () => done(canvas.toDataURL()))))"""
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def drawing(playwright: Playwright, chromium: Path) -> Iterator[Browser]:
    """Chromium that draws WebGL without a graphics card."""
    arguments = [each for each in CHROMIUM if each != "--disable-gpu"]
    chrome = playwright.chromium.launch(executable_path=chromium, args=[*arguments, *SOFTWARE])
    yield chrome
    chrome.close()


@pytest.fixture
def bench(drawing: Browser, live: str) -> Iterator[Page]:
    """The lab's page, ready; an error on its console fails the test."""
    context = drawing.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page = context.new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live}/lab")
    expect(page.locator("#lab-effect")).to_have_value("swirl")
    yield page
    context.close()
    assert not errors, "\n".join(errors)


def saved(page: Page, press: Callable[[], None]) -> bytes:
    """What a press of a button downloads."""
    with page.expect_download() as begun:
        press()
    return Path(begun.value.path()).read_bytes()


def picture(page: Page) -> Pixels:
    """The picture as it is shown, by its download."""
    data = saved(page, lambda: page.locator("[data-lab=download]").click())
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def parameters(page: Page) -> dict[str, Any]:
    """The parameters' download."""
    return dict(json.loads(saved(page, page.locator("[data-lab=parameters]").click)))


def warp(told: dict[str, Any]) -> Warp:
    values = told["parameters"].items()
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in values}
    return FAMILIES[told["effect"]](**given)


def psnr(one: Pixels, other: Pixels) -> float:
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def take(page: Page, folder: Path) -> Pixels:
    """Give the lab a small photo of one's own; returns it as it is without an effect."""
    file = folder / "astronaut.png"
    photo = Image.fromarray(skimage.data.astronaut()).resize((240, 180))
    photo.save(file)
    page.locator("[data-lab=file]").set_input_files(file)
    page.locator("#lab-effect").select_option("")
    expect(page.locator("[data-lab=canvas]")).to_have_attribute(
        "aria-label", "astronaut.png, as it is"
    )
    clean = picture(page)
    assert (clean == np.asarray(photo)).all()
    return clean


def test_every_effect_is_drawn_as_the_library_does(bench: Page, tmp_path: Path) -> None:
    clean = take(bench, tmp_path)
    near = {}
    for name in FAMILIES:
        bench.locator("#lab-effect").select_option(name)
        expect(bench.locator("[data-lab=equation] math").first).to_be_visible()
        told = parameters(bench)
        assert (told["effect"], told["width"], told["height"]) == (name, 240, 180)
        shown = picture(bench)
        assert psnr(shown, clean) < 25, f"{name} changes the picture"
        near[name] = psnr(shown, distort(clean, warp(told), border=told["border"]))
    assert min(near.values()) > 30, near


def test_borders_and_models_are_the_librarys(bench: Page, tmp_path: Path) -> None:
    clean = take(bench, tmp_path)
    cases = [("wave", "", border) for border in ("white", "replicate", "mirror", "wrap")]
    cases += [("swirl", profile, "black") for profile in ("linear", "cubic", "exponential")]
    cases += [("barrel", "polynomial", "black"), ("bulge", "sine", "mirror")]
    for name, model, border in cases:
        bench.locator("#lab-effect").select_option(name)
        if model:
            bench.locator(f"#lab-{'profile' if name == 'swirl' else 'model'}").select_option(model)
        bench.locator("#lab-border").select_option(border)
        told = parameters(bench)
        found = psnr(picture(bench), distort(clean, warp(told), border=told["border"]))
        assert found > 30, (name, model, border, found)


def test_what_would_fold_is_held_back(bench: Page) -> None:
    bench.locator("#lab-effect").select_option("ripple")
    bench.locator("#lab-amplitude").press("End")
    bench.locator("#lab-wavelength").press("Home")
    expect(bench.locator("[data-lab=note]")).to_contain_text("fold")
    warp(parameters(bench))  # raises WarpError where it folds
    bench.locator("#lab-effect").select_option("contour")
    for name in ("strength", "shape"):
        bench.locator(f"#lab-{name}").press("End")
        warp(parameters(bench))


def shown(page: Page) -> Pixels:
    """What the canvas shows, grid and all."""
    address = page.locator("[data-lab=canvas]").evaluate(DRAWN)
    data = base64.b64decode(address.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def reach(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_by_keyboard_alone(bench: Page) -> None:
    bench.keyboard.press("g")
    bench.keyboard.press("l")
    expect(bench.locator("[data-nav=library]")).to_have_attribute("aria-current", "page")
    bench.keyboard.press("g")
    bench.keyboard.press("b")
    expect(bench.locator("#lab-effect")).to_have_value("swirl")

    canvas = bench.locator("[data-lab=canvas]")
    reach(bench, "[data-sample=maze]")
    bench.keyboard.press("Enter")
    expect(canvas).to_have_attribute("aria-label", "Maze, with swirl")
    reach(bench, "#lab-effect")
    bench.keyboard.press("ArrowUp")
    expect(canvas).to_have_attribute("aria-label", "Maze, as it is")
    maze = shown(bench)
    bench.keyboard.press("ArrowDown")
    expect(canvas).to_have_attribute("aria-label", "Maze, with swirl")
    swirled = shown(bench)
    assert psnr(swirled, maze) < 20

    reach(bench, "#lab-angle")
    bench.keyboard.press("ArrowRight")
    stronger = shown(bench)
    assert (stronger != swirled).any()
    bench.keyboard.press("u")
    assert (shown(bench) == swirled).all()
    bench.keyboard.press("b")
    assert (shown(bench) == maze).all()
    bench.keyboard.press("b")
    bench.keyboard.press("o")
    assert (shown(bench) != swirled).any(), "the grid is drawn"
    bench.keyboard.press("o")

    reach(bench, "#lab-radius")
    bench.keyboard.press("End")
    assert (shown(bench) != swirled).any()
    bench.keyboard.press("r")
    assert (shown(bench) == swirled).all()

    reach(bench, "[data-lab=own]")  # beyond the end it begins anew
    reach(bench, "[data-lab=download]")
    data = saved(bench, lambda: bench.keyboard.press("Enter"))
    assert (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) == swirled).all()
    reach(bench, "[data-lab=parameters]")
    told = json.loads(saved(bench, lambda: bench.keyboard.press("Enter")))
    assert told["parameters"]["angle"] == 180


def test_the_model_answers_or_says_why_not(bench: Page) -> None:
    run = bench.locator("[data-lab=run]")
    if lab.lacking():
        expect(run).to_be_disabled()
        expect(bench.locator(".lab-lacking")).to_contain_text("The effects work")
        return
    run.press("Enter")
    answer = bench.locator("[data-lab=answer]")
    expect(answer).to_contain_text("ms", timeout=60_000)
    expect(answer).to_contain_text("px from where they belong")
    if bench.locator(".lab-after").count():
        expect(answer.locator("math").first).to_be_visible()
        bench.locator(".lab-divider").press("Home")
        expect(bench.locator(".lab-after")).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
