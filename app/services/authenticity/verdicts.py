"""Verdicts of photos: asked for, kept, corrected, taken back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, Verdict, now
from app.models.verdict import OUTCOMES
from app.services import actions
from app.services.authenticity import sensors
from app.services.authenticity.said import kept
from app.services.authenticity.wanted import JUDGE
from app.services.intake.preparation import original
from app.services.work import dispatch, jobs, leases
from app.services.work.leases import Claim
from ml import pipeline
from ml.authenticity.body import body as body_of
from ml.authenticity.sensor import Pattern
from ml.errors import ImageError, WeightsError
from ml.image import Picture
from ml.results import Authenticity, JudgedPerson
from ml.stages.authenticity import judge_authenticity


def ask(session: Session, core: Core, library: Library, photo_ids: Sequence[int]) -> int:
    """Queue the look at photos; commits."""
    queued = jobs.ask(session, library.id, JUDGE, photo_ids=photo_ids, again=True)
    session.commit()
    dispatch.publish(core)
    return queued


def judge(core: Core, claim: Claim) -> None:
    """Look at a photo's original, and keep what was found."""
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return
        path, digest = original(core, photo), photo.sha256
    found, missing, body = None, "", None
    try:
        picture = Picture.open(path, max_pixels=core.config.max_pixels)
        body = body_of(picture)
        found = judge_authenticity(picture, _pattern(core, claim, body))
    except (ImageError, WeightsError) as error:
        missing = str(error)
    with core.db.write() as session:
        if found is None:
            if leases.fail(session, claim, f"It could not be looked at: {missing}."):
                session.commit()
            return
        if not leases.finish(session, claim):
            return
        photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
        if photo.sha256 != digest:  # another file has come meanwhile
            jobs.ask(session, photo.library_id, JUDGE, photo_ids=[photo.id], again=True)
        else:
            keep(session, photo, found, pipeline.provenance(JUDGE))
            if body is not None:
                sensors.wanted(session, photo, body)
        session.commit()


def _pattern(core: Core, claim: Claim, body: str | None) -> Pattern | None:
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        return sensors.pattern(session, core, photo, body) if photo and body else None


def keep(session: Session, photo: Photo, found: Authenticity, network: str) -> None:
    """Keep what the machine found; what a person said stays. The caller commits."""
    row = session.get(Verdict, photo.id)
    if row is None:
        row = Verdict(photo_id=photo.id, library_id=photo.library_id, found=found.outcome)
        session.add(row)
    row.found, row.probabilities, row.network = found.outcome, found.probabilities, network
    row.region = [] if found.region is None else list(found.region)
    row.evidence = [[each.kind, each.text, each.weight] for each in found.evidence]
    row.traces = None if found.traces is None else found.traces.astype(np.uint8).tobytes()
    row.across = _across(found)
    row.people = [_person(each) for each in found.people]
    row.created_at = now()
    photo.networks = photo.networks | {JUDGE: network}
    session.flush()


def _person(found: JudgedPerson) -> dict[str, Any]:
    told, traces = found.verdict, found.verdict.traces
    return {
        "box": list(found.face),
        "place": list(found.place),
        "outcome": told.outcome,
        "probabilities": told.probabilities,
        "evidence": [_reason(each.kind, each.text, each.weight) for each in told.evidence],
        "across": _across(told),
        "traces": [] if traces is None else traces.ravel().tolist(),
    }


def _across(found: Authenticity) -> int:
    return 0 if found.traces is None else found.traces.shape[1]


def _reason(kind: str, text: str, weight: float) -> dict[str, Any]:
    return {"kind": kind, "text": text, "weight": weight}


def say(session: Session, library: Library, photo_id: int, outcome: str | None) -> Action:
    """Keep a person's word about a photo, None takes it back; commits.

    AppError for an unknown outcome, NotFound where the photo has not been looked at.
    """
    if outcome is not None and outcome not in OUTCOMES:
        raise AppError(f"A verdict is one of {', '.join(OUTCOMES)}.")
    row = session.get(Verdict, photo_id)
    if row is None or row.library_id != library.id:
        raise NotFound("This photo has not been looked at.")
    photo = session.get_one(Photo, photo_id)
    label = f"Verdict on {photo.name}: {outcome or 'the machine’s'}"
    action = actions.begin(session, library, label, verdicts=[kept(row)])
    row.said = outcome
    session.commit()
    return action


def of_photo(session: Session, photo_id: int) -> dict[str, Any] | None:
    """What is known of a photo, as the page shows it; None where nobody has looked."""
    row = session.get(Verdict, photo_id)
    if row is None:
        return None
    return {
        "outcome": row.outcome,
        "found": row.found,
        "said": row.said,
        "probabilities": row.probabilities,
        "region": row.region or None,
        "evidence": [_reason(*each) for each in row.evidence],
        "across": row.across,
        "traces": list(row.traces or b""),
        "people": row.people,
    }


def written(session: Session, photo_id: int) -> tuple[tuple[str, str], ...]:
    """What a copy of the photo says in our own namespace, and nowhere else: a person's word; what
    the machine alone thinks leaves no mark on a file.
    """
    row = session.get(Verdict, photo_id)
    if row is None or row.said is None:
        return ()
    return (("AuthenticityOutcome", row.said), ("AuthenticityBy", "person"))
