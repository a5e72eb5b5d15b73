"""The panel of a photo's authenticity, with what is found on each person in it."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage import data
from sqlalchemy import select

from app.config import Config
from app.core import Core
from app.models import Photo
from app.services.authenticity import verdicts
from ml.results import Authenticity, Evidence, JudgedPerson
from tests.api_client import ApiClient
from tests.browser import visitor
from tests.browser.visitor import Opened
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def verdict(outcome: str, likely: float, people: tuple[JudgedPerson, ...] = ()) -> Authenticity:
    rest = (1 - likely) / 2
    return Authenticity(
        outcome,
        {"photograph": rest, "generated": likely, "edited": rest},
        None,
        (Evidence("objects", "Things and their surfaces look somewhat unlike.", -1.5),),
        np.tile(np.linspace(0, 255, 12).astype(np.uint8), (9, 1)),
        people,
    )


@pytest.fixture(scope="module")
def judged(launch: Launch) -> str:
    """A library with a photo of one person, and a verdict on both."""
    running = launch(PROOFSHEET_WORKERS="1")
    client = ApiClient(running.url).connect()
    out = io.BytesIO()
    Image.fromarray(data.astronaut()).save(out, "JPEG", quality=92)
    client.upload(out.getvalue(), "trip/astronaut.jpg")
    client.wait(100)
    core = Core.build(Config(data=running.data))
    with core.db.write() as session:
        photo = session.scalars(select(Photo)).one()
        person = JudgedPerson(
            (180.0, 70.0, 85.0, 110.0), (55.0, 0.0, 330.0, 290.0), verdict("generated", 0.96)
        )
        verdicts.keep(session, photo, verdict("inconclusive", 0.5, (person,)), "one@12345678")
        session.commit()
    core.db.dispose()
    return running.url


@pytest.mark.parametrize(
    ("theme", "size"), [("light", "wide"), ("dark", "phone")], ids=("wide", "phone")
)
def test_each_person_has_reasons_and_a_map(opened: Opened, judged: str, theme, size) -> None:
    page = opened(theme, size)
    visitor.open_library(page, judged)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    part = page.locator(".panel-authenticity")
    expect(part.locator("strong")).to_have_text("Nobody can tell")
    if size == "phone":  # where the panel is shut until it is asked for
        page.keyboard.press("i")
    expect(part.locator(":scope > .traces")).to_have_count(0)
    person = part.locator(".judged-person")
    expect(person.locator("summary")).to_have_text("The person, looked at alone: May be generated")
    person.locator("summary").click()
    expect(person.locator(".traces canvas")).to_be_visible()
    expect(person).to_contain_text("It proves nothing about anybody.")
    expect(person.locator(".evidence li")).to_contain_text("Against a photograph, weight 1.5")
    expect(person).to_contain_text("Photograph under 5%, generated over 95%, edited under 5%.")
    shown = person.locator(".cut-out").bounding_box()
    assert shown is not None
    assert shown["width"] / shown["height"] == pytest.approx(330 / 290, rel=0.02)
    over = person.locator("canvas").bounding_box()
    assert over is not None
    assert over["height"] == pytest.approx(shown["height"], abs=1)


@pytest.mark.parametrize(
    ("theme", "size"), [("light", "wide"), ("dark", "phone")], ids=("wide", "phone")
)
def test_a_verdict_is_renewed_and_a_persons_word_stays(
    opened: Opened, judged: str, theme, size
) -> None:
    page = opened(theme, size)
    visitor.open_library(page, judged)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    part = page.locator(".panel-authenticity")
    expect(part.locator("strong")).to_be_attached()
    if size == "phone":
        page.keyboard.press("i")
    part.locator("select").select_option("photograph")
    expect(part).to_contain_text("You said: A photograph.")
    part.get_by_role("button", name="Look again").click()
    expect(part.get_by_role("status")).to_have_text("It is being looked at.")
    expect(part.get_by_role("button", name="Look again")).to_be_visible(timeout=90_000)
    expect(part.locator("strong")).to_have_text("Looks like a photograph")
    part.locator("select").select_option("")
    expect(part.locator(".evidence").first).to_contain_text("edges", timeout=20_000)
