"""Work under way: uploads, jobs, exports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Size, now


class Upload(Base):
    """One tus upload; its bytes lie in a file named by `id` until the last one has come."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint(
            "state in ('receiving', 'waiting', 'done', 'duplicate', 'refused', 'cancelled')",
            name="ck_upload_state",
        ),
        Index("ix_upload_drop", "library_id", "drop"),
        Index("ix_upload_state", "library_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    drop: Mapped[str] = mapped_column(String(64), default="")
    path: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Size)
    sha256: Mapped[str | None] = mapped_column(String(64))
    modified: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="receiving")
    reason: Mapped[str | None] = mapped_column(Text)
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)


class Job(Base):
    """One piece of work, the truth about it; Celery only carries its id.

    `subject` ("photo:12", "export:3") with `kind` and `params_hash` makes it unique. A worker
    claims it for `lease_until` as attempt number `attempt`, and may publish its result only while
    that number still stands.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("subject", "kind", "params_hash"),
        CheckConstraint(
            "state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="ck_job_state"
        ),
        Index("ix_job_state", "state", "published_at"),
        Index("ix_job_library", "library_id", "state", "id"),
        Index("ix_job_counts", "library_id", "kind", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), index=True
    )
    export_id: Mapped[int | None] = mapped_column(ForeignKey("export.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    params_hash: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)  # attempts since a person last asked for it
    claimed_by: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Export(Base):
    """A download being prepared: its copies lie in a folder of their own until they expire."""

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint(
            "state in ('preparing', 'ready', 'failed', 'cancelled')", name="ck_export_state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), index=True
    )
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="preparing")
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ExportItem(Base):
    """One photo of a download, or (without `photo_id`) a sidecar that belongs to none.

    `arcnames` are its paths in the zip; `sidecars` a list of [path in the zip, sha256 of the
    dropped .xmp that is given back there, or None: made where the copy needs one]; `files`, once
    prepared, a list of [path on disk, name in the zip]; `note` what the photographer should know
    of the copy, `reason` why there is none. `repaired`: its version is delivered, not the original.
    """

    __tablename__ = "export_item"
    __table_args__ = (UniqueConstraint("export_id", "photo_id", "repaired"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id", ondelete="CASCADE"))
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), index=True
    )
    repaired: Mapped[bool] = mapped_column(default=False, server_default=false())
    arcnames: Mapped[list[Any]]
    sidecars: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    files: Mapped[list[Any] | None]
    note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
