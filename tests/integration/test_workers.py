"""How work gets from the rows to a worker: windows, lost messages, order; with a real worker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core import Core
from app.models import Job, now
from app.queue import ANALYSE, CHUNK, FIRST
from app.services.intake import preparation
from app.services.work import dispatch, jobs, leases
from tests.conftest import ROOT, until
from tests.queueing import Broker, age, broker, core, job, library, photo_file, rows, taken
from workers.sweeper import Sweeper

__all__ = ["broker", "core"]
pytestmark = [pytest.mark.integration, pytest.mark.alone]


def test_a_message_that_came_during_a_pause_is_sent_again(core: Core, broker: Broker):
    ids = rows(core, 3)
    dispatch.publish(core)
    with core.db.write() as session:
        jobs.set_paused(session, core, library(core).id, True)
    broker.lose_everything()  # a worker took the message and was told that nothing is to be had
    with core.db.write() as session:
        jobs.set_paused(session, core, library(core).id, False)
    Sweeper(core).sweep()
    assert core.queue.length(ANALYSE) == 1
    assert all(job(core, i).published_at for i in ids)


def test_the_broker_holds_a_window_at_a_time(core: Core, broker: Broker):
    ids = rows(core, dispatch.WINDOW + 100)
    assert dispatch.publish(core) == dispatch.WINDOW
    assert core.queue.length(ANALYSE) == dispatch.WINDOW // CHUNK
    assert dispatch.publish(core) == 0
    for job_id in ids[:20]:
        with core.db.write() as session:
            assert leases.finish(session, taken(core, job_id))
            session.commit()
    assert dispatch.publish(core) == 20


def test_what_the_broker_lost_is_sent_again(core: Core, broker: Broker):
    rows(core, 20)
    assert dispatch.publish(core) == 20
    broker.lose_everything()
    assert dispatch.publish(core) == 0  # a worker may have them in its hands: not at once
    age(core, published_at=now() - dispatch.LOST_AFTER - timedelta(seconds=1))
    assert dispatch.publish(core) == 20
    assert core.queue.length(ANALYSE) == -(-20 // CHUNK)


def test_a_broker_that_is_away_costs_nothing(core: Core, broker: Broker):
    ids = rows(core, 5)
    broker.stop()
    try:
        start = time.monotonic()
        Sweeper(core).sweep(tidy=True)
        assert core.queue.length(FIRST) is None
        assert not core.queue.reachable()
        assert time.monotonic() - start < 5
        assert not any(job(core, i).published_at for i in ids)
    finally:
        broker.start()
    Sweeper(core).sweep()
    assert all(job(core, i).published_at for i in ids)


def worker(core: Core, log: Path) -> subprocess.Popen[bytes]:
    """A real worker with one process in its pool."""
    line = [sys.executable, "-m", "celery", "--quiet", "-A", "workers.celery_app", "worker"]
    line += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    env = {**os.environ, **core.config.environ()}
    with log.open("wb") as file:
        return subprocess.Popen(line, cwd=ROOT, env=env, stdout=file, stderr=file)


def finished(core: Core) -> Callable[[], bool]:
    def ask() -> bool:
        with core.db.read() as session:
            states = set(session.scalars(select(Job.state)))
        return not states & {"queued", "running"}

    return ask


def test_thumbnails_come_before_tags(core: Core, tmp_path: Path):
    first = [photo_file(core, seed, f"first/{seed}.jpg") for seed in range(1, 17)]
    for job_id in first:
        preparation.prepare(core, taken(core, job_id))
    dispatch.publish(core)  # the tags of these wait at the broker before the next photos come
    then = [photo_file(core, seed, f"then/{seed}.jpg") for seed in range(101, 117)]
    process = worker(core, tmp_path / "log")
    try:
        until(finished(core), "the queue's end", 100)
    finally:
        process.terminate()
        process.wait(30)
    with core.db.read() as session:
        ended = {job.id: job for job in session.scalars(select(Job))}
    assert {job.state for job in ended.values()} == {"done"}
    last = max(ended[i].finished_at for i in then)
    early = [j for j in ended.values() if j.kind == "analyse" and j.finished_at < last]
    assert len(early) <= CHUNK, "more than one message of tags went before the thumbnails"


def test_a_signal_before_the_worker_is_ready_ends_it_quietly() -> None:
    """There is no sweeper yet, and amid the imports it needs there cannot be one."""
    stopped = "import workers.celery_app as c; c._end(); assert not c.sweeper.cache_info().currsize"
    line = [sys.executable, "-c", stopped]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
