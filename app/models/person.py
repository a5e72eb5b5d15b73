"""People of a library, and who a face is not."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Person(Base):
    """Somebody with a name; of people who are private nothing is written into files.

    `key` is the name, case folded. `cover_id` is the face a person chose to show; it may be gone.
    A person without faces stays, unseen, so that a merge can be taken back.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("library_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    private: Mapped[bool] = mapped_column(default=False, server_default=false())
    cover_id: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(default=now)


class FaceRejection(Base):
    """A face is not this person: said once, remembered for ever."""

    __tablename__ = "face_rejection"

    face_id: Mapped[int] = mapped_column(
        ForeignKey("face.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PeopleModel(Base):
    """Up to what a library's people were learned: `asked` counts changes, `learned` those used.

    `touched` tells which faces changed: {"n": changes, "since": those before it are not told,
    "faces": [[n, face id]]}; the learning's own changes are among them.
    """

    __tablename__ = "people_model"

    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), primary_key=True
    )
    asked: Mapped[int] = mapped_column(default=0)
    learned: Mapped[int] = mapped_column(default=0)
    network: Mapped[str | None] = mapped_column(String(120))
    trained_at: Mapped[datetime | None]
    touched: Mapped[dict[str, Any] | None]
