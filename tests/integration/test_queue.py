"""The queue's promises, held against a real database and a real Valkey."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, select, text, update

from app.config import Config
from app.core import Core
from app.models import Job, Library, Photo, PhotoTag, Upload, now
from app.queue import ANALYSE, CHUNK, FIRST
from app.services import analysis, dispatch, jobs, leases, preparation, settings, uploads
from app.services.leases import Claim
from scripts import migrate, valkey
from tests import drop
from tests.claimants import LEASE_S, claim, claim_all, claim_and_die
from tests.conftest import ROOT, until
from workers.sweeper import Sweeper

pytestmark = pytest.mark.integration

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Broker"]:
    found = Broker(tmp_path_factory.mktemp("valkey"))
    found.start()
    yield found
    found.stop()


class Broker:
    """An embedded Valkey, as main.py starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "s"
        self.url = f"redis+socket://{self.path}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        valkey.prepare(self.folder, self.path)
        self.process = subprocess.Popen(
            valkey.command(self.folder, self.path), stdout=subprocess.DEVNULL
        )
        until(lambda: valkey.answers(self.path), "Valkey")

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def lose_everything(self) -> None:
        with redis.Redis(unix_socket_path=str(self.path)) as client:
            client.flushall()


@pytest.fixture(params=["sqlite", "postgresql"])
def core(
    request: pytest.FixtureRequest, tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Core]:
    """An installation with one library, its tables fresh and its broker empty."""
    url = f"sqlite:///{tmp_path / 'rows.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    broker.lose_everything()
    config = Config.from_env({}, data=tmp_path, database_url=url, redis_url=broker.url)
    migrate.command.upgrade(migrate.alembic(config.database_url), "head")
    made = Core.build(config)
    with made.db.write() as session:
        settings.owner(session)
    yield made
    made.db.dispose()


def library(core: Core) -> Library:
    with core.db.read() as session:
        return session.scalars(select(Library)).one()


def rows(core: Core, count: int, kind: str = "analyse") -> list[int]:
    """That many waiting jobs of photos that are rows alone."""
    with core.db.write() as session:
        mine = session.scalars(select(Library)).one()
        start = len(session.scalars(select(Photo.id)).all())
        photos = [
            Photo(
                library_id=mine.id,
                sha256=f"{start + n:064x}",
                size=1,
                name=f"{start + n}.jpg",
                sort_name=f"{start + n}",
                sort_at=now().replace(tzinfo=None),
                day="2026-01-01",
                state="ready",
            )
            for n in range(count)
        ]
        session.add_all(photos)
        session.flush()
        jobs.ask(session, mine.id, kind, photo_ids=[photo.id for photo in photos])
        session.commit()
        ids = [photo.id for photo in photos]
        return list(session.scalars(select(Job.id).where(Job.photo_id.in_(ids)).order_by(Job.id)))


def photo_file(core: Core, seed: int = 1, path: str = "a/IMG_1.jpg", data: bytes = b"") -> int:
    """A real small photo, received whole; gives the job that prepares it."""
    import numpy as np

    data = data or drop.photo(seed, np.random.default_rng(seed))
    with core.db.write() as session:
        mine = session.scalars(select(Library)).one()
        upload = uploads.create(session, core, mine, path=path, size=len(data))
    core.storage.part(upload.id).write_bytes(data)
    uploads.complete(core, upload)
    with core.db.read() as session:
        upload = session.get_one(Upload, upload.id)
        return session.scalars(select(Job.id).where(Job.photo_id == upload.photo_id)).one()


def taken(core: Core, job_id: int, lease_s: float = LEASE_S) -> Claim:
    found = claim(core, job_id, lease_s)
    assert found is not None
    return found


def job(core: Core, job_id: int) -> Job:
    with core.db.read() as session:
        return session.get_one(Job, job_id)


def age(core: Core, **values: object) -> None:
    """Set columns of every job, such as the time of its last message."""
    with core.db.write() as session:
        session.execute(update(Job).values(**values))
        session.commit()


def test_eight_threads_share_jobs_out(core: Core):
    ids, got = rows(core, 40), []
    threads = [
        threading.Thread(target=lambda: got.extend(claim_all(core.config, ids))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ids
    assert {job(core, i).attempt for i in ids} == {1}


def test_processes_share_jobs_out(core: Core):
    ids = rows(core, 40)
    with SPAWN.Pool(4) as pool:
        got = pool.starmap(claim_all, [(core.config, ids)] * 8)
    assert sorted(job_id for some in got for job_id in some) == ids


def test_a_lease_that_has_ended_lets_the_next_one_in(core: Core):
    (job_id,) = rows(core, 1)
    first = taken(core, job_id, lease_s=0.2)
    assert claim(core, job_id) is None
    time.sleep(0.3)
    second = taken(core, job_id)
    assert (first.attempt, second.attempt) == (1, 2)
    with core.db.write() as session:
        assert not leases.finish(session, first)
        assert not leases.fail(session, first, "too late")
        assert not leases.renew(session, first, LEASE_S)
        assert leases.renew(session, second, LEASE_S)
        assert leases.finish(session, second)
        session.commit()
    assert (job(core, job_id).state, job(core, job_id).reason) == ("done", None)


def test_a_late_result_is_thrown_away(core: Core):
    job_id = photo_file(core)
    late = taken(core, job_id, lease_s=0.01)
    time.sleep(0.05)
    current = taken(core, job_id)
    preparation.prepare(core, late)
    with core.db.read() as session:
        photo = session.scalars(select(Photo)).one()
        assert (photo.state, photo.width) == ("new", None)
        assert session.scalars(select(Job.kind)).all() == ["prepare"]
    preparation.prepare(core, current)
    with core.db.read() as session:
        assert session.scalars(select(Photo.state)).one() == "ready"
        assert session.scalars(select(Upload.state)).one() == "done"


def test_a_late_refusal_is_thrown_away(core: Core):
    job_id = photo_file(core, data=b"no photo at all")
    late = taken(core, job_id, lease_s=0.01)
    time.sleep(0.05)
    taken(core, job_id)
    preparation.prepare(core, late)
    with core.db.read() as session:
        photo = session.scalars(select(Photo)).one()
        assert core.storage.original(photo.library_id, photo.sha256).is_file()
        assert session.scalars(select(Upload.state)).one() == "waiting"


def test_a_photo_that_kills_its_worker_three_times_fails_in_words(core: Core):
    job_id = photo_file(core, path="trip/poison.jpg")
    for tries in range(leases.MAX_TRIES):
        assert job(core, job_id).state == "queued", tries
        process = SPAWN.Process(target=claim_and_die, args=(core.config, job_id))
        process.start()
        process.join()
        assert job(core, job_id).state == "running"
        Sweeper(core).sweep()
    found = job(core, job_id)
    assert (found.state, found.tries) == ("failed", 3)
    assert found.reason
    assert "3 times" in found.reason
    with core.db.read() as session:
        photo, upload = session.scalars(select(Photo)).one(), session.scalars(select(Upload)).one()
    assert (photo.state, photo.reason) == ("failed", found.reason)
    assert upload.state == "refused"
    assert upload.reason
    assert "poison.jpg" in upload.reason
    assert claim(core, job_id) is None

    with core.db.write() as session:
        assert jobs.retry(session, core, library(core).id) == 1
    preparation.prepare(core, taken(core, job_id))
    with core.db.read() as session:
        assert session.scalars(select(Photo.state)).one() == "ready"
        assert session.scalars(select(Upload.state)).one() == "done"


def test_a_living_workers_job_is_left_alone(core: Core):
    (job_id,) = rows(core, 1)
    taken(core, job_id)
    Sweeper(core).sweep()
    assert job(core, job_id).state == "running"


def test_another_process_with_a_dead_workers_number_holds_nothing(core: Core):
    (job_id,) = rows(core, 1)
    taken(core, job_id)
    mine = leases.worker_name()
    age(core, claimed_by=mine.rpartition(":")[0] + ":1")
    Sweeper(core).sweep()
    assert job(core, job_id).state == "queued"


def test_pause_holds_everything_back(core: Core):
    ids = rows(core, 3)
    with core.db.write() as session:
        jobs.set_paused(session, core, library(core).id, True)
    assert dispatch.publish(core) == 0
    assert claim(core, ids[0]) is None
    with core.db.write() as session:
        jobs.set_paused(session, core, library(core).id, False)
    assert core.queue.length(ANALYSE) == 1
    assert claim(core, ids[0])


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


def test_cancelling_a_running_job_discards_its_result(core: Core):
    preparation.prepare(core, taken(core, photo_file(core)))
    with core.db.read() as session:
        job_id = session.scalars(select(Job.id).where(Job.kind == "analyse")).one()
    claimed = taken(core, job_id)
    with core.db.write() as session:
        assert jobs.cancel(session, library(core).id) == 1
    analysis.analyse(core, claimed)
    with core.db.read() as session:
        assert session.scalars(select(PhotoTag)).all() == []
        assert session.scalars(select(Photo.analysed_at)).one() is None
    assert job(core, job_id).state == "cancelled"
    assert claim(core, job_id) is None


def test_retry_wakes_what_failed_and_what_was_cancelled(core: Core):
    failed, cancelled, waiting = rows(core, 3)
    with core.db.write() as session:
        assert leases.fail(session, taken(core, failed), "the disk was full")
        session.commit()
        jobs.cancel(session, library(core).id, [cancelled])
    with core.db.write() as session:
        assert jobs.retry(session, core, library(core).id) == 2
    assert {job(core, i).state for i in (failed, cancelled, waiting)} == {"queued"}
    assert job(core, failed).reason is None
    assert taken(core, failed).attempt == 2


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


def test_a_doubled_message_is_harmless(core: Core):
    job_id = photo_file(core)
    core.queue.publish(FIRST, [job_id, job_id])
    preparation.prepare(core, taken(core, job_id))
    assert claim(core, job_id) is None
    with core.db.read() as session:
        assert Counter(session.scalars(select(Job.kind))) == {"prepare": 1, "analyse": 1}


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
