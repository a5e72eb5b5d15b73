"""For whoever runs the server: is it well, and what is it doing."""

from typing import Any

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.models import Job, Photo, Upload
from app.routes.context import core

ops = Blueprint("ops", __name__)


@ops.get("/healthz")
def health() -> Any:
    """Tell whether database and broker answer; 503 names what does not."""
    parts = {"database": _database(), "broker": core().queue.reachable()}
    return {"ok": all(parts.values()), **parts}, 200 if all(parts.values()) else 503


@ops.get("/metrics")
def metrics() -> Response:
    """Give counts in Prometheus' text format."""
    registry = CollectorRegistry()
    tables = {
        "proofsheet_jobs": ("Jobs by kind and state.", (Job.kind, Job.state)),
        "proofsheet_photos": ("Photos by state.", (Photo.state,)),
        "proofsheet_uploads": ("Uploads by state.", (Upload.state,)),
    }
    with core().db.read() as session:
        for name, (words, columns) in tables.items():
            gauge = Gauge(name, words, [column.key for column in columns], registry=registry)
            query = select(*columns, func.count()).group_by(*columns)
            for *labels, n in session.execute(query):
                gauge.labels(*labels).set(n)
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


def _database() -> bool:
    try:
        with core().db.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
