"""The one task: claim each job, do what its row says, keep its failure with the reason."""

import logging
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from app.core import Core
from app.errors import AppError, NoRoom, is_full
from app.queue import RUN
from app.services.authenticity import sensors, verdicts
from app.services.delivery import delivery
from app.services.disk import beside, importing
from app.services.enlarging import making
from app.services.intake import preparation
from app.services.people import recognition
from app.services.repairs import findings, versions
from app.services.tagging import learning
from app.services.work import analysis, dispatch, leases
from app.services.work.leases import Claim
from workers.celery_app import app, core

log = logging.getLogger(__name__)

# kind of work -> what does it; the queues stand in app.services.work.dispatch.KINDS
HANDLERS: dict[str, Callable[[Core, Claim], None]] = {
    "prepare": preparation.prepare,
    "metadata": preparation.read_metadata,
    "analyse": analysis.analyse,
    "diagnose": findings.diagnose,
    "authenticity": verdicts.judge,
    "sensor": sensors.estimate,
    "repair": versions.make,
    "enlarge": making.make,
    "people": recognition.learn,
    "concept": learning.train,
    "export": delivery.deliver,
    "import": importing.walk_on,
    "beside": beside.write,
}


@app.task(name=RUN)
def run(job_ids: list[int]) -> None:
    """Do these jobs, each by itself: one that fails does not touch the others."""
    for job_id in job_ids:
        with core().db.write() as session:
            claim = leases.claim(session, job_id, core().config.lease_s)
        if claim is not None:
            _do(claim)
    dispatch.publish(core())


def _do(claim: Claim) -> None:
    try:
        HANDLERS[claim.kind](core(), claim)
    except OperationalError as error:  # the database was away or locked: the photo is not at fault
        log.warning("job %s (%s) goes back: %s", claim.job_id, claim.kind, error.orig)
        with core().db.write() as session:
            leases.give_back(session, claim)
    except Exception as error:  # the task boundary: whatever happened belongs on the job's row
        log.exception("job %s (%s) failed", claim.job_id, claim.kind)
        with core().db.write() as session:
            if leases.fail(session, claim, in_words(error)):
                session.commit()


def in_words(error: Exception) -> str:
    """Say to the photographer what stopped a job; the log has the rest."""
    if isinstance(error, AppError):
        return str(error)
    if isinstance(error, OSError) and is_full(error):
        return str(NoRoom())
    if isinstance(error, OSError) and error.strerror:
        return f"The storage could not be used ({error.strerror.lower()}). Mend that, then retry."
    if isinstance(error, MemoryError):
        return "There was not enough memory. Close other programs, then retry."
    return "Something unexpected stopped this. The server's log says what; you can retry."
