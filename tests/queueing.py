"""A queue without its worker: a real database, a real Valkey, rows to work on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from alembic import command
from sqlalchemy import select, update

from app.config import Config
from app.core import Core
from app.models import Job, Library, Photo, Upload, now
from app.services import settings
from app.services.intake import uploads
from app.services.work import jobs
from app.services.work.leases import Claim
from scripts import valkey
from scripts.migrate import alembic
from tests import drop
from tests.claimants import LEASE_S, claim
from tests.conftest import until


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Broker"]:
    """A running Valkey of this file."""
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
def core(request: pytest.FixtureRequest, tmp_path: Path, broker: "Broker") -> Iterator[Core]:
    """An installation with one library, its tables fresh and its broker empty."""
    url = f"sqlite:///{tmp_path / 'rows.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_database")
    broker.lose_everything()
    config = Config.from_env({}, data=tmp_path, database_url=url, redis_url=broker.url)
    command.upgrade(alembic(config.database_url), "head")
    made = Core.build(config)
    with made.db.write() as session:
        settings.owner(session)
    yield made
    made.db.dispose()


def library(core: Core) -> Library:
    """The one library."""
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
    """Take a job that is to be had."""
    found = claim(core, job_id, lease_s)
    assert found is not None
    return found


def job(core: Core, job_id: int) -> Job:
    """A job as it is now."""
    with core.db.read() as session:
        return session.get_one(Job, job_id)


def age(core: Core, **values: object) -> None:
    """Set columns of every job, such as the time of its last message."""
    with core.db.write() as session:
        session.execute(update(Job).values(**values))
        session.commit()
