"""API keys: shown once, kept as a hash, each for some of what its user may do."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import ApiKey, User, now
from app.services.accounts import tokens

SCOPES = {
    "read": "See photos, tags and progress, and download.",
    "write": "Change tags, people, settings and jobs; delete photos.",
    "upload": "Send photos.",
    "admin": "Manage users and read the server's figures; for the owner alone.",
}
START = "ps_"
SHOWN = 10  # characters of a key by which it is recognised
MOST = 50
LONGEST_DAYS = 3650


def create(
    session: Session, user: User, name: str, scopes: Sequence[str], days: int | None
) -> tuple[ApiKey, str]:
    """Make a key; gives it with its secret, which is told this once. Commits."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise AppError("Give the key a name of at most 120 characters.")
    wanted = [scope for scope in SCOPES if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        raise AppError("Choose what the key may do: " + ", ".join(SCOPES) + ".")
    if "admin" in wanted and user.role != "owner":
        raise AppError("Only the owner can make a key that manages users.")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise AppError(f"A key lasts from 1 to {LONGEST_DAYS} days, or has no end.")
    count = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user.id)
    if (session.scalar(count) or 0) >= MOST:
        raise AppError(f"There are {MOST} keys already. Revoke one that is no longer used.")
    secret = START + tokens.fresh()
    key = ApiKey(
        user_id=user.id,
        name=name,
        prefix=secret[:SHOWN],
        digest=tokens.digest(secret),
        scopes=wanted,
        expires_at=now() + timedelta(days=days) if days else None,
    )
    session.add(key)
    session.commit()
    return key, secret


def of_user(session: Session, user_id: int) -> list[ApiKey]:
    """List a user's keys, the newest first."""
    query = select(ApiKey).where(ApiKey.user_id == user_id)
    return list(session.scalars(query.order_by(ApiKey.id.desc())))


def revoke(session: Session, user_id: int, key_id: int) -> None:
    """End a key at once; commits."""
    query = delete(ApiKey).where(ApiKey.user_id == user_id, ApiKey.id == key_id)
    if session.execute(query.returning(ApiKey.id)).one_or_none() is None:
        raise NotFound("This key is not here.")
    session.commit()
