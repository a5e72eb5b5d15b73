"""Whether photos are photographs: what the machine thinks, and what a person said."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now

OUTCOMES = ("photograph", "generated", "edited", "inconclusive")
_KNOWN = ", ".join(f"'{name}'" for name in OUTCOMES)


class Verdict(Base):
    """What was found on a photo's original, one a photo.

    `found` is the machine's outcome, `said` a person's, which holds where there is one. `region`
    is in pixels of the upright photo; `evidence` lists kind, text and weight; `traces` are bytes
    (down, across), row by row, of how much each part speaks against a photograph. `people` lists
    what was found on each person, as answers have it.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        CheckConstraint(f"found in ({_KNOWN})", name="ck_verdict_found"),
        CheckConstraint(f"said in ({_KNOWN})", name="ck_verdict_said"),
        Index("ix_verdict_outcome", "library_id", "said", "found", "photo_id"),
    )

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id", ondelete="CASCADE"))
    found: Mapped[str] = mapped_column(String(12))
    said: Mapped[str | None] = mapped_column(String(12))
    probabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    region: Mapped[list[Any]] = mapped_column(default=list)
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    traces: Mapped[bytes | None] = mapped_column(LargeBinary)
    across: Mapped[int] = mapped_column(default=0)
    people: Mapped[list[Any]] = mapped_column(default=list)
    network: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def outcome(self) -> str:
        """What holds."""
        return self.said or self.found
