"""A page for tests that take the server away: what the browser says of that is no failure."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def patient_page(browser: Browser) -> Iterator[Page]:
    """A page whose scripts must not fail, while requests may."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    fresh = context.new_page()
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    yield fresh
    context.close()
    assert not errors, "\n".join(errors)
