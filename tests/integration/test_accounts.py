"""Signing in and everything around it: fixation, brute force, lifetimes, links, keys, leaving."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.factory import create_app
from app.models import ApiKey, FailedAttempt, PasswordLink, Photo, SignIn, User, now
from app.services.accounts import accounts, passwords, visitors
from app.services.settings import find_owner
from tests.households import MARK, PASSWORD, Person, files, newcomer, program, settle
from tests.in_process import InProcess, jpeg

pytestmark = pytest.mark.integration
OTHER = "green door seventeen"


def cookie(person: Person) -> str:
    """The value of a browser's session cookie."""
    held = person.client.get_cookie(person.it.app.config["SESSION_COOKIE_NAME"])
    assert held
    return str(held.value)


def wait_over(it: InProcess) -> None:
    """Let every wait end, as if time had passed."""
    with it.core.db.write() as session:
        session.execute(update(FailedAttempt).values(blocked_until=now() - timedelta(seconds=1)))
        session.commit()


def first(it: InProcess) -> Person:
    """The owner of a house without photos, signed in."""
    it.call("PUT", "/account/password", {"new": PASSWORD, "name": "Anna"})
    anna = Person(it)
    anna.sign_in("Anna")
    return anna


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
    first(it)
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
    anna = first(it)
    stolen = Person(it)
    stolen.client.set_cookie(it.app.config["SESSION_COOKIE_NAME"], cookie(anna))
    assert stolen.ask("GET", "/api/v1/account").status_code == 200
    assert anna.ask("POST", "/sign-out", headers={"X-CSRFToken": "wrong"}).status_code == 400
    answer = anna.ask("POST", "/sign-out")
    assert answer.location == "/sign-in"
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert stolen.ask("GET", "/api/v1/account").status_code == 401


def test_a_new_password_signs_the_others_out(it: InProcess) -> None:
    anna, elsewhere = first(it), Person(it)
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
    anna, phone, desk = first(it), Person(it), Person(it)
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
    anna = first(it)
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


def test_guessing_takes_longer_and_longer(it: InProcess) -> None:
    first(it)
    told: dict[str, list[tuple[int, str]]] = {}
    for name in ("Anna", "nobody"):
        guesser = Person(it)
        told[name] = []
        for _ in range(9):
            wait_over(it)
            answer = guesser.sign_in(name, "wrong words here", 401)
            told[name].append((answer.status_code, answer.get_data(as_text=True).count("wrong")))
            with it.core.db.write() as session:  # another address each time
                rows = session.scalars(select(FailedAttempt)).all()
                session.delete(min(rows, key=lambda row: row.failures)) if len(rows) > 2 else None
                session.commit()
        answer = guesser.sign_in(name, "wrong words here", 429)
        assert 5 < int(answer.headers["Retry-After"]) <= 900
        answer = guesser.sign_in(name, PASSWORD, 429)
        assert "Try again in" in answer.get_data(as_text=True)
        wait_over(it)
    assert told["Anna"] == told["nobody"], "the answers tell which names there are"


def test_no_wait_is_for_ever_and_a_known_browser_has_its_own(it: InProcess) -> None:
    anna, guesser = first(it), Person(it)
    known = anna.client
    for _ in range(40):
        wait_over(it)
        guesser.sign_in("Anna", "wrong words here", 401)
    answer = guesser.sign_in("Anna", PASSWORD, 429)
    assert int(answer.headers["Retry-After"]) <= 901
    anna.ask("POST", "/sign-out")
    assert anna.client is known
    anna.sign_in("Anna")  # her own browser is let in while the others wait
    wait_over(it)
    guesser.sign_in("Anna", PASSWORD)


def test_the_forgotten_are_forgotten(it: InProcess) -> None:
    first(it)
    Person(it).sign_in("Anna", "wrong words here", 401)
    with it.core.db.write() as session:
        session.execute(
            update(FailedAttempt).values(last_at=now() - timedelta(days=2), failures=99)
        )
        session.commit()
    Person(it).sign_in("Anna", "wrong words here", 401)
    with it.core.db.read() as session:
        assert {row.failures for row in session.scalars(select(FailedAttempt))} == {1}


def test_unknown_and_wrong_take_the_same_work(it: InProcess, monkeypatch: Any) -> None:
    """Counted in hashes, not in seconds: a busy machine must not decide."""
    first(it)
    with it.core.db.write() as session:
        accounts.create(session, "Invited")
        user, _ = accounts.create(session, "Gone")
        accounts.set_disabled(session, user.id, disabled=True)
    done: list[str] = []
    verify = passwords.HASHER.verify

    class Counting:
        def verify(self, known: str, password: str) -> bool:
            done.append(known[:30])
            return verify(known, password)

        check_needs_rehash = passwords.HASHER.check_needs_rehash
        hash = passwords.HASHER.hash

    monkeypatch.setattr(passwords, "HASHER", Counting())
    for name in ("Anna", "nobody", "Invited", "Gone"):
        done.clear()
        Person(it).sign_in(name, "wrong words here", 401)
        assert len(done) == 1, name
        assert done[0].startswith("$argon2id$v=19$m=19456,t=2,p=1")


def test_a_bad_password_is_refused_and_any_letters_are_taken(it: InProcess) -> None:
    it.call("PUT", "/account/password", {"new": "annaanna12", "name": "anna"}, 400)
    it.call("PUT", "/account/password", {"new": "🦓🌊🌋🏔️🏕️🏖️🏜️🏝️🏞️", "name": "Anna"})
    Person(it).sign_in("anna", "🦓🌊🌋🏔️🏕️🏖️🏜️🏝️🏞️")


def test_links_work_once(it: InProcess) -> None:
    anna = first(it)
    made = anna.ask("POST", "/api/v1/users", json={"name": "Ben"}).get_json()
    assert anna.ask("POST", "/api/v1/users", json={"name": "BEN"}).status_code == 409
    path = re.sub(r"^http://[^/]+", "", made["link"])
    ben = Person(it)
    ben.read_token(path)
    form = {"password": OTHER, "again": OTHER, "csrf_token": ben.headers["X-CSRFToken"]}
    assert ben.client.post(path, data=form | {"again": "another one"}).status_code == 400
    assert ben.client.post(path, data=form).status_code == 302
    assert ben.ask("GET", "/api/v1/account").get_json()["user"]["name"] == "Ben"
    assert Person(it).ask("GET", path).status_code == 404
    user = made["user"]["id"]
    renewed = anna.ask("POST", f"/api/v1/users/{user}/link").get_json()["link"]
    with it.core.db.write() as session:
        session.execute(update(PasswordLink).values(expires_at=now()))
        session.commit()
    assert Person(it).ask("GET", re.sub(r"^http://[^/]+", "", renewed)).status_code == 404
    Person(it).sign_in("Ben", OTHER)


def test_keys_do_what_they_say_and_no_more(it: InProcess) -> None:
    anna = settle(it)
    made = anna.ask("POST", "/api/v1/account/keys", json={"name": "script", "scopes": ["read"]})
    secret = made.get_json()["secret"]
    key = Person(it, key=secret)
    answer = key.ask("GET", "/api/v1/photos")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    both = Person(it)
    both.client = anna.client
    both.headers = {"Authorization": "Bearer ps_wrong"}
    assert both.ask("GET", "/api/v1/photos").status_code == 401, "a cookie made up for a bad key"
    write = program(it, "Anna", "write")
    assert write.ask("POST", "/api/v1/jobs/pause").status_code == 200, "no token is asked of keys"
    assert write.ask("GET", "/api/v1/photos").status_code == 403
    upload = program(it, "Anna", "upload")
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "path YQ=="}
    assert upload.ask("POST", "/api/v1/uploads", headers=headers).status_code == 201
    shown = anna.ask("GET", "/api/v1/account/keys").get_json()["keys"]
    assert secret not in str(shown)
    assert next(one for one in shown if one["name"] == "script")["used"]
    with it.core.db.write() as session:
        assert secret not in str([row.digest for row in session.scalars(select(ApiKey))])
        session.execute(update(ApiKey).where(ApiKey.name == "test").values(expires_at=now()))
        session.commit()
    assert write.ask("POST", "/api/v1/jobs/pause").status_code == 401
    assert (
        anna.ask("DELETE", f"/api/v1/account/keys/{made.get_json()['key']['id']}").status_code
        == 200
    )
    assert key.ask("GET", "/api/v1/photos").status_code == 401


def test_only_the_owner_manages_users(it: InProcess) -> None:
    first(it)
    ben = newcomer(it)
    assert ben.ask("GET", "/users").status_code == 403
    asked = {"name": "x", "scopes": ["admin"]}
    assert ben.ask("POST", "/api/v1/account/keys", json=asked).status_code == 400
    admin = program(it, "Anna", "admin")
    assert admin.ask("POST", "/api/v1/users", json={"name": "Cleo"}).status_code == 201
    assert (
        admin.ask("GET", "/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code
        == 200
    )
    for who in (ben, program(it, "Anna", "read"), Person(it)):
        answer = who.ask("GET", "/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
        assert answer.status_code in (401, 403)


def test_deleted_means_deleted(either: InProcess) -> None:
    anna = settle(either)
    ben = newcomer(either)
    with either.core.db.read() as session:
        user = accounts.find(session, "Ben")
        library = find_owner(session)
        assert user
        assert library
    data = jpeg(7)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data))}
    headers |= {
        "Upload-Metadata": "path YS5qcGc=",
        "Content-Type": "application/offset+octet-stream",
    }
    before = files(either.core.config.data)
    assert ben.ask("POST", "/api/v1/uploads", headers=headers, data=data).status_code == 201
    either.work("prepare", "metadata")
    begun = headers | {"Upload-Length": "99"}
    del begun["Content-Type"]
    assert ben.ask("POST", "/api/v1/uploads", headers=begun).status_code == 201
    everything = {"selection": {"filter": {}}, "options": {}}
    assert ben.ask("POST", "/api/v1/exports", json=everything).status_code == 201
    either.work()
    assert len(files(either.core.config.data)) > len(before) + 2
    path = f"/api/v1/users/{user.id}"
    for body in (
        {"name": "Ben", "password": "wrong words here"},
        {"name": "Anna", "password": PASSWORD},
    ):
        assert anna.ask("DELETE", path, json=body).status_code == 400
    body = {"name": "Ben", "password": PASSWORD}
    assert anna.ask("DELETE", "/api/v1/users/1", json=body | {"name": "Anna"}).status_code == 400
    assert anna.ask("DELETE", path, json=body).status_code == 200
    assert files(either.core.config.data) == before
    assert ben.ask("GET", "/api/v1/photos").status_code == 401
    with either.core.db.read() as session:
        assert session.scalars(select(User.name)).all() == ["Anna"]
        assert {photo.library_id for photo in session.scalars(select(Photo))} == {library.id}
    assert MARK in str(anna.ask("GET", "/api/v1/photos").get_json())


def test_signing_in_leads_nowhere_else(it: InProcess) -> None:
    first(it)
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


def test_requests_are_counted(it: InProcess) -> None:
    busy = InProcess(it.core.config.replace(rate=20))
    anna = first(busy)
    statuses = [anna.ask("GET", "/api/v1/progress").status_code for _ in range(25)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    answer = anna.ask("GET", "/api/v1/progress")
    assert int(answer.headers["Retry-After"]) <= 60
    assert answer.get_json()["error"]["code"] == "too_many_requests"
    assert anna.ask("GET", "/photos/1/thumb").status_code == 404, "pictures are counted apart"
    guesser = Person(busy)
    busy.close()
    guesser.headers = {}
    assert [guesser.ask("POST", "/sign-in").status_code for _ in range(25)][-1] == 429
    free = [it.raw("GET", "/healthz").status_code for _ in range(30)]
    assert 429 not in free
