"""How far everything is, for the strip at the bottom of every page."""

from typing import Any

from sqlalchemy.orm import Session

from app.models import Library
from app.services.intake import uploads
from app.services.library.remembered import remembered
from app.services.work import jobs


def progress(session: Session, library: Library) -> dict[str, Any]:
    """Return counts of uploads and jobs, photos a second, seconds left."""
    sent, work = remembered(
        session,
        ("progress", library.id),
        lambda: (uploads.counts(session, library.id), jobs.counts(session, library.id)),
    )
    waiting = work["queued"] + work["running"]
    rate = jobs.rate(session, library.id) if waiting else 0.0
    return {
        "uploading": sent.get("receiving", 0),
        "refused": sent.get("refused", 0),
        "waiting": work["queued"],
        "running": work["running"],
        "done": work["done"],
        "failed": work["failed"],
        "total": waiting + work["done"] + work["failed"],
        "paused": library.paused,
        "photos_per_s": round(rate, 2),
        "eta_s": round(waiting / rate) if rate else None,
    }
