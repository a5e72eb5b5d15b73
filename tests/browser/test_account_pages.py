"""Taking the house, signing in, account and users: as visitors do it, on every kind of screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import AXE, SIZES, judge
from tests.conftest import Launch, Running, lacking, until
from tests.households import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCREENS = (("light", "wide"), ("dark", "phone"))


@pytest.fixture(scope="module")
def app(launch: Launch) -> Running:
    """An app where people sign in; nobody has yet."""
    return launch(PROOFSHEET_ACCOUNTS="on", PROOFSHEET_WORKERS="1")


@pytest.fixture(scope="module")
def first_link(app: Running) -> str:
    """The address that main.py printed for the owner."""
    written = re.compile(r"^\S+/welcome\?code=\S+$", re.MULTILINE)
    until(lambda: written.search(app.log.read_text()), "the owner's link")
    found = written.search(app.log.read_text())
    assert found
    return found[0]


class Visitor:
    """One person with a browser of their own, who may change the screen."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.errors: list[str] = []
        self.page = self.on("light", "wide")

    def on(self, theme: str, size: str) -> Page:
        """The same browser on another screen."""
        width, height = SIZES[size]
        state = self.page.context.storage_state() if hasattr(self, "page") else None
        context = self.browser.new_context(
            locale="en-GB", color_scheme=theme, viewport={"width": width, "height": height},
            has_touch=size == "phone", storage_state=state, bypass_csp=True,
        )  # fmt: skip
        fresh = context.new_page()
        fresh.on("pageerror", lambda error: self.errors.append(str(error)))
        if hasattr(self, "page"):
            self.page.context.close()
        self.page = fresh
        return fresh

    def type(self, **values: str) -> None:
        """Fill a form's fields by their names and send it."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").first.fill(value)
        self.page.keyboard.press("Enter")


@pytest.fixture
def somebody(browser: Browser) -> Iterator[type[Visitor]]:
    """Makes visitors; their browsers are closed at the end."""
    before = set(browser.contexts)
    yield Visitor
    for context in set(browser.contexts) - before:
        context.close()


def test_from_the_first_link_to_the_last_goodbye(
    browser: Browser, somebody: type[Visitor], app: Running, first_link: str
) -> None:
    if not AXE.exists():
        lacking("axe-core is not installed (make setup)")
    anna = somebody(browser)
    for screen in SCREENS:
        anna.on(*screen).goto(app.url)
        expect(anna.page).to_have_url(f"{app.url}/welcome")
        judge(anna.page, f"welcome {screen}")
    anna.page.goto(first_link)
    anna.type(name="Anna", password=PASSWORD, again="something else")
    expect(anna.page.get_by_role("alert")).to_contain_text("differ")
    judge(anna.page, "a wrong welcome")
    anna.type(password=PASSWORD, again=PASSWORD)
    expect(anna.page).to_have_url(f"{app.url}/")

    anna.page.goto(f"{app.url}/account")
    anna.page.get_by_label("What it is for").fill("Backup")
    anna.page.get_by_role("button", name="Make the key").click()
    dialog = anna.page.get_by_role("dialog", name="Your new key")
    expect(dialog.get_by_role("textbox")).to_have_value(re.compile("^ps_"))
    judge(anna.page, "a new key")
    anna.page.keyboard.press("Escape")
    expect(anna.page.get_by_role("heading", name="Backup")).to_be_visible()
    for screen in SCREENS:
        anna.on(*screen).goto(f"{app.url}/account")
        expect(anna.page.get_by_role("heading", name="Backup")).to_be_visible()
        judge(anna.page, f"the account {screen}")

    anna.page.goto(f"{app.url}/users")
    anna.page.get_by_label("Their name").fill("Ben")
    anna.page.keyboard.press("Enter")
    dialog = anna.page.get_by_role("dialog", name="A link for Ben")
    link = dialog.get_by_role("textbox").input_value()
    anna.page.keyboard.press("Escape")
    expect(anna.page.get_by_role("heading", name="Ben")).to_be_visible()

    ben = somebody(browser)
    for screen in SCREENS:
        ben.on(*screen).goto(link)
        judge(ben.page, f"choosing a password {screen}")
    ben.type(password=PASSWORD, again=PASSWORD)
    expect(ben.page).to_have_url(f"{app.url}/")
    ben.page.goto(f"{app.url}/users")
    expect(ben.page.locator(".error-page")).to_contain_text("Only the owner")
    ben.page.goto(f"{app.url}/account")
    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    for screen in SCREENS:
        ben.on(*screen).goto(f"{app.url}/sign-in")
        judge(ben.page, f"signing in {screen}")
    ben.type(name="Ben", password="not his password")
    expect(ben.page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    judge(ben.page, "a wrong password")
    ben.type(password=PASSWORD)
    expect(ben.page).to_have_url(f"{app.url}/")

    for screen in SCREENS:
        anna.on(*screen).goto(f"{app.url}/users")
        anna.page.get_by_text("Delete Ben").click()
        judge(anna.page, f"the users {screen}")
    form = anna.page.locator("details form")
    form.get_by_label("Type Ben").fill("Ben")
    form.get_by_label("Your own password").fill("not her password")
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("This is not your password.")
    form.get_by_label("Your own password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(anna.page.get_by_role("heading", name="Ben")).to_have_count(0)
    ben.page.goto(f"{app.url}/review")
    expect(ben.page).to_have_url(f"{app.url}/sign-in?next=/review")
    assert not anna.errors + ben.errors
