"""The pages: shells that the browser fills from the API."""

from typing import Any

from flask import Blueprint, render_template

from app.routes.context import core, reading
from app.services import gallery, overview

pages = Blueprint("pages", __name__)


@pages.get("/")
def library() -> str:
    """Show the library."""
    return render_template("library.html", page="library", photo_id=None)


@pages.get("/photo/<int:photo_id>")
def photo(photo_id: int) -> str:
    """Show the library opened at one photo."""
    with reading() as (session, mine):
        gallery.get(session, mine, photo_id)
    return render_template("library.html", page="library", photo_id=photo_id)


@pages.get("/review")
def review() -> str:
    """Show the queue of proposals."""
    return render_template("review.html", page="review")


@pages.get("/jobs")
def jobs() -> str:
    """Show what runs, waits and failed."""
    return render_template("jobs.html", page="jobs")


@pages.get("/settings")
def settings() -> Any:
    """Show settings, models with their licences, storage."""
    with reading() as (session, mine):
        storage = overview.storage(session, mine, core().config)
    return render_template(
        "settings.html", page="settings", models=overview.models(), storage=storage
    )
