"""Cameras whose sensors leave a pattern in a library's photos."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Sensor(Base):
    """One camera body, by what `ml.authenticity.body` calls it.

    `asked` counts the photos that may be of it when its pattern was last asked for, `photos` those
    that the pattern was estimated from; 0: there is none. Its two halves lie in the storage.
    """

    __tablename__ = "sensor"
    __table_args__ = (UniqueConstraint("library_id", "body"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(String(200))
    asked: Mapped[int] = mapped_column(default=0)
    photos: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
