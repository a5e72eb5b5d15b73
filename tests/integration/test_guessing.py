"""Guessing passwords: growing waits, equal work, requests counted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.models import FailedAttempt, now
from app.services.accounts import accounts, passwords
from tests.households import (
    PASSWORD,
    Person,
    owner,
    wait_over,
)
from tests.in_process import InProcess

pytestmark = pytest.mark.integration


def test_guessing_takes_longer_and_longer(it: InProcess) -> None:
    owner(it)
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
    anna, guesser = owner(it), Person(it)
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
    owner(it)
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
    owner(it)
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


def test_requests_are_counted(it: InProcess) -> None:
    busy = InProcess(it.core.config.replace(rate=20))
    anna = owner(busy)
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
