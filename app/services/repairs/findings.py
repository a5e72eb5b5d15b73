"""What is wrong with photos: looked for when asked or by policy, kept beside what people said."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError
from app.models import Library, Photo, Repair
from app.services import settings
from app.services.intake.preparation import original
from app.services.people.found_faces import matched
from app.services.repairs import versions, wanted
from app.services.repairs.said import SEVERAL, taken_back
from app.services.work import dispatch, leases
from app.services.work.leases import Claim
from ml import pipeline
from ml.errors import ImageError
from ml.image import Picture
from ml.repair import policy
from ml.repair.recipe import Recipe
from ml.repair.step import FOUND
from ml.results import Finding

SAME = 0.5  # overlap of two regions from which findings of one kind are the same


def ask(
    session: Session,
    core: Core,
    library: Library,
    photo_ids: Sequence[int],
    stages: Sequence[str] = (),
) -> int:
    """Queue the search for what is wrong with photos, by all stages unless named; commits."""
    unknown = set(stages) - set(FOUND)
    if unknown:
        raise AppError(f"There is no repair of {', '.join(sorted(unknown))}.")
    queued = wanted.findings(session, library.id, photo_ids, stages or FOUND)
    session.commit()
    dispatch.publish(core)
    return queued


def diagnose(core: Core, claim: Claim) -> None:
    """Look for what is wrong with a photo's original, and keep it."""
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return
        path, digest = original(core, photo), photo.sha256
    stages = tuple(stage for stage in FOUND if stage in claim.params["stages"])
    try:
        picture = Picture.open(path, max_pixels=core.config.max_pixels)
        result = pipeline.analyse(picture, stages)
        missing = "; ".join(result.missing.values())
    except ImageError as error:
        missing = str(error)
    if missing:
        with core.db.write() as session:
            if leases.fail(session, claim, f"It could not be looked at: {missing}."):
                session.commit()
        return
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
        if photo.sha256 != digest:  # another file has come meanwhile
            wanted.findings(session, photo.library_id, [photo.id], stages)
        else:
            for stage in stages:
                found = [one for one in result.findings or () if one.stage == stage]
                keep(session, photo, stage, found, pipeline.provenance(stage))
        session.commit()


def keep(
    session: Session, photo: Photo, stage: str, found: Sequence[Finding], network: str
) -> None:
    """Keep what a stage found in the place of what it proposed before; words of people stay, and
    what they rejected is not proposed again. The caller commits.
    """
    library = session.get_one(Library, photo.library_id)
    automatic = settings.values(library)[f"repair_{stage}"] == "automatic"
    rows = list(
        session.scalars(select(Repair).where(Repair.photo_id == photo.id, Repair.stage == stage))
    )
    said = [row for row in rows if row.source == "person" and not taken_back(row)]
    _make_way(session, rows, found)
    for place, one in enumerate(found):
        if not one.params or _answered(one, said):  # where no grid was found nothing can be undone
            continue
        sure = automatic and not said and one.confidence >= policy.sure(stage, one.kind)
        session.add(
            Repair(
                library_id=photo.library_id,
                photo_id=photo.id,
                stage=stage,
                kind=one.kind,
                place=place,
                confidence=one.confidence,
                params=one.params,
                region=list(one.region),
                network=network,
                state="accepted" if sure else "suggested",
            )
        )
    session.flush()
    photo.networks = photo.networks | {stage: network}
    recipe, _ = versions.recipe_of(session, photo.id)
    shown = versions.shown(session, photo)
    if recipe.digest != (shown.recipe_hash if shown else Recipe(()).digest):
        wanted.version(session, photo.library_id, [photo.id])


def _make_way(session: Session, rows: Sequence[Repair], found: Sequence[Finding]) -> None:
    """Drop what the machine said before, and what a person added and took back of the kinds of
    which a photo has one.
    """
    kinds = {one.kind for one in found if one.stage not in SEVERAL}
    for row in rows:
        if row.source == "machine" or (taken_back(row) and row.kind in kinds):
            session.delete(row)


def _answered(one: Finding, said: Sequence[Repair]) -> bool:
    """Tell whether a person has spoken of this finding, or accepted another of its kind."""
    same = [row for row in said if row.kind == one.kind]
    # A photo has one repair of a kind, wherever that is seen now, but mosaics in several places.
    if one.stage != "pixelation" and any(row.state == "accepted" for row in same):
        return True
    return bool(matched([one.region], [row.region for row in same], SAME))
