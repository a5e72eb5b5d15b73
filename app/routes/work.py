"""Jobs, progress and settings."""

from dataclasses import asdict
from typing import Any, get_args

from flask import Blueprint

from app.models import MAX_ID, Photo
from app.openapi import describe
from app.openapi.shapes import work as shapes
from app.openapi.shapes.photos import Added
from app.openapi.shapes.values import Changed
from app.routes import views
from app.routes.context import body, check_ids, core, field, one_of, reading, whole, writing
from app.routes.identity import visitor
from app.services import choices, overview, settings
from app.services.intake import demo
from app.services.work import jobs, progress

api = Blueprint("work_api", __name__, url_prefix="/api/v1")


@api.get("/progress")
@describe(shapes.Progress)
def overall() -> Any:
    """Tell how far uploads and jobs are."""
    with reading() as (session, mine):
        return progress.progress(session, mine)


@api.get("/jobs")
@describe(shapes.JobPage, query=(shapes.JobQuery,))
def listing() -> Any:
    """List jobs with their photos."""
    limit = whole("limit", 100, 1, 500)
    after = whole("after", 0, 0, MAX_ID) or None
    state = one_of("state", *get_args(shapes.JobState))
    with reading() as (session, mine):
        found = jobs.listing(session, mine.id, state, after, limit)
        names = {
            row.id: row.name
            for row in session.query(Photo).filter(
                Photo.id.in_({job.photo_id for job in found if job.photo_id})
            )
        }
        return {
            "jobs": [views.job(row, names.get(row.photo_id or 0)) for row in found],
            "next": found[-1].id if len(found) == limit else None,
            "counts": jobs.counts(session, mine.id),
        }


@api.post("/jobs/<any(pause, resume):what>")
@describe(Changed)
def pause(what: str) -> Any:
    """Pause or resume the library's work."""
    with writing() as (session, mine):
        jobs.set_paused(session, core(), mine.id, what == "pause")
    return {"changed": 1}


@api.post("/jobs/<any(retry, cancel):what>")
@describe(Changed, body=shapes.SomeJobs, optional_body=True)
def change(what: str) -> Any:
    """Retry failed jobs, or cancel waiting ones: some by id, or all."""
    ids = field(body(optional=True), "ids", list, None)
    if ids is not None:
        check_ids(ids, "“ids”")
    with writing() as (session, mine):
        if what == "retry":
            return {"changed": jobs.retry(session, core(), mine.id, ids)}
        return {"changed": jobs.cancel(session, mine.id, ids)}


@api.get("/settings")
@describe(shapes.SettingsShown)
def show_settings() -> Any:
    """Give every setting with its value and help."""
    with reading() as (_, mine):
        return {
            "settings": settings.values(mine),
            "help": {s.name: s.help for s in settings.TABLE},
            "choices": {s.name: list(s.choices) for s in settings.TABLE if s.choices},
        }


@api.put("/settings")
@describe(shapes.SettingsAnswer, body=shapes.SettingsChange)
def change_settings() -> Any:
    """Change some settings."""
    changes = body()
    with writing() as (session, mine):
        return {"settings": choices.change(session, mine, changes)}


@api.get("/storage")
@describe(shapes.StorageFigures)
def storage_figures() -> Any:
    """Tell what the library takes, and of the last backup."""
    found = visitor()
    with reading() as (session, mine):
        told = asdict(overview.storage(session, mine, core().config))
    secret = {} if found and found.is_owner else {"folder": None, "last_backup": None}
    return told | secret


@api.get("/models")
@describe(shapes.Models)
def models() -> Any:
    """List the networks with their licences."""
    return {"models": overview.models()}


@api.post("/demo")
@describe(Added)
def add_demo() -> Any:
    """Add a small set of pictures made by the machine, to try everything on."""
    with writing() as (session, mine):
        return {"added": demo.add(session, core(), mine)}
