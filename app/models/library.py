"""Who owns what: users and their libraries."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


def _folded_name(context: DefaultExecutionContext) -> str:
    name: str = context.get_current_parameters()["name"]  # type: ignore[no-untyped-call]
    return name.casefold()


class User(Base):
    """A person who signs in; on loopback there may be one alone, the owner, without a password.

    `key` is the name as it is compared, `password` an argon2 hash.
    """

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("role in ('owner', 'member')", name="ck_user_role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    key: Mapped[str] = mapped_column(String(120), unique=True, default=_folded_name)
    role: Mapped[str] = mapped_column(String(8), default="member")
    password: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Library(Base):
    """The photos, tags and settings of one user; nothing is shared between libraries."""

    __tablename__ = "library"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    paused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
