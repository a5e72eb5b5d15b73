"""What a hostile page, a hostile file and a broken client may not do."""

import json
import stat
from pathlib import Path
from typing import Any

from app.factory import create_app
from app.models import (
    Photo,
)
from tests.answers import address, rules
from tests.in_process import InProcess, encoded, tus_headers


def headers_are_right(answer: Any) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_every_change_needs_the_token(it: InProcess) -> None:
    bare = it.app.test_client()
    bare.get("/")
    changing = [(m, r) for m, r in rules(it.app) if m not in ("GET", "HEAD")]
    assert len(changing) > 15
    for method, rule in changing:
        for path in address(rule):
            for token in ({}, {"X-CSRFToken": "wrong"}, {"X-CSRFToken": it.token}):
                answer = bare.open(path, method=method, json={}, headers=token)
                assert answer.status_code == 400, (method, path, token)
                if path.startswith("/api/"):
                    assert answer.get_json()["error"]["code"] == "csrf"
                else:
                    assert "This page has been open for too long" in answer.get_data(as_text=True)


def test_reading_changes_nothing(it: InProcess) -> None:
    [photo] = it.add("a/b.jpg")
    before = it.get(f"/photos/{photo}")
    for method, rule in rules(it.app):
        if method in ("GET", "HEAD"):
            for path in address(rule, photo):
                it.raw(method, path)
    assert it.get(f"/photos/{photo}") == before
    assert it.get("/actions")["actions"] == []


def test_headers_on_every_answer(it: InProcess) -> None:
    [photo] = it.add("a/b.jpg")
    places = [
        "/",
        "/review",
        "/jobs",
        "/settings",
        f"/photo/{photo}",
        f"/photos/{photo}/thumb",
        f"/photos/{photo}/preview",
        f"/photos/{photo}/original",
        "/static/js/app.js",
        "/static/js/app.js?v=1",
        "/static/css/base.css",
        "/static/none",
        "/none",
        "/api/v1/none",
        "/api/v1/photos",
        "/api/v1/photos/999",
        "/api/v1/photos?sort=none",
        "/healthz",
        "/metrics",
    ]
    for place in places:
        headers_are_right(it.raw("GET", place))
    headers_are_right(it.raw("POST", "/api/v1/tags/apply", headers={"X-CSRFToken": ""}))
    headers_are_right(it.raw("PUT", "/"))
    headers_are_right(it.raw("GET", "/", headers={"Host": "evil.example"}))


def test_only_our_own_names_are_answered(it: InProcess) -> None:
    for host in ("127.0.0.1:8080", "localhost", "localhost:9", "[::1]:8080", "127.0.0.1"):
        assert it.raw("GET", "/", headers={"Host": host}).status_code == 200, host
    hostile = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "10.0.0.1")
    for host in hostile:
        for path in ("/", "/api/v1/photos", "/healthz", "/static/js/app.js", "/none"):
            answer = it.raw("GET", path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert b"csrf" not in answer.data


def test_another_loopback_address_is_guarded_too(it: InProcess) -> None:
    client = create_app(it.core.config.replace(host="127.0.0.2")).test_client()
    assert client.get("/", headers={"Host": "127.0.0.2:8080"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_cookie_is_for_this_page_alone(it: InProcess) -> None:
    answer = it.app.test_client().get("/")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"proofsheet_{it.core.config.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Path=/" in cookie


def test_static_files_stay_in_their_folder(it: InProcess) -> None:
    for path in ("../app/config.py", "%2e%2e/app/config.py", "..%2fmain.py", "..\\main.py"):
        assert it.raw("GET", f"/static/{path}").status_code == 404, path


def test_hostile_files_are_never_shown(it: InProcess) -> None:
    html = b"<html><script>alert(1)</script></html>"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name, data in (("a.html", html), ("b.svg", svg), ("c.jpg", html), ("d.png", svg)):
        it.upload(data, f"x/{name}")
    with it.core.db.read() as session:
        waiting = [photo.id for photo in session.query(Photo)]
    assert waiting
    for photo in waiting:  # before a worker has looked
        answer = it.raw("GET", f"/photos/{photo}/original")
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert it.raw("GET", f"/photos/{photo}/preview").status_code == 404
        assert it.raw("GET", f"/photos/{photo}/thumb").status_code == 404
    it.work("prepare")
    assert {u["state"] for u in it.get("/uploads")["uploads"]} == {"refused"}
    assert it.get("/photos")["photos"] == []


def test_a_request_has_a_limit(it: InProcess) -> None:
    limit = it.app.config["MAX_CONTENT_LENGTH"]
    answer = it.raw(
        "POST",
        "/api/v1/uploads",
        b"x" * (limit + 1),
        tus_headers(
            Upload_Length=str(limit + 1),
            Upload_Metadata=encoded(path="a.jpg"),
            Content_Type="application/offset+octet-stream",
        ),
    )
    assert answer.status_code == 413
    assert "MB" in answer.get_json()["error"]["message"]
    large = json.dumps({"selection": {"ids": [1] * 4_000_000}}).encode()
    answer = it.raw("POST", "/api/v1/analyse", large, {"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_files_are_for_their_owner_alone(it: InProcess) -> None:
    it.add("a/b.jpg")
    root = it.core.config.data
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    for room in filter(Path.is_dir, root.iterdir()):
        assert stat.S_IMODE(room.stat().st_mode) == 0o700, room
    assert stat.S_IMODE((root / "secret_key").stat().st_mode) == 0o600
