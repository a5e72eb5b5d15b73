"""Repairs that a person adds though nothing proposed them."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, Repair
from app.services.intake import preparation
from app.services.library import gallery
from app.services.repairs import answers, pictures
from app.services.repairs.said import BY_HAND, SEVERAL, taken_back
from ml.errors import ImageError, MLError
from ml.image import Picture
from ml.repair import by_hand
from ml.repair.recipe import Step


def begun(core: Core, photo: Photo, kind: str) -> Step:
    """Return the step with which a repair of a kind begins on a photo, measured where that can be;
    AppError for an unknown kind, or where others keep the machine busy, NotFound where the photo
    cannot be read.
    """
    stage = _stage(kind)
    path = preparation.original(core, _ready(photo))
    try:
        with pictures.turn(), preparation.DECODING:  # it may take all pixels of a large photo
            picture = Picture.open(path, max_pixels=core.config.max_pixels)
            return Step(stage, kind, by_hand.begun(picture, kind))
    except ImageError as error:
        raise NotFound(f"{photo.name}: {error}") from None
    except MLError as error:  # networks that are not here
        raise AppError(f"This repair cannot begin: {error}.") from None


def add(
    session: Session,
    core: Core,
    library: Library,
    photo_id: int,
    kind: str,
    *,
    params: dict[str, Any],
    strength: float | None = None,
) -> Action:
    """Repair a photo as a person says, by the proposal of this kind where there is one; commits.

    AppError for an unknown kind, parameters that are none, or too many repairs.
    """
    photo = gallery.get(session, library, photo_id)
    stage = _stage(kind)
    answers.check(Step(stage, kind, params))
    _ready(photo)
    session.get_one(Photo, photo.id, with_for_update=True)  # of two at once, one adds
    there = answers.of_photo(session, photo.id)
    same = [row for row in there if (row.stage, row.kind) == (stage, kind)]
    if stage in SEVERAL:
        for old in filter(taken_back, same):  # it stands for nothing any more
            session.delete(old)
        same = []
    row = same[0] if same else _new(session, photo, Step(stage, kind, params), len(there))
    action = answers.word(session, library, row, "accepted", params=params, strength=strength)
    answers.make(session, core, library, photo.id)
    return action


def _new(session: Session, photo: Photo, step: Step, place: int) -> Repair:
    """Add a repair that is not done yet: this is what undoing goes back to."""
    row = Repair(
        library_id=photo.library_id,
        photo_id=photo.id,
        stage=step.stage,
        kind=step.kind,
        place=place,
        confidence=1.0,
        params=step.params,
        region=_region(photo, step),
        network=BY_HAND,
        state="rejected",
        source="person",
    )
    session.add(row)
    session.flush()
    return row


def _region(photo: Photo, step: Step) -> list[float]:
    """Where it is: all over the photo, but for the mosaic of a part."""
    corners = step.params.get("outline") if step.stage == "pixelation" else None
    if not corners:
        return [0.0, 0.0, float(photo.width or 0), float(photo.height or 0)]
    xs, ys = zip(*corners, strict=True)
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _stage(kind: str) -> str:
    try:
        return by_hand.stage_of(kind)
    except MLError as error:
        raise AppError(f"This repair cannot be: {error}.") from None


def _ready(photo: Photo) -> Photo:
    if not (photo.width and photo.height):
        raise NotFound("The picture is still being made.")
    return photo
