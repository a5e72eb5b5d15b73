"""The files of photos: every one that was taken in, where it lies, and folders being imported."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Size, now

Nanoseconds = BigInteger().with_variant(Integer, "sqlite")


class Revision(Base):
    """One file of a photo, byte for byte; the photo's own `sha256` names the current one.

    `kept`: "managed" in our storage, "referenced" where it lay, "known" where the bytes are nowhere
    with us: a copy that was delivered, or a referenced file that was written over since. `said` is
    what was read from the file and the sidecar `sidecar` (sha256) beside it, as `Photo.metadata_`
    has it; None: not read yet. A file that waits to become the current one has none.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("library_id", "sha256"),
        CheckConstraint("kept in ('managed', 'referenced', 'known')", name="ck_revision_kept"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    image_sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Size)
    kept: Mapped[str] = mapped_column(String(10), default="managed")
    said: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sidecar: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(default=now)


class Reference(Base):
    """A photo's file on the server's disk, outside our storage; it is only ever read.

    `size` and `mtime_ns` tell whether the file is still the one whose hash is `sha256`. `trouble`
    says since `trouble_at` that it is not: "missing", or "changed" and to be read again.
    """

    __tablename__ = "reference"
    __table_args__ = (
        UniqueConstraint("library_id", "path"),
        CheckConstraint("trouble in ('missing', 'changed')", name="ck_reference_trouble"),
        Index("ix_reference_trouble", "library_id", "trouble"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Size)
    mtime_ns: Mapped[int] = mapped_column(Nanoseconds)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    trouble: Mapped[str | None] = mapped_column(String(8))
    trouble_at: Mapped[datetime | None]


class Import(Base):
    """A folder on the server's disk that is being walked, or has been.

    `cursor` holds the parts of the last path that was handled, so that a stopped walk goes on
    behind it; `counts` how many files were added, updated, unchanged, skipped, missing, refused;
    `problems` the first [path, reason] of those refused.
    """

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint(
            "state in ('running', 'done', 'failed', 'cancelled')", name="ck_import_state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), index=True
    )
    path: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="running")
    reason: Mapped[str | None] = mapped_column(Text)
    cursor: Mapped[list[Any]] = mapped_column(default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
