"""Signing in and out: the first run, sessions, passwords."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.factory import create_app
from app.models import SignIn, now
from app.services.accounts import accounts, visitors
from tests.households import (
    OTHER,
    PASSWORD,
    Person,
    owner,
)
from tests.in_process import InProcess

pytestmark = pytest.mark.integration


def cookie(person: Person) -> str:
    """The value of a browser's session cookie."""
    held = person.client.get_cookie(person.it.app.config["SESSION_COOKIE_NAME"])
    assert held
    return str(held.value)


def test_loopback_is_open_until_the_owner_has_a_password(it: InProcess) -> None:
    stranger = Person(it)
    assert stranger.ask("GET", "/api/v1/photos").status_code == 200
    it.call("PUT", "/account/password", {"new": PASSWORD, "name": "Anna"})
    it.raw("GET", "/")
    assert it.raw("GET", "/api/v1/photos").status_code == 200, "who set it is signed in"
    assert stranger.ask("GET", "/api/v1/photos").status_code == 401
    answer = stranger.ask("GET", "/review?tag=a")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/review?tag%3Da")


def test_the_first_run_asks_for_the_code(it: InProcess) -> None:
    house = InProcess.__new__(InProcess)  # without its first visit
    house.app = create_app(it.core.config.replace(host="0.0.0.0"))
    house.core = house.app.extensions["core"]
    stranger = Person(house)
    assert stranger.ask("GET", "/").location == "/welcome"
    assert stranger.ask("GET", "/api/v1/photos").status_code == 401
    with house.core.db.write() as session:
        older, code = accounts.owners_link(session), accounts.owners_link(session)
    form = {"name": "Anna", "password": PASSWORD, "again": PASSWORD}
    stranger.read_token("/welcome")
    for wrong in ("", "x", older):
        data = form | {"code": wrong, "csrf_token": stranger.headers["X-CSRFToken"]}
        assert stranger.client.post("/welcome", data=data).status_code == 404
    data = form | {"code": code, "csrf_token": stranger.headers["X-CSRFToken"]}
    assert stranger.client.post("/welcome", data=data).status_code == 302
    assert stranger.ask("GET", "/api/v1/account").get_json()["user"]["role"] == "owner"
    with house.core.db.write() as session:
        assert accounts.owners_link(session) is None
    late = Person(house)
    assert late.ask("GET", "/welcome").location == "/sign-in"
    house.core.db.dispose()


def test_a_session_is_new_at_each_sign_in(it: InProcess) -> None:
    owner(it)
    browser = Person(it)
    browser.read_token("/sign-in")
    planted, token = cookie(browser), browser.headers["X-CSRFToken"]
    browser.sign_in("Anna")
    assert cookie(browser) != planted
    other = Person(it)
    other.client.set_cookie(it.app.config["SESSION_COOKIE_NAME"], planted)
    assert other.ask("GET", "/api/v1/account").status_code == 401, "the planted one counts"
    answer = browser.ask("POST", "/api/v1/jobs/pause", headers={"X-CSRFToken": token})
    assert answer.status_code == 400, "the token of before still counts"


def test_signing_out_ends_the_session_on_the_server(it: InProcess) -> None:
    anna = owner(it)
    stolen = Person(it)
    stolen.client.set_cookie(it.app.config["SESSION_COOKIE_NAME"], cookie(anna))
    assert stolen.ask("GET", "/api/v1/account").status_code == 200
    assert anna.ask("POST", "/sign-out", headers={"X-CSRFToken": "wrong"}).status_code == 400
    answer = anna.ask("POST", "/sign-out")
    assert answer.location == "/sign-in"
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert stolen.ask("GET", "/api/v1/account").status_code == 401


def test_a_new_password_signs_the_others_out(it: InProcess) -> None:
    anna, elsewhere = owner(it), Person(it)
    elsewhere.sign_in("ANNA")
    change = {"current": "wrong words here", "new": OTHER}
    assert anna.ask("PUT", "/api/v1/account/password", json=change).status_code == 400
    change["current"] = PASSWORD
    assert anna.ask("PUT", "/api/v1/account/password", json=change).status_code == 200
    assert elsewhere.ask("GET", "/api/v1/account").status_code == 401
    assert anna.ask("GET", "/api/v1/account").status_code == 200
    Person(it).sign_in("Anna", PASSWORD, 401)
    Person(it).sign_in("Anna", OTHER)


def test_browsers_can_be_signed_out_one_by_one(it: InProcess) -> None:
    anna, phone, desk = owner(it), Person(it), Person(it)
    for browser in (phone, desk):
        browser.sign_in("Anna")
    rows = anna.ask("GET", "/api/v1/account/sign-ins").get_json()["sign_ins"]
    here = [row["id"] for row in rows if row["here"]]
    assert len(here) == 1
    [*_, newest] = sorted(row["id"] for row in rows)
    assert anna.ask("DELETE", f"/api/v1/account/sign-ins/{newest}").status_code == 200
    assert desk.ask("GET", "/api/v1/account").status_code == 401
    assert phone.ask("GET", "/api/v1/account").status_code == 200
    anna.ask("POST", "/api/v1/account/sign-ins/end-others")
    assert phone.ask("GET", "/api/v1/account").status_code == 401
    assert anna.ask("GET", "/api/v1/account").status_code == 200


@pytest.mark.parametrize("field", ["seen_at", "created_at"])
def test_a_session_ends_by_itself(it: InProcess, field: str) -> None:
    anna = owner(it)
    longest = {"seen_at": visitors.IDLE, "created_at": visitors.ABSOLUTE}[field]
    for age, status in ((longest - timedelta(hours=1), 200), (longest, 401)):
        with it.core.db.write() as session:
            session.execute(update(SignIn).values({field: now() - age}))
            session.commit()
        assert anna.ask("GET", "/api/v1/account").status_code == status
        if status == 200:
            with it.core.db.read() as session:
                assert session.scalars(select(SignIn.seen_at)).all()[-1] > now() - timedelta(
                    hours=1
                )


def test_a_bad_password_is_refused_and_any_letters_are_taken(it: InProcess) -> None:
    it.call("PUT", "/account/password", {"new": "annaanna12", "name": "anna"}, 400)
    it.call("PUT", "/account/password", {"new": "🦓🌊🌋🏔️🏕️🏖️🏜️🏝️🏞️", "name": "Anna"})
    Person(it).sign_in("anna", "🦓🌊🌋🏔️🏕️🏖️🏜️🏝️🏞️")


def test_signing_in_leads_nowhere_else(it: InProcess) -> None:
    owner(it)
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "x", "/review"):
        browser = Person(it)
        browser.read_token("/sign-in")
        token = browser.headers["X-CSRFToken"]
        answer = browser.client.post(
            "/sign-in",
            query_string={"next": target},
            data={"name": "Anna", "password": PASSWORD, "csrf_token": token},
        )
        assert answer.location == ("/review" if target == "/review" else "/"), target
