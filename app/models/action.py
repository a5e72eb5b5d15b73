"""The log of changes that can be taken back, and what was before each of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Action(Base):
    """One change that can be taken back; what undoing it writes stands in `inverse`.

    Of photos' tags and places it stands in rows (`ActionTag`, `ActionPlace`), which databases copy
    by the ten thousand without a program reading them (services.actions).
    """

    __tablename__ = "action"
    __table_args__ = (Index("ix_action_recent", "library_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(Text)
    inverse: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]


class ActionTag(Base):
    """What was said about a tag on a photo before a change; `state` is None: nothing was."""

    __tablename__ = "action_tag"
    __table_args__ = (Index("ix_action_tag_thing", "photo_id", "tag_id", "action_id"),)

    action_id: Mapped[int] = mapped_column(
        ForeignKey("action.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str | None] = mapped_column(String(8))
    state: Mapped[str | None] = mapped_column(String(10))
    confidence: Mapped[float | None]
    boxes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    network: Mapped[str | None] = mapped_column(String(120))
    in_file: Mapped[bool | None]


class ActionPlace(Base):
    """Whether a photo lay in the trash before a change."""

    __tablename__ = "action_place"
    __table_args__ = (Index("ix_action_place_thing", "photo_id", "action_id"),)

    action_id: Mapped[int] = mapped_column(
        ForeignKey("action.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    trashed: Mapped[bool]
