"""What is wrong with photos and what a person said of it; repaired versions and what made them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Size, now


class Repair(Base):
    """One finding on a photo and its repair; `params` and `region` in pixels of the upright photo.

    `state` suggested: the machine proposes it; accepted: it is part of the photo's version;
    rejected: never proposed again. `source` tells whose word that is: a machine's acceptance is
    what the policy "automatic" does. `changed` are parameters that a person set instead, `strength`
    from 0 to 1 how much of it is undone. `place` orders the findings of a stage as they are
    undone. `library_id` and `confidence` are here for the review's queue.
    """

    __tablename__ = "repair"
    __table_args__ = (
        CheckConstraint("state in ('suggested', 'accepted', 'rejected')", name="ck_repair_state"),
        CheckConstraint("source in ('machine', 'person')", name="ck_repair_source"),
        Index("ix_repair_queue", "library_id", "state", "confidence", "id", "photo_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    stage: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20))
    place: Mapped[int] = mapped_column(default=0)
    confidence: Mapped[float]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    region: Mapped[list[Any]]
    network: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default="suggested")
    source: Mapped[str] = mapped_column(String(8), default="machine")
    changed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    strength: Mapped[float] = mapped_column(default=1.0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Version(Base):
    """A repaired file of a photo, made by `recipe` from the file `source_sha256`.

    `width` and `height` are its own; `networks` tells whose findings were repaired. The file
    stays until the photo is deleted; `Photo.version_id` names the one that is shown.
    """

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("photo_id", "source_sha256", "recipe_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    source_sha256: Mapped[str] = mapped_column(String(64))
    recipe: Mapped[dict[str, Any]]
    recipe_hash: Mapped[str] = mapped_column(String(16))
    networks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    format: Mapped[str] = mapped_column(String(16))
    suffix: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(Size)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
