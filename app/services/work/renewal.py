"""Photos that an older network saw, or none, are looked at again by the one that is here now."""

from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Library, Photo
from app.services import settings
from app.services.library.listed import HERE
from app.services.work import jobs
from app.services.work.analysis import STAGES, current
from ml import weights
from ml.errors import WeightsError
from ml.stages.table import STAGES as TABLE


@cache
def ready_stages() -> tuple[str, ...]:
    """Return the stages whose networks are on this machine, verified once a process."""
    ready = []
    for stage in STAGES:
        try:
            for name, _ in TABLE[stage].networks():
                if name in weights.manifest():
                    weights.locate(name)
        except WeightsError:
            continue
        ready.append(stage)
    return tuple(ready)


def renew(session: Session) -> int:
    """Queue analysis where a network is newer than what a photo was seen by; commits.

    Only libraries that analyse on upload; only the stages that changed run again.
    """
    wanted = {stage: current(stage) for stage in ready_stages()}
    count = 0
    for library in session.scalars(select(Library)).all():
        chosen = settings.values(library)
        if not chosen["analyse_on_upload"]:
            continue
        stages = {s: name for s, name in wanted.items() if s != "faces" or chosen["faces"]}
        seen = session.execute(
            select(Photo.id, Photo.networks).where(
                Photo.library_id == library.id,
                Photo.analysed_at.is_not(None),
                *HERE,
            )
        )
        stale = [
            photo_id
            for photo_id, networks in seen
            if any(networks.get(stage) != name for stage, name in stages.items())
        ]
        count += jobs.ask(session, library.id, "analyse", photo_ids=stale, again=True)
    session.commit()
    return count
