"""The queue's promises about who does what, held against real databases and a real Valkey."""

import multiprocessing
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from app.core import Core
from app.models import Job, Photo, PhotoTag, Upload
from app.queue import ANALYSE, FIRST
from app.services.intake import preparation
from app.services.work import analysis, dispatch, jobs, leases
from tests.claimants import LEASE_S, claim, claim_all, claim_and_die
from tests.queueing import age, broker, core, job, library, photo_file, rows, taken
from workers.sweeper import Sweeper

__all__ = ["broker", "core"]
pytestmark = pytest.mark.integration

SPAWN = multiprocessing.get_context("spawn")


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


def test_a_doubled_message_is_harmless(core: Core):
    job_id = photo_file(core)
    core.queue.publish(FIRST, [job_id, job_id])
    preparation.prepare(core, taken(core, job_id))
    assert claim(core, job_id) is None
    with core.db.read() as session:
        assert Counter(session.scalars(select(Job.kind))) == {"prepare": 1, "analyse": 1}


def test_broken_bytes_under_two_names_are_refused_by_each_name(core: Core):
    job_id = photo_file(core, path="a/one.jpg", data=b"no photo at all")
    photo_file(core, path="b/two.jpg", data=b"no photo at all")
    preparation.prepare(core, taken(core, job_id))
    with core.db.read() as session:
        uploads = session.scalars(select(Upload).order_by(Upload.path)).all()
    assert [upload.state for upload in uploads] == ["refused", "refused"]
    assert [(upload.reason or "").partition(":")[0] for upload in uploads] == ["one.jpg", "two.jpg"]


def test_work_that_takes_longer_than_its_lease_keeps_it_until_it_is_cancelled(core: Core):
    [job_id] = rows(core, 1)
    hold = leases.Holder(replace(core, config=replace(core.config, lease_s=1)), claim(core, job_id))
    until = list[datetime]()
    for _ in range(3):
        time.sleep(0.15)
        hold(0.5)
        until.append(job(core, job_id).lease_until)
    assert until == sorted(set(until)), "longer every time"
    with core.db.write() as session:
        session.get_one(Job, job_id).state = "cancelled"
        session.commit()
    time.sleep(0.15)
    with pytest.raises(leases.Lost):
        hold(0.6)
