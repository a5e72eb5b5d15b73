"""What the networks see on a photo, kept without ever touching a person's word."""

from collections import defaultdict
from typing import Any

import numpy as np
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Embedding, Library, Photo, now
from app.services import settings
from app.services.intake.preparation import original
from app.services.people import found_faces
from app.services.repairs import versions
from app.services.tagging import learning, tags
from app.services.work import dispatch, jobs, leases
from app.services.work.leases import Claim
from ml import pipeline
from ml.errors import ImageError, WeightsError
from ml.image import Picture
from ml.repair.located import in_photo

STAGES = ("tags", "categories", "faces")


def analyse(core: Core, claim: Claim) -> None:
    """Run the networks that have not seen this photo yet and keep what they found."""
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return
        unseen = photo.stack_id is not None
        library = session.get_one(Library, photo.library_id)
        wanted = STAGES if settings.values(library)["faces"] else STAGES[:2]
        stages = [s for s in wanted if photo.networks.get(s) != current(s)]
        version, geometry = versions.shown(session, photo), versions.geometry(session, photo)
        path = versions.file_of(core, version) if version else original(core, photo)
        shown = photo.version_id
    if unseen:  # its stack's lead is looked at for it
        with core.db.write() as session:
            if leases.finish(session, claim):
                session.commit()
        return
    try:
        picture = Picture.open(path, max_pixels=core.config.max_pixels)
        result = pipeline.analyse(picture, stages=stages)
        result = in_photo(result, geometry) if geometry else result
    except ImageError as error:
        with core.db.write() as session:
            if leases.fail(session, claim, str(error)):
                session.commit()
        return
    with core.db.write() as session:
        if leases.finish(session, claim):
            photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
            if photo.version_id == shown:
                _keep(session, photo, result)
            else:  # another picture is shown by now
                jobs.ask(session, photo.library_id, "analyse", photo_ids=[photo.id], again=True)
            session.commit()


def current(stage: str) -> str | None:
    """Return the network of a stage as photos keep it; None when it is not on this machine."""
    try:
        return pipeline.provenance(stage)
    except WeightsError:
        return None


def ask(session: Session, core: Core, library: Library, photo_ids: list[int]) -> int:
    """Queue analysis of photos ("Tag photos"), also of those that were analysed; commits."""
    queued = jobs.ask(session, library.id, "analyse", photo_ids=photo_ids, again=True)
    session.commit()
    dispatch.publish(core)
    return queued


def _keep(session: Session, photo: Photo, result: pipeline.Result) -> None:
    if photo.stack_id is not None:  # stacked meanwhile
        return
    ran = [stage for stage in STAGES if _ran(result, stage)]
    networks = {stage: pipeline.provenance(stage) for stage in ran}
    if "tags" in networks:
        boxes: dict[str, list[Any]] = defaultdict(list)
        best: dict[str, float] = defaultdict(float)
        for tag in result.tags or ():
            boxes[tag.name].append([*map(float, tag.box), float(tag.confidence)])
            best[tag.name] = max(best[tag.name], float(tag.confidence))
        tags.take_from_machine(
            session, photo, "object", best, boxes=boxes, network=networks["tags"]
        )
    if "categories" in networks:
        found = {c.name: float(c.confidence) for c in result.categories or ()}
        tags.take_from_machine(
            session, photo, "category", found, boxes={}, network=networks["categories"]
        )
    if "faces" in networks:
        found_faces.keep(session, photo, result.faces or (), networks["faces"])
    if result.embedding is not None:
        network = networks.get("categories", "")
        _keep_embedding(session, photo, result.embedding, network)
        learning.look(session, photo, result.embedding, network)
    photo.networks = photo.networks | networks
    photo.analysed_at = now()
    tags.refresh(session, [photo.id])


def _ran(result: pipeline.Result, stage: str) -> bool:
    return getattr(result, stage) is not None and stage not in result.missing


def _keep_embedding(session: Session, photo: Photo, vector: Any, network: str) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "photo_id": photo.id,
        "network": network,
        "vector": np.asarray(vector, dtype="<f2").tobytes(),
    }
    statement = dialect.insert(Embedding).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["photo_id", "network"], set_={"vector": row["vector"]}
        )
    )
