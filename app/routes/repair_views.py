"""How repairs and versions look to the page."""

import json
from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.models import Photo, Repair, Version
from app.services.repairs import answers, masks, versions
from ml.errors import MLError
from ml.repair.recipe import Recipe, Step


def of_photo(session: Session, photo: Photo) -> dict[str, Any]:
    """Return what was found on a photo and its versions, with its size before."""
    return {
        "width": photo.width,
        "height": photo.height,
        "before": before(photo),
        "repairs": [repair(row) for row in answers.of_photo(session, photo.id)],
        "versions": [version(row, photo) for row in versions.of_photo(session, photo.id)],
    }


def repair(row: Repair) -> dict[str, Any]:
    """Return a finding with its repair."""
    step = Step(row.stage, row.kind, row.changed or row.params, row.strength)
    return {
        "id": row.id,
        "stage": row.stage,
        "kind": row.kind,
        "confidence": row.confidence,
        "found": masks.short(row, row.params),
        "params": masks.short(row, step.params),
        "strength": row.strength,
        "region": row.region,
        "reach": _reach(step, row.region),
        "network": row.network,
        "state": row.state,
        "source": row.source,
    }


def _reach(step: Step, region: Sequence[float]) -> float | None:
    try:
        return step.reach(region)
    except MLError:  # what was found by an older Proofsheet, or will be by a newer one
        return None


def version(row: Version, photo: Photo) -> dict[str, Any]:
    """Return a repaired version."""
    return {
        "id": row.id,
        "shown": row.id == photo.version_id,
        "width": row.width,
        "height": row.height,
        "format": row.format,
        "size": row.size,
        "made": row.created_at.isoformat(),
        "recipe": _told(row.recipe),
        "networks": row.networks,
        "file": url_for("photos.version", photo_id=photo.id, version_id=row.id),
    }


def _told(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe without its masks, which are large and say nothing to a reader."""
    steps = [
        step | {"params": {k: v for k, v in step["params"].items() if k != "mask"}}
        for step in recipe["steps"]
    ]
    return recipe | {"steps": steps}


def before(photo: Photo) -> str:
    """Return the address of the original's preview."""
    return url_for("photos.preview", photo_id=photo.id, v=photo.sha256[:8], original=1)


def after(photo: Photo, rows: Sequence[Repair]) -> str:
    """Return the address of a picture with these repairs."""
    steps = tuple(
        Step(row.stage, row.kind, masks.short(row, row.changed or row.params), row.strength)
        for row in rows
    )
    told = json.dumps(Recipe(steps).as_json(), separators=(",", ":"))
    return url_for("photos.repaired", photo_id=photo.id, v=photo.sha256[:8], recipe=told)
