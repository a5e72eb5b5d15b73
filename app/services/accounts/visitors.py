"""Who asks: a browser that is signed in, a program with a key, or, without accounts, the owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models import ApiKey, Library, SignIn, User, now
from app.services.accounts import tokens

IDLE = timedelta(days=7)  # a browser that was not used for so long is signed out
ABSOLUTE = timedelta(days=60)  # and any after so long
SEEN = timedelta(minutes=1)  # how exactly the last use is kept: not every request writes


@dataclass(frozen=True)
class Visitor:
    """A user with their library; `scopes` of a key, None where everything of the user's is open."""

    user: User
    library: Library
    scopes: frozenset[str] | None = None
    sign_in: int | None = None
    used_at: datetime | None = None

    @property
    def is_owner(self) -> bool:
        """Whether this is the owner of the installation."""
        return self.user.role == "owner"


def owner(session: Session) -> Visitor | None:
    """Return the owner of this installation, where it has been made."""
    query = select(User, Library).join(Library, Library.user_id == User.id)
    row = session.execute(query.where(User.role == "owner").limit(1)).one_or_none()
    return Visitor(*row) if row else None


def by_sign_in(session: Session, token: str) -> Visitor | None:
    """Return who is signed in with a cookie's token; None where that has ended."""
    moment = now()
    query = (
        select(User, Library, SignIn.id, SignIn.seen_at)
        .join(Library, Library.user_id == User.id)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.digest == tokens.digest(token),
            SignIn.seen_at > moment - IDLE,
            SignIn.created_at > moment - ABSOLUTE,
            User.disabled_at.is_(None),
        )
    )
    row = session.execute(query).one_or_none()
    return Visitor(row[0], row[1], sign_in=row[2], used_at=row[3]) if row else None


def by_key(session: Session, secret: str) -> Visitor | None:
    """Return whose API key this is; None for one that is unknown or has ended."""
    query = (
        select(User, Library, ApiKey)
        .join(Library, Library.user_id == User.id)
        .join(ApiKey, ApiKey.user_id == User.id)
        .where(ApiKey.digest == tokens.digest(secret), User.disabled_at.is_(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    user, library, key = row
    if key.expires_at is not None and key.expires_at <= now():
        return None
    return Visitor(user, library, scopes=frozenset(key.scopes), used_at=key.used_at)


def note_use(session: Session, *, sign_in: str = "", key: str = "") -> None:
    """Keep when a cookie's token or an API key was last used, to the minute; commits."""
    moment = now()
    if sign_in:
        rows = update(SignIn).where(SignIn.digest == tokens.digest(sign_in))
        session.execute(rows.where(SignIn.seen_at < moment - SEEN).values(seen_at=moment))
    if key:
        keys = update(ApiKey).where(ApiKey.digest == tokens.digest(key))
        session.execute(keys.values(used_at=moment))
    session.commit()


def begin(session: Session, user: User, address: str, agent: str) -> str:
    """Sign a browser in; gives the token of its cookie, a new one each time. Commits."""
    token, moment = tokens.fresh(), now()
    session.execute(
        delete(SignIn).where(
            (SignIn.created_at <= moment - ABSOLUTE) | (SignIn.seen_at <= moment - IDLE)
        )
    )
    session.add(
        SignIn(
            user_id=user.id, digest=tokens.digest(token), address=address[:64], agent=agent[:300]
        )
    )
    session.commit()
    return token


def end(session: Session, user_id: int, sign_in: int) -> bool:
    """Sign one browser of a user out; False where there is no such; commits."""
    query = delete(SignIn).where(SignIn.user_id == user_id, SignIn.id == sign_in)
    found = session.execute(query.returning(SignIn.id)).one_or_none()
    session.commit()
    return found is not None


def end_others(session: Session, user_id: int, keep: int | None) -> int:
    """Sign every browser of a user out but this one; the caller commits."""
    query = delete(SignIn).where(SignIn.user_id == user_id, SignIn.id != (keep or 0))
    return len(session.execute(query.returning(SignIn.id)).all())


def sign_ins(session: Session, user_id: int) -> list[SignIn]:
    """List where a user is signed in, the last used first."""
    moment = now()
    query = select(SignIn).where(
        SignIn.user_id == user_id,
        SignIn.seen_at > moment - IDLE,
        SignIn.created_at > moment - ABSOLUTE,
    )
    return list(session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id)))
