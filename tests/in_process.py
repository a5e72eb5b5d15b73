"""The app without a server: its real parts over a real database, work done in this process."""

import base64
import hashlib
import io
import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic import command
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.config import Config
from app.core import Core
from app.factory import create_app
from app.models import Job, Library, Photo, User
from app.services import settings
from app.services.tagging import tags
from app.services.work import leases
from scripts.migrate import alembic
from tests import described

_numbers = itertools.count()


def jpeg(seed: int | None = None, size: tuple[int, int] = (60, 40), **save: Any) -> bytes:
    """A small JPEG file, another one at every call unless a seed is given."""
    rng = np.random.default_rng(next(_numbers) + 10_000 if seed is None else seed)
    pixels = rng.integers(0, 255, (4, 6, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(out, "JPEG", **save)
    return out.getvalue()


class Client(FlaskClient):
    """The app's own test client; every answer is held against the API's description."""

    def open(self, *args: Any, **more: Any) -> TestResponse:
        """Send a request."""
        answer: TestResponse = super().open(*args, **more)
        request = answer.request
        if not answer.is_streamed or answer.is_json:
            body = answer.get_json(silent=True)
            told = described.complaint(
                request.method, request.path, answer.status_code, answer.mimetype, body
            )
            assert told is None, told
        return answer


class InProcess:
    """One installation: `api` speaks as the page does, `work` is the worker."""

    def __init__(self, config: Config) -> None:
        self.app = create_app(config)
        self.app.test_client_class = Client
        self.core: Core = self.app.extensions["core"]
        self.client: FlaskClient = self.app.test_client()
        page = self.client.get("/").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found
        self.token = found[1]

    def close(self) -> None:
        """Close the database's connections."""
        self.core.db.dispose()

    def raw(
        self,
        method: str,
        path: str,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Send a request with the token."""
        given = {"X-CSRFToken": self.token, **(headers or {})}
        return self.client.open(
            path, method=method, data=data, headers=given, buffered=True, **more
        )

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Speak JSON with the API; the status must be the expected one."""
        answer = self.client.open(
            "/api/v1" + path,
            method=method,
            json=body if method != "GET" else None,
            headers={"X-CSRFToken": self.token},
        )
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True))
        return answer.get_json()

    def get(self, path: str, status: int = 200) -> Any:
        """GET JSON."""
        return self.call("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """POST JSON."""
        return self.call("POST", path, {} if body is None else body, status)

    def upload(self, data: bytes, path: str, status: int = 201, **metadata: str) -> TestResponse:
        """Send one file in one request."""
        answer = self.raw(
            "POST",
            "/api/v1/uploads",
            data,
            tus_headers(
                Upload_Length=str(len(data)),
                Upload_Metadata=encoded(path=path, **metadata),
                Content_Type="application/offset+octet-stream",
            ),
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    def work(self, *kinds: str) -> int:
        """Do what waits (only these kinds, where given); returns how many jobs were done."""
        from workers.tasks import HANDLERS

        done = 0
        while True:
            with self.core.db.read() as session:
                query = select(Job.id).where(Job.state == "queued").order_by(Job.id)
                job_id = session.scalar(query.where(Job.kind.in_(kinds or HANDLERS)).limit(1))
            if job_id is None:
                return done
            with self.core.db.write() as session:
                claim = leases.claim(session, job_id, 60)
            if claim is None:  # paused
                return done
            HANDLERS[claim.kind](self.core, claim)
            done += 1

    def add(self, *paths: str, seed: int | None = None) -> list[int]:
        """Upload and prepare one small photo a path; returns their ids."""
        known = {}
        for path in paths:
            data = jpeg(seed)
            known[path] = hashlib.sha256(data).hexdigest()
            self.upload(data, path)
        self.work("prepare", "metadata")
        with self.core.db.read() as session:
            rows = {photo.sha256: photo.id for photo in session.scalars(select(Photo))}
        return [rows[digest] for digest in known.values()]

    def see(
        self, photo_id: int, found: Mapping[str, float], kind: str = "object", network: str = "n@1"
    ) -> None:
        """Let the machine see something on a photo, as an analysis keeps it."""
        with self.core.db.write() as session:
            photo = session.get_one(Photo, photo_id)
            boxes = {name: [[1.0, 2.0, 3.0, 4.0, c]] for name, c in found.items()}
            tags.take_from_machine(session, photo, kind, found, boxes=boxes, network=network)
            photo.analysed_at = photo.added_at
            tags.refresh(session, [photo_id])
            session.commit()

    def tags(self, photo_id: int) -> dict[str, tuple[str, str]]:
        """What is said about a photo: name -> (source, state)."""
        rows = self.get(f"/photos/{photo_id}")["tags"]
        return {row["name"]: (row["source"], row["state"]) for row in rows}

    def tag_id(self, name: str) -> int:
        """The id of a tag."""
        found: int = next(
            t["id"] for t in self.get("/tags?limit=1000")["tags"] if t["name"] == name
        )
        return found

    def owner(self) -> Library:
        """The owner's library."""
        with self.core.db.write() as session:
            return settings.owner(session)

    def stranger(self) -> Library:
        """A library of somebody else."""
        with self.core.db.write() as session:
            user = User(name="stranger")
            session.add(user)
            session.flush()
            library = Library(user_id=user.id, name="Theirs")
            session.add(library)
            session.commit()
            return library


def tus_headers(**headers: str) -> dict[str, str]:
    """Headers of a tus request."""
    return {"Tus-Resumable": "1.0.0"} | {k.replace("_", "-"): v for k, v in headers.items()}


def encoded(**values: str) -> str:
    """Upload-Metadata of these values."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the newest schema and no rows."""
    file = tmp_path_factory.mktemp("migrated") / "proofsheet.sqlite3"
    command.upgrade(alembic(f"sqlite:///{file}"), "head")
    return file


@pytest.fixture
def it(migrated: Path, data: Path) -> Iterator[InProcess]:
    """An installation of its own over SQLite; nothing is analysed by itself, no broker is there."""
    yield from installed(data, migrated)


def installed(data: Path, migrated: Path, database: str = "") -> Iterator[InProcess]:
    """An installation over a migrated and empty database: SQLite's, unless a URL is given."""
    if not database:
        shutil.copyfile(migrated, data / "proofsheet.sqlite3")
    found = InProcess(Config(data=data, database_url=database, rate=0))
    found.call("PUT", "/settings", {"analyse_on_upload": False})
    yield found
    found.close()
