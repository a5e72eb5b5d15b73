"""A photo, where it came from, and what was seen on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Size, Sortable, now

SHOWN = "trashed_at IS NULL AND stack_id IS NULL"


def _where(name: str, rule: str, *columns: str) -> Index:
    return Index(name, "library_id", *columns, sqlite_where=text(rule), postgresql_where=text(rule))


def _shown(name: str, *columns: str, only: str = "") -> Index:
    """An index of the photos that lists show, which has all that counting and sorting reads."""
    rule = f"{only} AND {SHOWN}" if only else SHOWN
    return _where(f"ix_photo_{name}", rule, *columns, "trashed_at", "stack_id")


class Photo(Base):
    """One picture of a library, known by the hash of its bytes and by that of its image data.

    `sha256`, `size`, `storage` and `source_path` are of the current one of its files (Revision),
    `image_sha256` is that file's without metadata (where a format does not tell, `sha256`).
    `edited_at`: another program changed what the file says, and nobody has seen it yet.

    `width` and `height` are of the upright photo, in pixels. `day`, `sort_name` and `band` are the
    sections of the three sort orders; `certainty` is the confidence of the least certain open
    suggestion, 2 where nothing is open; `to_review` and `confirmed` count the tags that wait for a
    word and that have a yes. `taken_at` is the camera's local time. `stack_id` names the lead of
    the stack in which the photo lies unseen (services.files.stacks); None: it is shown itself.
    `apart`: a person took it out of its stack. `version_id` is the repaired version that is shown
    in its stead, None: the original is; boxes are of the original all the same.
    """

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("library_id", "sha256"),
        CheckConstraint("state in ('new', 'ready', 'failed')", name="ck_photo_state"),
        CheckConstraint("storage in ('managed', 'referenced')", name="ck_photo_storage"),
        _shown("by_date", "day", "sort_at", "id", "width", "height"),
        _shown("by_name", "sort_name", "id", "width", "height"),
        _shown("by_certainty", "band", "certainty", "id", "width", "height"),
        _shown("camera", "camera"),
        _shown("rating", "rating"),
        _shown("people", "face_count"),
        _shown("new", "id", only="analysed_at IS NULL"),
        _shown("review", "to_review", only="to_review > 0"),
        _shown("tagged", "id", only="confirmed > 0"),
        Index("ix_photo_image", "library_id", "image_sha256"),
        _where("ix_photo_edited", "edited_at IS NOT NULL", "edited_at"),
        _where("ix_photo_trash", "trashed_at IS NOT NULL", "trashed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(String(64))
    image_sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Size)
    storage: Mapped[str] = mapped_column(String(10), default="managed")
    source_path: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="new")
    reason: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(String(16))
    mime: Mapped[str | None] = mapped_column(String(40))
    width: Mapped[int | None]
    height: Mapped[int | None]
    orientation: Mapped[int] = mapped_column(default=1)
    placeholder: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime | None] = mapped_column(DateTime)
    sort_at: Mapped[datetime] = mapped_column(DateTime)
    day: Mapped[str] = mapped_column(String(10))
    sort_name: Mapped[str] = mapped_column(Sortable)
    certainty: Mapped[float] = mapped_column(default=2.0)
    band: Mapped[int] = mapped_column(default=40)
    to_review: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[int] = mapped_column(default=0, server_default="0")
    face_count: Mapped[int | None]
    camera: Mapped[str | None] = mapped_column(Text)
    rating: Mapped[int | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    networks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    added_at: Mapped[datetime] = mapped_column(default=now)
    analysed_at: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    stack_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="SET NULL"), index=True
    )
    apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    version_id: Mapped[int | None]

    locations: Mapped[list["Location"]] = relationship(
        back_populates="photo", cascade="all, delete-orphan", passive_deletes=True
    )


class Location(Base):
    """A path under which a photo was dropped; one photo may have several."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("photo_id", "folder", "name"),
        Index("ix_location_folder", "library_id", "folder", "name", "photo_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    folder: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)

    photo: Mapped[Photo] = relationship(back_populates="locations")


class Sidecar(Base):
    """An .xmp file that was dropped beside a photo, kept byte for byte."""

    __tablename__ = "sidecar"
    __table_args__ = (UniqueConstraint("library_id", "folder", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("photo.id", ondelete="SET NULL"), index=True
    )
    folder: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime | None] = mapped_column(default=now)  # these bytes came


class Face(Base):
    """A face that was found; `box` and `landmarks` in pixels of the upright photo.

    `state` open: nothing is said yet; suggested: the machine names `person_id` with that
    `confidence`; named, unsure, stranger, not_face: a person's or a file's word (`source`), which
    the machine leaves alone. `stack` numbers the library's groups of faces that look alike.
    """

    __tablename__ = "face"
    __table_args__ = (
        CheckConstraint(
            "state in ('open', 'suggested', 'named', 'unsure', 'stranger', 'not_face')",
            name="ck_face_state",
        ),
        CheckConstraint("source in ('machine', 'person', 'file')", name="ck_face_source"),
        Index("ix_face_person", "person_id", "state", "confidence", "id", "photo_id", "quality"),
        Index("ix_face_stack", "stack", "state", "photo_id", "quality", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    box: Mapped[list[Any]]
    landmarks: Mapped[list[Any]]
    score: Mapped[float]
    quality: Mapped[float]
    embedding: Mapped[bytes | None] = mapped_column(LargeBinary)
    network: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(10), default="open", server_default="open")
    source: Mapped[str | None] = mapped_column(String(8))
    confidence: Mapped[float | None]
    stack: Mapped[int | None]


class Embedding(Base):
    """The scene network's view of a photo, float16 little-endian."""

    __tablename__ = "embedding"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    network: Mapped[str] = mapped_column(String(120), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
