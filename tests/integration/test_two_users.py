"""Every route and method, asked by whoever must not: nothing is seen, nothing is changed."""

from collections.abc import Iterator

import pytest

from app.routes import access
from app.services.accounts import accounts
from tests.households import MARK, NOBODYS, Person, files, newcomer, owned, program, settle
from tests.in_process import InProcess
from tests.walk import Step, steps

pytestmark = pytest.mark.integration
# Signing out would end the walk: test_accounts tries it. Static files are nobody's.
LEFT_OUT = {"entrance.sign_out", "static"}
CLOSED = (301, 302, 303, 308, 401)


@pytest.fixture
def anna(it: InProcess) -> Person:
    """The owner, with something of every kind."""
    return settle(it)


@pytest.fixture
def unharmed(it: InProcess, anna: Person) -> Iterator[None]:
    """Whatever the test does: the owner's rows and files are afterwards what they were."""
    with it.core.db.read() as session:
        before = owned(session)
    kept = files(it.core.config.data)
    empty = [name for name, rows in before.items() if not rows and name not in NOBODYS]
    assert not empty, f"the owner has no row in {empty}: see tests/households.py"
    yield
    with it.core.db.read() as session:
        after = owned(session)
    changed = {name for name in before if before[name] != after[name]}
    assert not changed, {name: (before[name], after[name]) for name in changed}
    here = files(it.core.config.data)
    assert {name: here.get(name) for name in kept} == kept


def walk(it: InProcess, who: Person) -> Iterator[tuple[Step, int]]:
    """Ask for everything; yields each request with its status, having looked at the answer."""
    for step in steps(it.app):
        if step.endpoint in LEFT_OUT:
            continue
        answer = who.ask(step.method, step.path, **step.more)
        assert answer.status_code < 500 or step.endpoint == "ops.health", (step, answer.data[:500])
        assert MARK.encode() not in answer.data.lower(), (step, answer.data[:500])
        yield step, answer.status_code


def test_another_user(it: InProcess, unharmed: None) -> None:
    ben = newcomer(it)
    count = 0
    for step, status in walk(it, ben):
        count += 1
        if access.needed(step.endpoint, step.method) == access.ADMIN:
            assert status == 403, (step, status)
        elif step.rows and step.method != "OPTIONS":
            assert status == 404, (step, status, "somebody else's rows are not there")
    assert count > 150
    assert ben.ask("GET", "/api/v1/account").get_json()["user"]["name"] == "Ben", "signed out"


def test_another_users_key(it: InProcess, unharmed: None) -> None:
    newcomer(it)
    for scope in ("read", "write", "upload"):
        for step, status in walk(it, program(it, "Ben", scope)):
            need = access.needed(step.endpoint, step.method)
            if need not in (access.OPEN, access.FIGURES, scope):
                assert status == 403, (step, status)
            elif step.rows and need == scope and step.method != "OPTIONS":
                assert status == 404, (step, status)


def test_nobody(it: InProcess, unharmed: None) -> None:
    closed(it, Person(it))


def test_a_disabled_user(it: InProcess) -> None:
    settle(it)
    ben = newcomer(it)
    key = program(it, "Ben", "read", "write", "upload")
    assert key.ask("GET", "/api/v1/photos").status_code == 200
    with it.core.db.write() as session:
        user = accounts.find(session, "Ben")
        assert user
        accounts.set_disabled(session, user.id, disabled=True)
        before = owned(session), owned(session, user.id)
    for who in (ben, key, Person(it, key="ps_none")):
        closed(it, who)
    with it.core.db.read() as session:
        assert (owned(session), owned(session, user.id)) == before


def closed(it: InProcess, who: Person) -> None:
    """Nothing but the entrance is open."""
    for step, status in walk(it, who):
        need = access.needed(step.endpoint, step.method)
        if need not in (access.OPEN, access.FIGURES):
            assert status in CLOSED, (step, status)


def test_every_route_says_what_it_asks_for(it: InProcess) -> None:
    silent = {
        str(step) for step in steps(it.app) if access.needed(step.endpoint, step.method) is None
    }
    assert not silent, "name their blueprint in app/routes/access.py"
    known = {rule.endpoint for rule in it.app.url_map.iter_rules()}
    blueprints = {endpoint.rpartition(".")[0] or endpoint for endpoint in known}
    assert set(access.BLUEPRINTS) <= blueprints, "the table names what is not there"
    assert set(access.ROUTES) <= known
