"""The sweeper: sends what waits, takes back what a dead worker held, ends what nobody wants."""

import logging
import threading

from sqlalchemy.exc import DBAPIError

from app.core import Core
from app.services import actions
from app.services.delivery import exports
from app.services.disk import references
from app.services.enlarging import enlargements
from app.services.files import revisions
from app.services.intake import leftovers, uploads
from app.services.library import words
from app.services.tagging import heads
from app.services.work import dispatch, leases, renewal

INTERVAL_S = 1.0
TIDY_EVERY = 60  # rounds between looks at unfinished uploads and old downloads
ANALYZE_EVERY = 600  # rounds between looks at how large the tables are
CLEAN_EVERY = 86_400  # rounds between looks at every file

log = logging.getLogger(__name__)


class Sweeper(threading.Thread):
    """A thread of the worker's main process; each round is safe to repeat and to cut off."""

    def __init__(self, core: Core) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._core = core
        self._stopped = threading.Event()

    def run(self) -> None:
        """Sweep until stopped."""
        rounds = 0
        while True:
            try:
                self.sweep(
                    tidy=rounds % TIDY_EVERY == 0,
                    clean=rounds % CLEAN_EVERY == TIDY_EVERY,
                    renew=rounds == 0,
                    analyze=rounds % ANALYZE_EVERY == 0,
                )
            except DBAPIError as error:  # the database is away for a moment: the next round goes on
                log.warning("sweeping failed: %s", error.orig)
            except Exception:  # the thread's boundary: without a next round nothing would recover
                log.exception("sweeping failed")
            rounds += 1
            if self._stopped.wait(INTERVAL_S):
                return

    def sweep(
        self, *, tidy: bool = False, clean: bool = False, renew: bool = False, analyze: bool = False
    ) -> None:
        """Do one round; networks change only with a restart, so `renew` is for the first."""
        with self._core.db.write() as session:
            if renew:
                renewal.renew(session)
            leases.recover(session)
            heads.sweep(session)
            if tidy:
                uploads.sweep(session, self._core)
                exports.sweep(session, self._core)
                actions.sweep(session)
                enlargements.sweep(session, self._core)
                words.catch_up(session)
                revisions.catch_up(session)
        dispatch.publish(self._core)
        if analyze:
            self._core.db.analyze()
        if clean:
            leftovers.sweep(self._core)
            references.watch(self._core)

    def stop(self) -> None:
        """End after the current round."""
        self._stopped.set()
