"""What search reads, and the number by which readers know that nothing has changed."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PhotoText(Base):
    """The words of a photo's names, folders and metadata, folded, with spaces between.

    The database keeps its full text index (SQLite: the table `search_words` with its triggers,
    PostgreSQL: the index of that name) in step with these rows; services.library.words writes them.
    """

    __tablename__ = "photo_text"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class Generation(Base):
    """One row: how often anything was written. SQLite alone; PostgreSQL knows by itself."""

    __tablename__ = "generation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(default=0)
