"""Photos that are made larger beside the library."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Size, now


class Enlargement(Base):
    """A photo of the library, or (without `photo_id`) a file of its own, made larger.

    Its files lie in a folder of their own until they expire. `width` and `height` are those of the
    source, known once it has been opened; `share` is what is done of 1, `size` the result's bytes.
    Whether it waits, failed or was cancelled stands in its job. No number comes again: a job that
    outlives its row would make, and show, what is another's.
    """

    __tablename__ = "enlargement"
    __table_args__ = (
        CheckConstraint("state in ('preparing', 'ready')", name="ck_enlargement_state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), index=True
    )
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    factor: Mapped[int]
    method: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="preparing")
    share: Mapped[float] = mapped_column(default=0.0)
    width: Mapped[int | None]
    height: Mapped[int | None]
    suffix: Mapped[str] = mapped_column(String(8), default="")
    size: Mapped[int | None] = mapped_column(Size)
    created_at: Mapped[datetime] = mapped_column(default=now)
