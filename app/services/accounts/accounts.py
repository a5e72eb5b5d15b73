"""Users: made, signed in, given links to choose a password, disabled."""

import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import AppError, Conflict, NotFound, SignedOut
from app.models import Library, PasswordLink, User, now
from app.services import settings
from app.services.accounts import passwords, throttle, tokens, visitors

LINK_LASTS = timedelta(days=3)
LONGEST_NAME = 60
WRONG = "Name or password is wrong."


def authenticate(
    session: Session, name: str, password: str, address: str, devices: dict[int, str]
) -> User:
    """Return the user whose name and password these are; SignedOut or TooMany otherwise; commits.

    `devices` has the browser's own marks of users who signed in there before. An unknown name, a
    wrong password and a disabled user look the same and take the same time.
    """
    user = find(session, name)
    subjects: Sequence[throttle.Subject]
    if user is not None and user.id in devices:
        subjects = [throttle.browser(devices[user.id], user.id)]
    else:
        subjects = [throttle.account(_tidy(name)), throttle.address(address)]
    throttle.admit(session, subjects)
    right = passwords.matches(user.password if user else None, password)
    if user is None or not right or user.disabled_at is not None:
        raise SignedOut(WRONG)
    throttle.excuse(session, subjects)
    if user.password and passwords.is_outdated(user.password):
        user.password = passwords.hashed(password)
    session.commit()
    return user


def confirm(session: Session, user: User, password: str) -> None:
    """AppError unless this is the user's password, asked for once more; commits."""
    subjects = [throttle.Subject(f"confirm:{user.id}", 5, 900)]
    throttle.admit(session, subjects)
    if not passwords.matches(user.password, password):
        raise AppError("This is not your password.")
    throttle.excuse(session, subjects)
    session.commit()


def find(session: Session, name: str) -> User | None:
    """Return the user of this name, however it is typed."""
    return session.scalar(select(User).where(User.key == _tidy(name).casefold()))


def get(session: Session, user_id: int) -> User:
    """Return a user; NotFound otherwise."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def listing(session: Session) -> list[User]:
    """List the users, the owner first."""
    return list(session.scalars(select(User).order_by(User.role.desc(), User.key)))


def create(session: Session, name: str) -> tuple[User, str]:
    """Make a user with an empty library; gives the token of the link to their password. Commits."""
    name = _checked(name)
    user = User(name=name)
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(f"There is a user {name} already.") from None
    session.add(Library(user_id=user.id, name="Library"))
    return user, link(session, user)


def link(session: Session, user: User) -> str:
    """Make a link's token with which one chooses this user's password, once; the older ends.

    Commits. The old password stays until the link is used.
    """
    token, moment = tokens.fresh(), now()
    session.execute(
        delete(PasswordLink).where(
            (PasswordLink.user_id == user.id) | (PasswordLink.expires_at <= moment)
        )
    )
    row = {"digest": tokens.digest(token), "user_id": user.id, "expires_at": moment + LINK_LASTS}
    session.add(PasswordLink(**row))
    session.commit()
    return token


def by_link(session: Session, token: str) -> User:
    """Return the user whose password a link's token sets; NotFound for one that was used."""
    query = select(User).join(PasswordLink, PasswordLink.user_id == User.id)
    found = session.scalar(
        query.where(PasswordLink.digest == tokens.digest(token), PasswordLink.expires_at > now())
    )
    if found is None:
        raise NotFound("This link has been used or has expired. Ask the owner for a new one.")
    return found


def redeem(session: Session, token: str, password: str, name: str = "") -> User:
    """Set the password by a link, which ends with it, and sign all browsers out; commits.

    `name` renames an owner who has no password yet.
    """
    user = by_link(session, token)
    if name and user.role == "owner" and user.password is None:
        _rename(session, user, name)
    passwords.check(password, user.name)
    user.password = passwords.hashed(password)
    used = delete(PasswordLink).where(PasswordLink.digest == tokens.digest(token))
    if session.execute(used.returning(PasswordLink.digest)).one_or_none() is None:
        session.rollback()
        raise NotFound("This link has been used meanwhile.")
    visitors.end_others(session, user.id, None)
    session.commit()
    return user


def choose_password(
    session: Session, user: User, current: str, new: str, *, keep: int | None, name: str = ""
) -> None:
    """Change a password, or set an owner's first one; signs the other browsers out. Commits."""
    user = session.merge(user)
    if user.password is not None:
        confirm(session, user, current)
    elif name:
        _rename(session, user, name)
    passwords.check(new, user.name)
    user.password = passwords.hashed(new)
    session.execute(delete(PasswordLink).where(PasswordLink.user_id == user.id))
    visitors.end_others(session, user.id, keep)
    session.commit()


def set_disabled(session: Session, user_id: int, disabled: bool) -> User:
    """Keep a user out, at once and everywhere, or let them in again; commits."""
    user = get(session, user_id)
    if user.role == "owner":
        raise AppError("The owner cannot be disabled.")
    user.disabled_at = now() if disabled else None
    if disabled:
        session.execute(delete(PasswordLink).where(PasswordLink.user_id == user.id))
        visitors.end_others(session, user.id, None)
    session.commit()
    return user


def owners_link(session: Session) -> str | None:
    """Make the link with which the owner takes the house; None where they have a password."""
    settings.owner(session)
    user = session.scalars(select(User).where(User.role == "owner")).one()
    return link(session, user) if user.password is None else None


def _rename(session: Session, user: User, name: str) -> None:
    name = _checked(name)
    other = find(session, name)
    if other is not None and other.id != user.id:
        raise Conflict(f"There is a user {name} already.")
    user.name, user.key = name, name.casefold()


def _checked(name: str) -> str:
    name = _tidy(name)
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise AppError(f"A name has from 1 to {LONGEST_NAME} characters.")
    return name


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name[:1000]).split())
