"""What a photographer teaches: a tag that the machine learns from yes and no examples."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Concept(Base):
    """The head of one own tag.

    `head` is a line over embeddings of `network` (ml.concepts.Head), None until there is a yes.
    `learned` names the examples and photos it was trained on, `yes` and `no` count them. `ranked`
    holds the photos that nobody has answered as [id, probability], the most certain first.
    """

    __tablename__ = "concept"

    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)
    library_id: Mapped[int] = mapped_column(
        ForeignKey("library.id", ondelete="CASCADE"), index=True
    )
    network: Mapped[str | None] = mapped_column(String(120))
    head: Mapped[bytes | None] = mapped_column(LargeBinary)
    learned: Mapped[str] = mapped_column(String(200), default="")
    yes: Mapped[int] = mapped_column(default=0)
    no: Mapped[int] = mapped_column(default=0)
    ranked: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    trained_at: Mapped[datetime | None]
