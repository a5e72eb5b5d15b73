"""Masks of marks that people paint: kept with the repair, named by a short word in addresses."""

import hashlib
import re
from typing import Any

from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import MAX_ID, Action, Library, Photo, Repair
from app.services.library import gallery
from app.services.repairs import answers
from app.services.repairs.said import BY_HAND
from ml.marks.kinds import KINDS
from ml.marks.mask import decoded, empty, encoded
from ml.marks.undone import REPAIRED
from ml.repair.step import Step

STAGE = "marks"
_WORD = re.compile(r"@([0-9]{1,10})-[0-9a-f]{12}")


def short(row: Repair, params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters with a word that stands for the mask, another for every other mask."""
    if row.stage != STAGE:
        return params
    digest = hashlib.sha256(str(params["mask"]).encode()).hexdigest()[:12]
    return params | {"mask": f"@{row.id}-{digest}"}


def expanded(session: Session, photo_id: int, told: Any) -> Any:
    """Return a recipe's JSON with the masks of this photo for the words that stand for them; what
    is no such word, or stands for an older mask, stays, and fails where masks are read.
    """
    if not isinstance(told, dict) or not isinstance(told.get("steps"), list):
        return told
    return told | {"steps": [_with_mask(session, photo_id, step) for step in told["steps"]]}


def _with_mask(session: Session, photo_id: int, step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    params = step.get("params")
    word = params.get("mask") if isinstance(params, dict) else None
    match = _WORD.fullmatch(word) if isinstance(word, str) else None
    row = session.get(Repair, int(match[1])) if match and int(match[1]) <= MAX_ID else None
    if row is None or row.photo_id != photo_id or row.stage != STAGE:
        return step
    params = row.changed or row.params
    return step | {"params": params} if short(row, params)["mask"] == word else step


def begin(session: Session, library: Library, photo_id: int, kind: str) -> Repair:
    """Begin to mark damage of a kind by hand, or go on where that was begun; commits."""
    if kind not in REPAIRED:
        raise AppError(f"Marks are one of {', '.join(REPAIRED)}.")
    photo = gallery.get(session, library, photo_id)
    if not (photo.width and photo.height):
        raise NotFound("The picture is still being made.")
    session.get_one(Photo, photo.id, with_for_update=True)  # of two at once, one begins
    for row in answers.of_photo(session, photo.id):
        if (row.stage, row.kind) == (STAGE, kind):
            return row
    row = Repair(
        library_id=library.id,
        photo_id=photo.id,
        stage=STAGE,
        kind=kind,
        place=KINDS.index(kind),
        confidence=1.0,
        params={"mask": encoded(empty((photo.width, photo.height)))},
        region=[0.0, 0.0, float(photo.width), float(photo.height)],
        network=BY_HAND,
        state="rejected",  # until something is painted, nobody need be asked about it
        source="person",
    )
    session.add(row)
    session.commit()
    return row


def paint(session: Session, library: Library, repair_id: int, mask: str) -> Action:
    """Keep a mask that a person painted in the place of the one before, without a version; commits.

    AppError for what is no mask, NotFound where there is no such repair.
    """
    row = answers.get(session, library, repair_id)
    if row.stage != STAGE:
        raise AppError("Only marks have a mask.")
    answers.check(Step(row.stage, row.kind, {"mask": mask}))
    painted = decoded(mask)
    state = "accepted" if painted.any() else "rejected"
    params = {"mask": encoded(painted)}
    action = answers.word(session, library, row, state, params=params)
    session.commit()
    return action


def of_repair(session: Session, library: Library, repair_id: int) -> str:
    """Return the mask of a repair, a PNG in base64; NotFound where it has none."""
    row = answers.get(session, library, repair_id)
    session.get_one(Photo, row.photo_id)
    if row.stage != STAGE:
        raise NotFound("This repair has no mask.")
    return str((row.changed or row.params)["mask"])
