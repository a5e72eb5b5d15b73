"""Two users of one installation: the owner, who has something of every kind, and another."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import JSON, CheckConstraint, Column, DateTime, Table, insert, select, update
from sqlalchemy.orm import Session

from app.models import Base, FailedAttempt, UTCDateTime, now
from app.services.accounts import accounts, api_keys
from tests.in_process import InProcess

MARK = "zebra"  # in every name of the owner's library: nobody else may ever see it
PASSWORD = "river lamp onion"
OTHER = "green door seventeen"
NOBODYS = {"failed_attempt", "generation"}  # tables that belong to no user
Rows = dict[str, list[dict[str, Any]]]


class Person:
    """A browser or a program in front of the installation."""

    def __init__(self, it: InProcess, *, key: str = "") -> None:
        self.it = it
        self.client: FlaskClient = it.app.test_client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def read_token(self, path: str = "/") -> None:
        """Load a page for its CSRF token, as a browser does."""
        page = self.client.get(path).get_data(as_text=True)
        found = re.search(r'csrf[_-]token" (?:content|value)="([^"]+)"', page)
        assert found, page
        self.headers = {"X-CSRFToken": found[1]}

    def sign_in(self, name: str, password: str = PASSWORD, status: int = 302) -> Any:
        """Sign in by the form."""
        self.read_token("/sign-in")
        answer = self.client.post(
            "/sign-in",
            data={"name": name, "password": password, "csrf_token": self.headers["X-CSRFToken"]},
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        if status == 302:
            self.read_token()
        return answer

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Send a request with the token or the key."""
        headers = self.headers | more.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, buffered=True, **more)


def settle(it: InProcess) -> Person:
    """Fill the owner's library with something of every kind, then let people sign in."""
    [photo] = it.add(f"{MARK}/{MARK}.jpg")
    it.raw("GET", f"/photos/{photo}/preview")
    one = {"selection": {"ids": [photo]}}
    it.post("/tags/apply", one | {"add": [MARK]})
    it.see(photo, {f"{MARK} seen": 0.6})
    it.post("/exports", one, 201)
    it.post("/enlargements", {"photo": photo, "factor": 2, "method": "fast"}, 201)
    it.work()
    it.call("PUT", "/account/password", {"new": PASSWORD, "name": "Anna"})
    anna = Person(it)
    anna.sign_in("anna")
    with it.core.db.write() as session:
        fill(session)
    return anna


def newcomer(it: InProcess, name: str = "Ben") -> Person:
    """A second user, signed in."""
    with it.core.db.write() as session:
        user, token = accounts.create(session, name)
        accounts.redeem(session, token, PASSWORD)
    ben = Person(it)
    ben.sign_in(user.name)
    return ben


def owner(it: InProcess) -> Person:
    """The owner of a house without photos, signed in."""
    it.call("PUT", "/account/password", {"new": PASSWORD, "name": "Anna"})
    anna = Person(it)
    anna.sign_in("Anna")
    return anna


def program(it: InProcess, name: str, *scopes: str) -> Person:
    """A program with a key of this user."""
    with it.core.db.write() as session:
        user = accounts.find(session, name)
        assert user
        _, secret = api_keys.create(session, user, "test", scopes, None)
    return Person(it, key=secret)


def fill(session: Session) -> None:
    """Give the first library a row in every table that has none; new tables are covered, too."""
    for table in Base.metadata.sorted_tables:
        here = session.execute(select(table).limit(1)).first()
        if here is None and table.name not in NOBODYS:
            row = {c.name: _value(session, table, c) for c in table.columns if _is_needed(c)}
            session.execute(insert(table).values(row))
    session.commit()


def owned(session: Session, user_id: int = 1) -> Rows:
    """Every row that belongs to a user, directly or through other rows, table by table."""
    found: Rows = {}
    keys: dict[str, set[Any]] = {}
    for table in Base.metadata.sorted_tables:
        rows = [dict(row) for row in session.execute(select(table)).mappings()]
        if table.name == "user":
            mine = [row for row in rows if row["id"] == user_id]
        else:
            mine = [row for row in rows if _belongs(table, row, keys)]
        for row in mine:
            row.pop("seen_at", None)
            row.pop("used_at", None)
        found[table.name] = sorted(mine, key=str)
        keys[table.name] = {row[table.primary_key.columns.keys()[0]] for row in mine}
    return found


def files(folder: Path) -> dict[str, str]:
    """Every photo's file with its hash; not the database's own."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "sqlite3" not in path.name
    }


def _belongs(table: Table, row: dict[str, Any], keys: dict[str, set[Any]]) -> bool:
    return any(
        row[key.parent.name] in keys.get(key.column.table.name, ()) for key in table.foreign_keys
    )


def _is_needed(column: Column[Any]) -> bool:
    if column is column.table.autoincrement_column:  # PostgreSQL's sequence would not know
        return False
    return bool(column.foreign_keys) or not (column.nullable or column.default)


def _value(session: Session, table: Table, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        found = session.execute(select(key.column).order_by(key.column).limit(1)).scalar()
        if found is not None or not column.nullable:
            return found
    if (choices := _choices(table, column)) is not None:
        return choices[0]
    if isinstance(column.type, UTCDateTime | DateTime):
        moment = datetime(2099, 1, 1, tzinfo=UTC)
        return moment if isinstance(column.type, UTCDateTime) else moment.replace(tzinfo=None)
    if isinstance(column.type, JSON):
        return []
    kind = column.type.python_type
    if kind is str:
        return MARK[: getattr(column.type, "length", None) or 5]
    return {bytes: b"\0" * 4, bool: False}.get(kind, 1)


def _choices(table: Table, column: Column[Any]) -> list[str] | None:
    for rule in _checks(table):
        words = re.fullmatch(rf"\(?{column.name} in \((.*)\)\)?", str(rule.sqltext), re.IGNORECASE)
        if words:
            return re.findall(r"'([^']*)'", words[1])
    return None


def _checks(table: Table) -> Iterable[CheckConstraint]:
    return (rule for rule in table.constraints if isinstance(rule, CheckConstraint))


def wait_over(it: InProcess) -> None:
    """Let every wait end, as if time had passed."""
    with it.core.db.write() as session:
        session.execute(update(FailedAttempt).values(blocked_until=now() - timedelta(seconds=1)))
        session.commit()
