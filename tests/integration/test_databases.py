"""The whole line on other servers, and what two processes do to one database at once."""

import base64
import http.client
import http.cookiejar
import io
import json
import re
import socket
import threading
import zipfile
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from app.config import Config
from app.core import Core
from app.models import Library, Location, Photo, Tag, TagWord, User
from app.services import settings
from app.services.tagging import tags
from tests.api_client import ApiClient, Refused, ids
from tests.conftest import Launch, until
from tests.in_process import InProcess, jpeg

pytestmark = [pytest.mark.integration, pytest.mark.alone]


def at_once(calls: list[Callable[[], object]]) -> None:
    """Run calls at the same moment in threads; the first error is raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        except BaseException as error:  # noqa: BLE001  (handed on below)
            errors.append(error)

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def test_the_first_requests_make_one_owner(postgresql_database: str, tmp_path: object) -> None:
    core = Core.build(Config(data=tmp_path, database_url=postgresql_database))

    def ask() -> None:
        with core.db.write() as session:
            assert settings.owner(session).id

    at_once([ask] * 8)
    with core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert session.scalar(select(func.count()).select_from(Library)) == 1
    core.db.dispose()


def test_the_same_picture_many_times_at_once(either: InProcess) -> None:
    data = jpeg(1)
    clients = [InProcess(either.core.config) for _ in range(6)]
    at_once([lambda c=c, n=n: c.upload(data, f"folder {n}/a.jpg") for n, c in enumerate(clients)])
    either.work("prepare")
    with either.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Photo)) == 1
        assert session.scalar(select(func.count()).select_from(Location)) == 6
    for client in clients:
        client.close()


def test_workers_that_see_the_same_for_the_first_time(either: InProcess) -> None:
    photos = either.add(*(f"{n}.jpg" for n in range(6)))
    seen = {f"thing {n}": 0.9 for n in range(20)}

    def analyse(photo_id: int) -> None:
        with either.core.db.write() as session:
            photo = session.get_one(Photo, photo_id, with_for_update=True)
            tags.take_from_machine(session, photo, "object", seen, boxes={}, network="n@1")
            tags.refresh(session, [photo_id])
            session.commit()

    at_once([lambda p=p: analyse(p) for p in photos])
    with either.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Tag)) == 20
        assert session.scalar(select(func.count()).select_from(TagWord)) == 20
    assert all(len(either.tags(photo)) == 20 for photo in photos)


def test_the_whole_line(launch: Launch, database: str, request: pytest.FixtureRequest) -> None:
    """From the drop to the zip as main.py starts it: all its own, then PostgreSQL and Redis."""
    redis = request.getfixturevalue("redis_url") if database else ""
    running = launch(DATABASE_URL=database, REDIS_URL=redis, PROOFSHEET_WORKERS="1")
    api = ApiClient(running.url).connect()
    for number in range(3):
        state = api.upload(jpeg(number, (640, 480)), f"Trip/{number}.jpg")
        assert state == "waiting"
    api.wait(120)
    photos = api.photos()
    assert len(photos) == 3
    assert {photo["state"] for photo in photos} <= {"review", "tagged", "new"}
    assert all(photo["thumb"] for photo in photos)
    api.send("/tags/apply", {"selection": {"ids": ids(photos)}, "add": ["Places > Paris"]})
    headers, data, _ = api.export({"ids": ids(photos)})
    assert int(headers["Content-Length"]) == len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert sorted(zipped.namelist()) == [f"Trip/{n}.jpg" for n in range(3)]
        assert b"Paris" in zipped.read("Trip/0.jpg")
    assert (running.data / "proofsheet.sqlite3").exists() is not bool(database)
    assert (running.data / "valkey").exists() is not bool(database)
    assert running.stop() == 0
    log = running.log.read_text()
    assert "Traceback" not in log
    assert "error" not in log.lower()


def test_the_server_as_it_is_started(live: str) -> None:
    """What only gunicorn and a real socket can show; the database has no part in it."""
    api = ApiClient(live).connect()
    parts = urlsplit(live)

    def raw(data: bytes) -> bytes:
        with socket.create_connection((parts.hostname, parts.port), 10) as connection:
            connection.sendall(data)
            connection.settimeout(10)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    host = f"Host: {parts.netloc}\r\nConnection: close\r\n".encode()
    long = b"GET / HTTP/1.1\r\n" + host + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n"
    many = b"GET / HTTP/1.1\r\n" + host + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n"
    for data in (long, many, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n"):
        assert re.match(rb"HTTP/1.1 4\d\d ", raw(data)), data[:30]
    for data in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n"):
        assert b" 200 " not in raw(data).split(b"\r\n")[0]
    evil = b"GET /api/v1/photos HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert raw(evil).startswith(b"HTTP/1.1 400")
    smuggle = (
        b"POST /api/v1/analyse HTTP/1.1\r\n"
        + host
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert re.match(rb"HTTP/1.1 4\d\d ", raw(smuggle))

    for path, status in (("/healthz", 200), ("/metrics", 200)):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
        connection.request("GET", path)
        assert connection.getresponse().status == status
        connection.close()
    with pytest.raises(Refused) as refused:
        api.get("/photos/999")
    assert json.loads(refused.value.body)["error"]["code"] == "not_found"


def test_an_upload_that_breaks_off_goes_on_after_a_restart(launch: Launch, database: str) -> None:
    own = {"DATABASE_URL": database, "PROOFSHEET_WORKERS": "1"}
    running = launch(**own)
    api = ApiClient(running.url).connect()
    data = jpeg(5, (1200, 900), quality=98)
    pairs = f"path {base64.b64encode(b'x/a.jpg').decode()}"
    tus = {"Tus_Resumable": "1.0.0"}
    headers, _ = api.raw(
        "POST", "/api/v1/uploads", b"", Upload_Length=str(len(data)), Upload_Metadata=pairs, **tus
    )
    place = headers["Location"]
    parts = urlsplit(running.url)
    cookie = "; ".join(f"{c.name}={c.value}" for c in cookies(api))
    with socket.create_connection((parts.hostname, parts.port), 10) as connection:
        connection.sendall(
            f"PATCH {place} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\n"
            f"Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Cookie: {cookie}\r\nX-CSRFToken: {api._token}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data[:2000]
        )

    def kept(api: ApiClient) -> int:
        return int(api.raw("HEAD", place, **tus)[0]["Upload-Offset"])

    until(lambda: kept(api) == 2000, "what was sent has been kept")
    secret = (running.data / "secret_key").read_text()
    assert running.stop() == 0
    log = running.log.read_text()
    assert "Traceback" not in log
    assert secret not in log
    assert api._token not in log
    again = launch(data=running.data, PROOFSHEET_PORT=str(parts.port), **own)
    api = ApiClient(again.url).connect()
    here = kept(api)
    assert here == 2000
    headers, _ = api.raw(
        "PATCH",
        place,
        data[here:],
        Upload_Offset=str(here),
        Content_Type="application/offset+octet-stream",
        **tus,
    )
    assert headers["Proofsheet-State"] == "waiting"
    api.wait(120)
    [photo] = api.photos()
    assert api.raw("GET", f"/photos/{photo['id']}/original")[1] == data


def cookies(api: ApiClient) -> list[http.cookiejar.Cookie]:
    """The cookies of a client."""
    handlers = api._opener.handlers
    [jar] = [h.cookiejar for h in handlers if hasattr(h, "cookiejar")]
    return list(jar)
