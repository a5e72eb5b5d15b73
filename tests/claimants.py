"""Processes that ask for jobs; light, as each imports this file anew."""

import os
import signal

from app.config import Config
from app.core import Core
from app.services.work import leases
from app.services.work.leases import Claim

LEASE_S = 60.0


def claim(core: Core, job_id: int, lease_s: float = LEASE_S) -> Claim | None:
    """Try to take one job."""
    with core.db.write() as session:
        return leases.claim(session, job_id, lease_s)


def claim_all(config: Config, ids: list[int]) -> list[int]:
    """Claim every job that is to be had; gives those that were."""
    own = Core.build(config)
    try:
        return [job_id for job_id in ids if claim(own, job_id)]
    finally:
        own.db.dispose()


def claim_and_die(config: Config, job_id: int) -> None:
    """Begin a job and be killed."""
    if claim(Core.build(config), job_id):
        os.kill(os.getpid(), signal.SIGKILL)
