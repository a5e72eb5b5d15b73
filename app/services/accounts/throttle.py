"""Wrong passwords cost time: growing waits for an account, an address and a known browser.

A browser in which somebody signed in before has a count of its own, so that nobody can keep a user
out by trying passwords in their name (OWASP, "device cookies"); no wait is longer than `longest_s`.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import TooMany
from app.models import FailedAttempt, now
from app.services.accounts import tokens
from app.services.rows import insert_missing

FORGET = timedelta(days=1)


@dataclass(frozen=True)
class Subject:
    """What is counted: `free` failures cost nothing, then waits double up to `longest_s`."""

    key: str
    free: int
    longest_s: int
    personal: bool = True  # a right password ends the count; an address only loses one

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return tokens.digest(self.key)


def account(name: str) -> Subject:
    """The account of this name, whether or not there is one."""
    return Subject(f"account:{name.casefold()}", 5, 300)


def address(text: str) -> Subject:
    """The address a request comes from: of IPv6 the network, which one person has to themself."""
    try:
        number = ipaddress.ip_address(text)
    except ValueError:
        return Subject(f"address:{text}", 10, 900, personal=False)
    network = ipaddress.ip_network((number, 64 if number.version == 6 else 32), strict=False)
    return Subject(f"address:{network}", 10, 900, personal=False)


def browser(device: str, user_id: int) -> Subject:
    """A browser in which this user signed in before."""
    return Subject(f"browser:{device}:{user_id}", 5, 900)


def admit(session: Session, subjects: Sequence[Subject]) -> None:
    """Count one attempt before it is looked at; TooMany while one of the subjects waits; commits.

    Counted first, so that attempts at the same moment do not slip through together.
    """
    moment = now()
    session.execute(delete(FailedAttempt).where(FailedAttempt.last_at < moment - FORGET))
    insert_missing(
        session,
        FailedAttempt,
        [
            {"subject": subject, "failures": 0, "last_at": moment}
            for subject in sorted(s.digest for s in subjects)  # in one order: no deadlock
        ],
        ["subject"],
    )
    rows = _rows(session, subjects)
    if wait := max((_left(row, moment) for row in rows.values()), default=0):
        session.commit()
        raise TooMany(wait)
    for subject in subjects:
        row = rows[subject.digest]
        row.failures += 1
        row.last_at = moment
        over = row.failures - subject.free
        seconds = min(2 ** min(over, 20), subject.longest_s) if over >= 0 else 0
        row.blocked_until = moment + timedelta(seconds=seconds) if seconds else None
    session.commit()


def excuse(session: Session, subjects: Sequence[Subject]) -> None:
    """Take the attempt back that turned out to be right; the caller commits."""
    rows = _rows(session, subjects)
    for subject in subjects:
        row = rows.get(subject.digest)
        if row is None:
            continue
        if subject.personal or row.failures <= 1:
            session.delete(row)
        else:
            row.failures -= 1
            row.blocked_until = None


def _rows(session: Session, subjects: Sequence[Subject]) -> dict[str, FailedAttempt]:
    wanted = sorted({subject.digest for subject in subjects})
    query = select(FailedAttempt).where(FailedAttempt.subject.in_(wanted))
    query = query.order_by(FailedAttempt.subject).with_for_update()
    query = query.execution_options(populate_existing=True)
    return {row.subject: row for row in session.scalars(query)}


def _left(row: FailedAttempt, moment: datetime) -> int:
    if row.blocked_until is None or row.blocked_until <= moment:
        return 0
    return int((row.blocked_until - moment).total_seconds()) + 1
