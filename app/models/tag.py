"""Tags and what was said about them."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Tag(Base):
    """A word of a library; a hierarchical one has its path in `name`, parts joined by " > ".

    `hidden`: deleted or merged away, and not proposed again; whoever uses its name brings it back.

    `write`: into copies goes its own name, the path `write_as` ("as"), or nothing ("never").
    """

    __tablename__ = "tag"
    __table_args__ = (
        UniqueConstraint("library_id", "key"),
        CheckConstraint("kind in ('object', 'category', 'keyword')", name="ck_tag_kind"),
        CheckConstraint("write in ('write', 'as', 'never')", name="ck_tag_write"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)  # the name, case folded: one tag however it is typed
    words: Mapped[str | None] = mapped_column(Text)  # the name as search sees it
    kind: Mapped[str] = mapped_column(String(10), default="keyword")
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    write: Mapped[str] = mapped_column(String(8), default="write", server_default="write")
    write_as: Mapped[str | None] = mapped_column(Text)


class TagWord(Base):
    """What a network calls a tag; stays when a person renames the tag or merges it away."""

    __tablename__ = "tag_word"

    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    word: Mapped[str] = mapped_column(String(200), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), index=True)


class PhotoTag(Base):
    """What is said about one tag on one photo.

    The machine writes only rows that are `machine` and `suggested`; a person's word, or a file's,
    stays, and a rejection stays as a row so that it is remembered.
    """

    __tablename__ = "photo_tag"
    __table_args__ = (
        CheckConstraint("source in ('machine', 'person', 'file')", name="ck_photo_tag_source"),
        CheckConstraint(
            "state in ('suggested', 'confirmed', 'rejected')", name="ck_photo_tag_state"
        ),
        Index("ix_photo_tag_tag", "tag_id", "state", "confidence", "photo_id"),
        Index("ix_photo_tag_review", "library_id", "state", "confidence", "photo_id", "tag_id"),
    )

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    confidence: Mapped[float | None]
    boxes: Mapped[list[Any]] = mapped_column(default=list)
    network: Mapped[str | None] = mapped_column(String(120))
    in_file: Mapped[bool] = mapped_column(default=False)  # the original carries it already
