"""Pages and servers that several browser tests visit."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import skimage
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.api_client import ApiClient
from tests.browser.visitor import SIZES, Opened
from tests.conftest import Launch

PICTURES = (
    "chelsea.png",
    "astronaut.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
)


@pytest.fixture
def patient_page(browser: Browser) -> Iterator[Page]:
    """A page for tests that take the server away: scripts must not fail, while requests may."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    fresh = context.new_page()
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    yield fresh
    context.close()
    assert not errors, "\n".join(errors)


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
