"""Users: links to choose a password, keys of programs, who manages whom, leaving."""

import re

import pytest
from sqlalchemy import select, update

from app.models import ApiKey, PasswordLink, Photo, User, now
from app.services.accounts import accounts
from app.services.settings import find_owner
from tests.households import (
    MARK,
    OTHER,
    PASSWORD,
    Person,
    files,
    newcomer,
    owner,
    program,
    settle,
)
from tests.in_process import InProcess, jpeg

pytestmark = pytest.mark.integration


def test_links_work_once(it: InProcess) -> None:
    anna = owner(it)
    made = anna.ask("POST", "/api/v1/users", json={"name": "Ben"}).get_json()
    assert anna.ask("POST", "/api/v1/users", json={"name": "BEN"}).status_code == 409
    path = re.sub(r"^http://[^/]+", "", made["link"])
    ben = Person(it)
    ben.read_token(path)
    form = {"password": OTHER, "again": OTHER, "csrf_token": ben.headers["X-CSRFToken"]}
    assert ben.client.post(path, data=form | {"again": "another one"}).status_code == 400
    assert ben.client.post(path, data=form).status_code == 302
    assert ben.ask("GET", "/api/v1/account").get_json()["user"]["name"] == "Ben"
    assert Person(it).ask("GET", path).status_code == 404
    user = made["user"]["id"]
    renewed = anna.ask("POST", f"/api/v1/users/{user}/link").get_json()["link"]
    with it.core.db.write() as session:
        session.execute(update(PasswordLink).values(expires_at=now()))
        session.commit()
    assert Person(it).ask("GET", re.sub(r"^http://[^/]+", "", renewed)).status_code == 404
    Person(it).sign_in("Ben", OTHER)


def test_keys_do_what_they_say_and_no_more(it: InProcess) -> None:
    anna = settle(it)
    made = anna.ask("POST", "/api/v1/account/keys", json={"name": "script", "scopes": ["read"]})
    secret = made.get_json()["secret"]
    key = Person(it, key=secret)
    answer = key.ask("GET", "/api/v1/photos")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    both = Person(it)
    both.client = anna.client
    both.headers = {"Authorization": "Bearer ps_wrong"}
    assert both.ask("GET", "/api/v1/photos").status_code == 401, "a cookie made up for a bad key"
    write = program(it, "Anna", "write")
    assert write.ask("POST", "/api/v1/jobs/pause").status_code == 200, "no token is asked of keys"
    assert write.ask("GET", "/api/v1/photos").status_code == 403
    upload = program(it, "Anna", "upload")
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "path YQ=="}
    assert upload.ask("POST", "/api/v1/uploads", headers=headers).status_code == 201
    shown = anna.ask("GET", "/api/v1/account/keys").get_json()["keys"]
    assert secret not in str(shown)
    assert next(one for one in shown if one["name"] == "script")["used"]
    with it.core.db.write() as session:
        assert secret not in str([row.digest for row in session.scalars(select(ApiKey))])
        session.execute(update(ApiKey).where(ApiKey.name == "test").values(expires_at=now()))
        session.commit()
    assert write.ask("POST", "/api/v1/jobs/pause").status_code == 401
    assert (
        anna.ask("DELETE", f"/api/v1/account/keys/{made.get_json()['key']['id']}").status_code
        == 200
    )
    assert key.ask("GET", "/api/v1/photos").status_code == 401


def test_only_the_owner_manages_users(it: InProcess) -> None:
    owner(it)
    ben = newcomer(it)
    assert ben.ask("GET", "/users").status_code == 403
    asked = {"name": "x", "scopes": ["admin"]}
    assert ben.ask("POST", "/api/v1/account/keys", json=asked).status_code == 400
    admin = program(it, "Anna", "admin")
    assert admin.ask("POST", "/api/v1/users", json={"name": "Cleo"}).status_code == 201
    assert (
        admin.ask("GET", "/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code
        == 200
    )
    for who in (ben, program(it, "Anna", "read"), Person(it)):
        answer = who.ask("GET", "/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
        assert answer.status_code in (401, 403)


def test_deleted_means_deleted(either: InProcess) -> None:
    anna = settle(either)
    ben = newcomer(either)
    with either.core.db.read() as session:
        user = accounts.find(session, "Ben")
        library = find_owner(session)
        assert user
        assert library
    data = jpeg(7)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data))}
    headers |= {
        "Upload-Metadata": "path YS5qcGc=",
        "Content-Type": "application/offset+octet-stream",
    }
    before = files(either.core.config.data)
    assert ben.ask("POST", "/api/v1/uploads", headers=headers, data=data).status_code == 201
    either.work("prepare", "metadata")
    begun = headers | {"Upload-Length": "99"}
    del begun["Content-Type"]
    assert ben.ask("POST", "/api/v1/uploads", headers=begun).status_code == 201
    everything = {"selection": {"filter": {}}, "options": {}}
    assert ben.ask("POST", "/api/v1/exports", json=everything).status_code == 201
    either.work()
    assert len(files(either.core.config.data)) > len(before) + 2
    path = f"/api/v1/users/{user.id}"
    for body in (
        {"name": "Ben", "password": "wrong words here"},
        {"name": "Anna", "password": PASSWORD},
    ):
        assert anna.ask("DELETE", path, json=body).status_code == 400
    body = {"name": "Ben", "password": PASSWORD}
    assert anna.ask("DELETE", "/api/v1/users/1", json=body | {"name": "Anna"}).status_code == 400
    assert anna.ask("DELETE", path, json=body).status_code == 200
    assert files(either.core.config.data) == before
    assert ben.ask("GET", "/api/v1/photos").status_code == 401
    with either.core.db.read() as session:
        assert session.scalars(select(User.name)).all() == ["Anna"]
        assert {photo.library_id for photo in session.scalars(select(Photo))} == {library.id}
    assert MARK in str(anna.ask("GET", "/api/v1/photos").get_json())
